"""Colours and marks: what a tone looks like in each theme.

Colour is the third cue, after words and place: with none at all everything stays readable. The
ANSI look uses the terminal's own eight colours, none of the bright ones and never red against
green.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple

from rich.style import Style

from dockerwall.app.glyphs import ASCII, UTF8, Glyphs
from dockerwall.app.terminal import Terminal
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import ascii_only


class Look(NamedTuple):
    """How everything is drawn: styles by tone, styles of the frame, marks."""

    tones: Mapping[Tone, Style]
    ground: Style
    """The plain background of lists and panes."""
    bar: Style
    """Header and footer."""
    bar_strong: Style
    key: Style
    """A key's name in the footer."""
    cursor: Style
    """The row under the cursor, as one style for all of it."""
    blurred: Style
    """The same in a pane that has no focus."""
    moved: Style
    """A counter that moved since the last reading."""
    alarm: Style
    """STALE, OFFLINE and the like: what must not be overlooked."""
    found: Style
    """What a search found."""
    heading: Style
    glyphs: Glyphs
    ascii: bool

    def tone(self, tone: Tone) -> Style:
        """The style of a tone on the plain background."""
        return self.tones[tone]

    def safe(self, text: str) -> str:
        """The text as this terminal can show it."""
        return ascii_only(text) if self.ascii else text


def look_for(terminal: Terminal) -> Look:
    """The look of a terminal."""
    return _looks(terminal.theme, terminal.ascii)


@lru_cache(maxsize=8)
def _looks(theme: str, ascii_marks: bool) -> Look:
    glyphs = ASCII if ascii_marks else UTF8
    if theme == "ansi":
        return _ansi(glyphs, ascii_marks)
    return _painted(_LIGHT if theme == "light" else _DARK, glyphs, ascii_marks)


def _ansi(glyphs: Glyphs, ascii_marks: bool) -> Look:
    plain = Style()
    reverse = Style(reverse=True)
    bold = Style(bold=True)
    tones = {
        Tone.PLAIN: plain,
        Tone.NAME: bold,
        Tone.FAINT: Style(dim=True),
        Tone.ACCEPT: Style(color="cyan", bold=True),
        Tone.DROP: Style(color="red", bold=True),
        Tone.RETURN: Style(color="cyan"),
        Tone.JUMP: bold,
        Tone.CHANGE: Style(color="magenta"),
        Tone.LOG: plain,
        Tone.WARN: Style(color="yellow", bold=True),
        Tone.NOTE: Style(color="green"),
    }
    return Look(
        tones={tone: tones.get(tone, plain) for tone in Tone},
        ground=plain,
        bar=plain,
        bar_strong=bold,
        key=Style(color="cyan", bold=True),
        cursor=reverse,
        blurred=bold,
        moved=Style(bold=True, reverse=True),
        alarm=Style(bold=True, reverse=True),
        found=Style(underline=True),
        heading=Style(dim=True),
        glyphs=glyphs,
        ascii=ascii_marks,
    )


class _Colors(NamedTuple):
    """The colours of a painted theme, as #rrggbb."""

    ground: str
    text: str
    strong: str
    faint: str
    bar: str
    cursor: str
    blurred: str
    blue: str
    red: str
    violet: str
    amber: str
    teal: str
    moved: str


_DARK = _Colors(
    ground="#14171c",
    text="#bcc4cf",
    strong="#eef1f5",
    faint="#6d7786",
    bar="#1e232b",
    cursor="#2d3f57",
    blurred="#20262f",
    blue="#7db4e6",
    red="#f0787f",
    violet="#c7a0e8",
    amber="#e8b65a",
    teal="#7fbfae",
    moved="#f4d58d",
)
_LIGHT = _Colors(
    ground="#fbfaf7",
    text="#3a414c",
    strong="#14181e",
    faint="#8a8f98",
    bar="#ebe9e3",
    cursor="#cfe0f4",
    blurred="#efede8",
    blue="#1f5fa8",
    red="#b3262e",
    violet="#7a3fa8",
    amber="#8f5f00",
    teal="#1d7362",
    moved="#8f5f00",
)


def _painted(colors: _Colors, glyphs: Glyphs, ascii_marks: bool) -> Look:
    def on_ground(color: str, bold: bool = False) -> Style:
        return Style(color=color, bgcolor=colors.ground, bold=bold or None)

    tones = {
        Tone.PLAIN: on_ground(colors.text),
        Tone.NAME: on_ground(colors.strong, bold=True),
        Tone.FAINT: on_ground(colors.faint),
        Tone.ACCEPT: on_ground(colors.blue, bold=True),
        Tone.DROP: on_ground(colors.red, bold=True),
        Tone.RETURN: on_ground(colors.blue),
        Tone.JUMP: on_ground(colors.strong),
        Tone.CHANGE: on_ground(colors.violet),
        Tone.LOG: on_ground(colors.text),
        Tone.WARN: on_ground(colors.amber),
        Tone.NOTE: on_ground(colors.teal),
    }
    plain = on_ground(colors.text)
    return Look(
        tones={tone: tones.get(tone, plain) for tone in Tone},
        ground=plain,
        bar=Style(color=colors.text, bgcolor=colors.bar),
        bar_strong=Style(color=colors.strong, bgcolor=colors.bar, bold=True),
        key=Style(color=colors.blue, bgcolor=colors.bar, bold=True),
        cursor=Style(color=colors.strong, bgcolor=colors.cursor, bold=True),
        blurred=Style(color=colors.text, bgcolor=colors.blurred),
        moved=on_ground(colors.moved, bold=True),
        alarm=Style(color=colors.ground, bgcolor=colors.amber, bold=True),
        found=Style(underline=True),
        heading=on_ground(colors.faint),
        glyphs=glyphs,
        ascii=ascii_marks,
    )
