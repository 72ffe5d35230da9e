"""The settings file: TOML text ⇄ settings.

What is wrong in it is named with its place and left out; the rest is taken.

    interval = 2                     # seconds between two readings of the host
    lan = ["10.0.0.0/8", "fd00::/8"]

    [keys]
    freeze = ["space", "z"]

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
from dockerwall.grammar.tomlplaces import Place, Places
from dockerwall.model.addresses import AddressSet
from dockerwall.model.settings import (
    INTERVAL,
    THEMES,
    TRIAL,
    Expectation,
    Flaw,
    KeyChoice,
    Preferences,
    Settings,
    SettingsFile,
    Span,
)

_PORT = re.compile(r"([0-9]{1,5})/(tcp|udp|sctp)")
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")
_KEY = re.compile(r"(?:(?:ctrl|shift|alt|super)\+)*(?:[a-z0-9_]{2,24}|[^\s\x00-\x1f\x7f])")
_VERDICTS = ("lan", "expected")
"""What a verdict rests on; the others are preferences."""
_PREFERENCES = ("interval", "trial", "theme", "mouse", "ascii", "keys")
_EXPECTED = ("port", "container", "sources", "note")


def parse_settings(text: str, source: str) -> SettingsFile:
    """What a settings file says; what cannot be used of it is among the flaws."""
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return SettingsFile(flaws=(_unreadable(error, text, source),))
    except RecursionError:
        return SettingsFile(flaws=(Flaw(f"{source}:1:1", "nested too deeply", grave=True),))
    return _Reader(text, source).all(found)


def is_key(text: str) -> bool:
    """Whether a text names a key: `f5`, `ctrl+z`, `question_mark`, `?`."""
    return _KEY.fullmatch(text) is not None


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


def _unreadable(error: tomllib.TOMLDecodeError, text: str, source: str) -> Flaw:
    """A text that is no TOML at all: nothing of it can be used."""
    place = _PLACE.search(str(error))
    if place is not None and place[1]:
        line, column = int(place[1]), int(place[2])
    else:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    problem = _PLACE.sub("", str(error)).strip()
    return Flaw(f"{source}:{line}:{column}", f"not TOML: {problem}", grave=True)


class _Reader:
    """Takes one file's values, and keeps a flaw for each that is not what it should be."""

    def __init__(self, text: str, source: str) -> None:
        self._places = Places(text)
        self._source = source
        self._flaws: list[Flaw] = []

    def all(self, found: dict[str, Any]) -> SettingsFile:
        """Every setting there is."""
        for key in found:
            if key not in (*_VERDICTS, *_PREFERENCES):
                self._note(
                    self._places.of(key),
                    f"unknown setting {key!r}; there are {', '.join(_PREFERENCES + _VERDICTS)}",
                )
        preferences = Preferences(
            interval=self._seconds(found, "interval", INTERVAL),
            trial=self._seconds(found, "trial", TRIAL),
            theme=self._theme(found),
            mouse=self._yes_or_no(found, "mouse"),
            ascii=self._yes_or_no(found, "ascii"),
            keys=self._keys(found.get("keys", {})),
        )
        settings = Settings(self._lan(found), self._expectations(found.get("expected", [])))
        return SettingsFile(settings, preferences, tuple(self._flaws))

    def _note(self, place: Place, problem: str, *, grave: bool = True) -> None:
        where = f"{self._source}:{place.line}:{place.column}"
        self._flaws.append(Flaw(where, problem, grave))

    def _seconds(self, found: dict[str, Any], key: str, span: Span) -> float | None:
        value = found.get(key)
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and span.shortest <= value <= span.longest:
            return float(value)
        self._note(
            self._places.of(key),
            f"{key} must be a number of seconds from {span.shortest:g} to {span.longest:g}",
            grave=False,
        )
        return None

    def _theme(self, found: dict[str, Any]) -> str | None:
        value = found.get("theme")
        if value is None or (isinstance(value, str) and value in THEMES):
            return value
        names = ", ".join(f'"{name}"' for name in THEMES)
        self._note(self._places.of("theme"), f"theme must be one of {names}", grave=False)
        return None

    def _yes_or_no(self, found: dict[str, Any], key: str) -> bool | None:
        value = found.get(key)
        if value is None or isinstance(value, bool):
            return value
        self._note(self._places.of(key), f"{key} must be true or false", grave=False)
        return None

    def _keys(self, found: object) -> tuple[KeyChoice, ...]:
        if not isinstance(found, dict):
            self._note(self._places.of("keys"), "keys must be written as [keys]", grave=False)
            return ()
        choices = []
        for command, value in found.items():
            place = self._places.of(command, "keys")
            keys = (value,) if isinstance(value, str) else value
            if not isinstance(keys, list | tuple) or not all(isinstance(k, str) for k in keys):
                self._note(place, f"{command} must be a key or a list of keys", grave=False)
            elif bad := [key for key in keys if not is_key(key)]:
                place = self._places.inside(place, bad[0])
                self._note(place, f"{bad[0]!r} is not the name of a key", grave=False)
            else:
                where = f"{self._source}:{place.line}:{place.column}"
                choices.append(KeyChoice(command, tuple(keys), where))
        return tuple(choices)

    def _lan(self, found: dict[str, Any]) -> tuple[str, ...] | None:
        try:
            return self._networks(found["lan"], "lan", self._places.of("lan"))
        except KeyError:
            return None
        except GrammarError as error:
            self._note(Place(error.line, error.column), error.problem)
            return None

    def _networks(self, texts: object, key: str, place: Place) -> tuple[str, ...]:
        """A list of networks; GrammarError if it is none."""
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            raise self._fail(place, f'{key} must be a list of networks such as "10.0.0.0/8"')
        for text in texts:
            try:
                AddressSet.parse(text)
            except ValueError:
                raise self._fail(
                    self._places.inside(place, text), f"{text!r} is not a network"
                ) from None
        return tuple(texts)

    def _fail(self, place: Place, problem: str) -> GrammarError:
        return GrammarError(self._source, place.line, place.column, problem)

    def _expectations(self, found: object) -> tuple[Expectation, ...]:
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            self._note(self._places.of("expected"), "expected must be written as [[expected]]")
            return ()
        expected = []
        for index, each in enumerate(found):
            try:
                expected.append(self._expectation(each, index))
            except GrammarError as error:
                self._note(Place(error.line, error.column), error.problem)
        return tuple(expected)

    def _expectation(self, found: dict[str, Any], index: int) -> Expectation:
        """One expectation; GrammarError names what is wrong with it."""

        def place(key: str) -> Place:
            return self._places.of(key, "expected", index)

        for key in found:
            if key not in _EXPECTED:
                known = ", ".join(_EXPECTED)
                raise self._fail(place(key), f"unknown setting {key!r}; expected has {known}")
        text = found.get("port")
        match = _PORT.fullmatch(text) if isinstance(text, str) else None
        if match is None or int(match[1]) > 65535:
            raise self._fail(place("port"), 'port must be written as "443/tcp"')
        for key in ("container", "note"):
            if not isinstance(found.get(key, ""), str):
                raise self._fail(place(key), f"{key} must be a text")
        sources: tuple[str, ...] = ()
        if "sources" in found:
            sources = self._networks(found["sources"], "sources", place("sources"))
        return Expectation(
            match[2], int(match[1]), sources, found.get("container"), found.get("note", "")
        )
