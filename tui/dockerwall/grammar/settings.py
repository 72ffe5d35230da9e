"""The settings file: TOML text ⇄ settings.

lan = ["10.0.0.0/8", "fd00::/8"]

[[expected]]
port = "443/tcp"
container = "traefik"            # left out: whichever container
sources = ["203.0.113.0/24"]     # left out: anybody
note = "the public web site"
"""

from __future__ import annotations

import re
import tomllib
from typing import Any

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.addresses import AddressSet
from dockerwall.model.settings import Expectation, Settings

_PORT = re.compile(r"([0-9]{1,5})/(tcp|udp|sctp)")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")
_KNOWN = {"port", "container", "sources", "note"}


def parse_settings(text: str, source: str) -> Settings:
    """Settings of a file; GrammarError names line and reason where it is none."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line, column = (int(place[1]), int(place[2])) if place else (text.count("\n") + 1, 1)
        problem = _PLACE.sub("", str(error)).strip()
        raise GrammarError(source, line, column, problem) from None
    reader = _Reader(text, source)
    for key in found:
        if key not in ("lan", "expected"):
            raise reader.fail(key, f"unknown setting {key!r}")
    lan = reader.networks(found, "lan") if "lan" in found else None
    entries = found.get("expected", [])
    if not isinstance(entries, list) or not all(isinstance(each, dict) for each in entries):
        raise reader.fail("expected", "expected must be written as [[expected]]")
    return Settings(lan, tuple(reader.expectation(each) for each in entries))


def format_expectation(each: Expectation) -> str:
    """One expectation, to be put at the end of a settings file."""
    lines = ["[[expected]]", f'port = "{each.port}/{each.protocol}"']
    if each.container is not None:
        lines.append(f"container = {_quoted(each.container)}")
    if each.sources:
        lines.append(f"sources = [{', '.join(_quoted(text) for text in each.sources)}]")
    if each.note:
        lines.append(f"note = {_quoted(each.note)}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """A TOML basic string; anything unusual is escaped."""
    safe = "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08X}" for c in text)
    return f'"{safe}"'


class _Reader:
    """Checks values, and finds the line of what is wrong."""

    def __init__(self, text: str, source: str) -> None:
        self._lines = text.split("\n")
        self._source = source

    def fail(self, word: str, problem: str) -> GrammarError:
        for number, line in enumerate(self._lines, 1):
            column = line.find(word)
            if column >= 0:
                return GrammarError(self._source, number, column + 1, problem, line)
        return GrammarError(self._source, 1, 1, problem)

    def networks(self, found: dict[str, Any], key: str) -> tuple[str, ...]:
        texts = found[key]
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            raise self.fail(key, f"{key} must be a list of networks")
        for text in texts:
            try:
                AddressSet.parse(text)
            except ValueError:
                raise self.fail(text, f"{text!r} is not a network") from None
        return tuple(texts)

    def expectation(self, found: dict[str, Any]) -> Expectation:
        for key in found:
            if key not in _KNOWN:
                raise self.fail(key, f"unknown setting {key!r}")
        text = found.get("port")
        match = _PORT.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match[1]) > 65535:
            where = text if isinstance(text, str) else "expected"
            raise self.fail(where, 'port must be written as "443/tcp"')
        for key in ("container", "note"):
            if not isinstance(found.get(key, ""), str):
                raise self.fail(key, f"{key} must be a text")
        sources = self.networks(found, "sources") if "sources" in found else ()
        return Expectation(
            match[2], int(match[1]), sources, found.get("container"), found.get("note", "")
        )
