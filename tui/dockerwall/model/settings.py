"""What an operator has settled: the LAN, which exposures are meant to be, and how to be served."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.model.value import value


class Span(NamedTuple):
    """The seconds a setting may have, and has where nobody says otherwise."""

    shortest: float
    longest: float
    usual: float


INTERVAL = Span(0.2, 3600.0, 2.0)
"""Between two readings of the host."""
TRIAL = Span(10.0, 3600.0, 60.0)
"""How long a change waits to be kept, before it is taken back."""
THEMES = ("dark", "light", "ansi")
"""Colours on dark, colours on light, and the terminal's own."""


@value
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


@value
class Settings:
    """What the verdicts on a host rest on."""

    lan: tuple[str, ...] | None = None
    """Networks that replace the usual idea of the LAN; None: the usual idea."""
    expected: tuple[Expectation, ...] = ()


@value
class KeyChoice:
    """The keys that are to press one command on the screen, in place of its own."""

    command: str
    """Its id; whether there is such a command only the screen knows."""
    keys: tuple[str, ...]
    """As Textual names them, or the character itself; none leaves the command to the palette."""
    place: str = ""
    """Where it was said, as `file:line:column`; empty for the command line."""


@value
class Preferences:
    """How the program is to behave; None leaves it to the program. No verdict rests on this."""

    interval: float | None = None
    """Seconds between two readings."""
    trial: float | None = None
    """Seconds a change waits to be kept."""
    theme: str | None = None
    """One of THEMES."""
    mouse: bool | None = None
    ascii: bool | None = None
    keys: tuple[KeyChoice, ...] = ()


@value
class Flaw:
    """Something in a settings file that is not used, because it is not what it should be."""

    place: str
    """`file:line:column`, or the file alone."""
    problem: str
    grave: bool
    """Whether a verdict may have rested on it: the LAN, what is expected, or nobody knows what."""

    def __str__(self) -> str:
        """One line for people."""
        return f"{self.place}: {self.problem}"


@value
class SettingsFile:
    """All that a settings file says, or several that were laid over each other."""

    settings: Settings = Settings()
    preferences: Preferences = Preferences()
    flaws: tuple[Flaw, ...] = ()
