"""The parts of a screen, all drawn line by line."""
