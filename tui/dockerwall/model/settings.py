"""What an operator has settled for a host: the LAN, and which exposures are meant to be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expectation:
    """An exposure that is intended: this port may be reached by these sources."""

    protocol: str
    port: int
    """The host's port; for a container that is reached directly, the container's."""
    sources: tuple[str, ...] = ()
    """Networks; empty for anybody."""
    container: str | None = None
    """None: whichever container it is."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file, read."""

    lan: tuple[str, ...] | None = None
    """Networks that replace the usual idea of the LAN; None: the usual idea."""
    expected: tuple[Expectation, ...] = ()
