"""Model and verdicts in words, for the screen and for plain text alike; pure."""
