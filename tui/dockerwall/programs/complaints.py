"""What a program's standard error says is wrong, in one line."""

from __future__ import annotations

_LONGEST = 300
_HINTS = ("Try `", "Try '", "Error occurred at line")
"""How lines begin that iptables adds below its reason: where help is, and a line nobody typed."""


def complaint_of(errors: bytes) -> str:
    """The last line that gives a reason, short and free of whatever a terminal acts on."""
    lines = [line.strip() for line in errors.decode("utf-8", "replace").splitlines()]
    lines = [line for line in lines if line]
    telling = [line for line in lines if not line.startswith(_HINTS)] or lines
    line = telling[-1][:_LONGEST] if telling else ""
    return "".join(c if c.isprintable() else " " for c in line).strip()
