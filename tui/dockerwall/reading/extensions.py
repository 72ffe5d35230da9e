"""What the extensions of iptables print of matches and targets, each different one once.

Each is printed by its own code, in a process that has nothing else to do: it prints to C's standard
output, and can end the process it runs in.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from dockerwall.reading.python_iptables import PythonIptables

_C = ctypes.CDLL(None)
_SAVE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_PART = struct.Struct("H29sB")
"""struct xt_entry_match and xt_entry_target: size, name, revision; then the extension's own."""

Save = Callable[[int, int], None]


class UnprintableError(Exception):
    """A rule that the installed extensions cannot print exactly."""


class Part(NamedTuple):
    """A match or target where it stands in memory."""

    rule: bytes
    """All of its rule."""
    offset: int
    """How far behind the rule's beginning it stands."""
    place: int
    """Where the rule stands in memory."""
    about: tuple[Any, ...]
    """Protocol, flags and inversions of the rule: what an extension looks at beside its own."""


class Extension:
    """What prints one kind of match or target."""

    def __init__(self, name: bytes, module: Any, pointer: type[Any]) -> None:
        self._name = name
        self._alias = getattr(module, "alias", None)
        self._pointer = pointer
        function = ctypes.cast(module.save, ctypes.c_void_p).value if module.save else None
        self.save: Save | None = _SAVE(function) if function else None

    def name_at(self, place: int) -> bytes:
        """The name it is printed with: `state` for what is a conntrack match now."""
        if not self._alias:
            return self._name
        return bytes(self._alias(ctypes.cast(place, self._pointer)))


class Written:
    """What extensions print of matches and targets, each different one once."""

    def __init__(self, package: PythonIptables) -> None:
        self._package = package
        self._numbers: dict[tuple[bool, bytes, tuple[Any, ...]], int] = {}
        self._waiting: list[tuple[bytes, Save | None, int, int]] = []
        self._texts: list[bytes] = []
        self._extensions: dict[tuple[bool, bytes, int], Extension] = {}

    def part(self, part: Part, *, is_target: bool) -> tuple[int, int]:
        """The size of a rule's match or target, and its number; -1 for a target without a name."""
        data, offset, head, about = part
        size, name, revision = _PART.unpack_from(data, offset)
        name = name.partition(b"\0")[0]
        if is_target and not name:
            return size, -1
        key = (is_target, data[offset : offset + size], about)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self._texts) + len(self._waiting)
            extension = self._extension(is_target, name, revision)
            place = head + offset
            word = b" -%s %s" % (b"j" if is_target else b"m", extension.name_at(place))
            self._waiting.append((word, extension.save, head, place))
        return size, number

    def texts(self) -> list[bytes]:
        """What there is to print so far, by its number. The rules must still be where they were.

        The extensions print into a file in memory, which stands in for standard output.
        """
        kept, file = os.dup(1), os.memfd_create("rules")
        ends = []
        stdout = ctypes.c_void_p.in_dll(_C, "stdout")
        _C.ftell.restype = ctypes.c_long
        try:
            os.dup2(file, 1)
            for _, save, head, place in self._waiting:
                if save is not None:
                    save(head, place)
                ends.append(_C.ftell(stdout))
            _C.fflush(stdout)
            os.lseek(file, 0, os.SEEK_SET)
            with open(file, "rb", closefd=False) as stream:
                printed = stream.read()
        finally:
            os.dup2(kept, 1)
            os.close(kept)
            os.close(file)
        begin = 0
        for (word, *_), end in zip(self._waiting, ends, strict=True):
            self._texts.append(word + printed[begin:end])
            begin = end
        self._waiting.clear()
        return self._texts

    def _extension(self, is_target: bool, name: bytes, revision: int) -> Extension:
        """The extension that prints exactly this revision."""
        key = (is_target, name, revision)
        if key not in self._extensions:
            known, structures = self._package.extensions, self._package.structures
            found = (known.find_target if is_target else known.find_match)(name)
            if not found or found[0].revision != revision:
                shown = name.decode("ascii", "replace")
                raise UnprintableError(f"no extension for revision {revision} of {shown}")
            kind = structures.xt_entry_target if is_target else structures.xt_entry_match
            self._extensions[key] = Extension(name, found[0], ctypes.POINTER(kind))
        return self._extensions[key]
