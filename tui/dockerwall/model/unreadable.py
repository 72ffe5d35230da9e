"""A host that cannot be read at all."""

from __future__ import annotations


class UnreadableError(Exception):
    """The host gives no answer, or none that can be read: one sentence with what to do next."""

    def __init__(self, sentence: str, *, denied: bool = False) -> None:
        """`denied` where privilege is what was missing."""
        super().__init__(sentence)
        self.denied = denied
