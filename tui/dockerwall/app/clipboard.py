"""Text on its way out of the program: to the terminal's clipboard, and to a private file.

A terminal is asked by an escape sequence (OSC 52) and never answers: tmux, screen and many
terminals ignore it unless told otherwise. So nothing is ever called copied for sure, and the text
is also put into a file.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dockerwall.app.keeping import keep, runtime_folder

MOST_ENCODED = 74_994
"""Encoded bytes that terminals are known to take; what is longer goes to the file alone."""
FILE = "clip.txt"
WITHOUT = ("linux", "vt100", "vt102", "vt220", "cons25")
"""Values of TERM that have no clipboard; some would print the sequence instead."""
_SCREEN_PART = 240
"""GNU screen passes on sequences in parts of less than 256 bytes."""
_BEGIN, _END = "\x1b]52;c;", "\x07"


class Copied(NamedTuple):
    """Where a text went."""

    sent: bool
    file: Path | None

    @property
    def sentence(self) -> str:
        """What can honestly be said of it."""
        if self.sent and self.file is not None:
            return f"Sent to the terminal (may be ignored); also in {self.file}"
        if self.sent:
            return "Sent to the terminal, which may ignore it; no file could be written"
        if self.file is not None:
            return f"Not for this terminal's clipboard; it is in {self.file}"
        return "Not for this terminal's clipboard, and no file could be written: nothing was copied"


def copied(text: str, environ: Mapping[str, str]) -> tuple[Copied, str]:
    """Put a text into the file; what became of it, and what to write to the terminal."""
    sequence = "".join(sequences(text, environ))
    file = keep(runtime_folder(environ), FILE, text if text.endswith("\n") else f"{text}\n")
    return Copied(bool(sequence), file), sequence


def sequences(text: str, environ: Mapping[str, str]) -> Iterator[str]:
    """What to write to the terminal; nothing for a text that is too long, or without a clipboard.

    Inside tmux and screen both the plain sequence, which they may handle themselves, and one
    wrapped to be passed on to the terminal outside.
    """
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    if len(encoded) > MOST_ENCODED or environ.get("TERM", "") in WITHOUT:
        return
    plain = f"{_BEGIN}{encoded}{_END}"
    yield plain
    if environ.get("TMUX"):
        yield "\x1bPtmux;" + plain.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    elif environ.get("STY"):
        parts = [plain[at : at + _SCREEN_PART] for at in range(0, len(plain), _SCREEN_PART)]
        yield "".join(f"\x1bP{part}\x1b\\" for part in parts)
