"""Text of the host's programs to model values and back; pure."""
