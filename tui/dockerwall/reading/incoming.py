"""What a host sends, taken byte for byte within bounds of time and size.

Everything here may be hostile: nothing is believed before it was looked at.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

LARGEST = 128 * 1024 * 1024
"""Bytes of one reading."""
SKIPPED = 256 * 1024
"""Bytes before the first line that is awaited: banners, and what a shell's start files print."""
_BLOCK = 512
_NOTHING = bytes(_BLOCK)


class GarbledError(ValueError):
    """What came is not what was asked for: a few words."""


class SlowError(Exception):
    """What was awaited did not come in time."""


class ClosedError(Exception):
    """The other side has closed."""


class Talker(Protocol):
    """Whoever is listened to: `dockerwall.programs.conversation.Conversation`, or a fake."""

    heard: bytearray

    def listen(self, seconds: float) -> bool:
        """Hear what there is into `heard`; False at the end."""
        ...


class Incoming:
    """The bytes of one answer, with a deadline for all of it."""

    def __init__(self, talker: Talker, seconds: float) -> None:
        """`seconds` is how long everything may take from now on."""
        self._talker = talker
        self._deadline = time.monotonic() + seconds
        self._room = LARGEST

    def _more(self) -> None:
        from dockerwall.programs.conversation import SilentError

        left = self._deadline - time.monotonic()
        if left <= 0:
            raise SlowError
        try:
            goes_on = self._talker.listen(left)
        except SilentError:
            raise SlowError from None
        if not goes_on:
            raise ClosedError

    def exactly(self, size: int) -> bytes:
        """The next so many bytes."""
        self._room -= size
        if self._room < 0:
            raise GarbledError(f"it is larger than {LARGEST // 1024 // 1024} MiB")
        heard = self._talker.heard
        while len(heard) < size:
            self._more()
        taken = bytes(memoryview(heard)[:size])
        del heard[:size]
        return taken

    def line_after(self, *awaited: bytes) -> tuple[bytes, bytes]:
        """The first line that is one of these, passing over others; and what was passed over."""
        heard = self._talker.heard
        skipped = bytearray()
        while True:
            end = heard.find(b"\n")
            if end < 0:
                if len(heard) + len(skipped) > SKIPPED:
                    raise GarbledError("its shell prints without end")
                try:
                    self._more()
                except ClosedError:
                    skipped += heard
                    raise ClosedError(bytes(skipped)) from None
                continue
            line = bytes(heard[:end]).rstrip(b"\r")
            del heard[: end + 1]
            if line in awaited:
                return line, bytes(skipped)
            skipped += line + b"\n"
            if len(skipped) > SKIPPED:
                raise GarbledError("its shell prints without end")

    def until(self, mark: bytes) -> tuple[bytes, bytes]:
        """All bytes before the first line that begins with a mark, and the rest of that line."""
        heard = self._talker.heard
        looked = 0
        while True:
            place = heard.find(b"\n" + mark, max(0, looked - len(mark)))
            end = heard.find(b"\n", place + 1) if place >= 0 else -1
            if end >= 0:
                before = bytes(heard[:place])
                rest = bytes(heard[place + 1 + len(mark) : end])
                del heard[: end + 1]
                return before, rest
            looked = len(heard)
            if looked > self._room:
                raise GarbledError(f"it is larger than {LARGEST // 1024 // 1024} MiB")
            self._more()


def archive(incoming: Incoming, known: Mapping[str, int]) -> dict[str, bytes]:
    """The files of a tar archive that comes in, each at most as large as `known` allows.

    GarbledError for any other file, and for whatever is no plain file.
    """
    files: dict[str, bytes] = {}
    while True:
        header = incoming.exactly(_BLOCK)
        if header == _NOTHING:
            if incoming.exactly(_BLOCK) != _NOTHING:
                raise GarbledError("its archive does not end as one")
            return files
        name, size = _entry(header)
        if name not in known or name in files:
            raise GarbledError("its archive holds a file that belongs to no snapshot")
        if size > known[name]:
            raise GarbledError(f"{name} is too large")
        files[name] = incoming.exactly(size)
        incoming.exactly(-size % _BLOCK)


def _entry(header: bytes) -> tuple[str, int]:
    """Name and size of a plain file."""
    total = sum(header) - sum(header[148:156]) + 8 * 32
    if header[257:263] != b"ustar\0" or header[156:157] != b"0" or _octal(header[148:156]) != total:
        raise GarbledError("its archive holds what is no plain file")
    return header[:100].rstrip(b"\0").decode("ascii", "replace"), _octal(header[124:136])


def _octal(field: bytes) -> int:
    digits = field.rstrip(b"\0 ")
    if not digits or not set(digits) <= set(b"01234567"):
        raise GarbledError("its archive holds a number that is none")
    return int(digits, 8)
