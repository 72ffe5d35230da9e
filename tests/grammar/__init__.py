"""Texts of the host's programs, and what is made of them."""
