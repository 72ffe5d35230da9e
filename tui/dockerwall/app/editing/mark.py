"""What the header says of changes."""

from __future__ import annotations

from typing import NamedTuple


class Mark(NamedTuple):
    """`RW`, `RO not root`, `ON TRIAL 47 s`."""

    text: str
    alarming: bool = False
    """Whether it must not be overlooked."""
