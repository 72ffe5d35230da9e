"""Tests of what is found wrong with rules."""
