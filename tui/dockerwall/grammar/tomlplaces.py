"""Where a TOML text says something: Python's reader of TOML keeps no places.

Lines are taken one by one: a table's header, or a key at the start of a line. That finds every key
of a file as people write it; what it does not find, it places at its table, or at the beginning.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_HEADER = re.compile(r"\s*(\[\[?)\s*([^]]+?)\s*\]\]?")
_KEY = re.compile(r"""\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)\s*=""")


class Place(NamedTuple):
    """A line and a column, both from 1."""

    line: int
    column: int


class Places:
    """The places of the keys of one text."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        self._tables: dict[tuple[str, int], Place] = {}
        self._keys: dict[tuple[str, int, str], Place] = {}
        counts: dict[str, int] = {}
        table, index = "", 0
        for number, line in enumerate(self._lines, 1):
            if header := _HEADER.match(line):
                table = header[2]
                index = counts.get(table, 0) if header[1] == "[[" else 0
                counts[table] = index + 1
                self._tables[table, index] = Place(number, header.start(1) + 1)
            elif key := _KEY.match(line):
                place = Place(number, key.start(1) + 1)
                self._keys.setdefault((table, index, key[1].strip("\"'")), place)

    def of(self, key: str, table: str = "", index: int = 0) -> Place:
        """Where a key of a table stands; for an array of tables, of the one with this index."""
        found = self._keys.get((table, index, key))
        if found is None:
            found = self._tables.get((key, 0)) or self._tables.get((table, index))
        return found or Place(1, 1)

    def inside(self, place: Place, text: str) -> Place:
        """Where a text stands, looked for from a place on to the next key; else the place."""
        first = place.column - 1
        for number in range(place.line - 1, len(self._lines)):
            line = self._lines[number]
            if number >= place.line and (_KEY.match(line) or _HEADER.match(line)):
                break
            column = line.find(text, first)
            if text and column >= 0:
                return Place(number + 1, column + 1)
            first = 0
        return place
