"""dockerwall-tui: who can reach which published Docker port, and why."""

__version__ = "0.1.0"
