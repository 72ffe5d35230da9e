"""What an operator wants, as plans: proved by judging before anything is written. Pure."""
