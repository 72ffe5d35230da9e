"""Who wrote a chain, from its name and the comments in it."""

from __future__ import annotations

from dockerwall.model.rules import Chain


def owner_of(table: str, chain: Chain) -> str | None:
    """The program that made a chain, None when it is a base chain."""
    return "Docker" if chain.name.startswith("DOCKER") else None
