"""Changing a host over a shell there: nothing of this program is on it, and nothing stays."""
