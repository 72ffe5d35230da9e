"""JSON as the host's programs print it, with the place of whatever is not as expected.

`json` does the parsing; only when an entry turns out to be misshapen is the text searched for it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from dockerwall.grammar.errors import GrammarError

Value = TypeVar("Value")
Object = dict[str, object]


class MisshapenError(ValueError):
    """One entry lacks something or holds it in the wrong form; caught where the place is known."""


def load_json(text: str, source: str) -> object:
    """The value of a JSON text; GrammarError at the place where it stops being one."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise GrammarError(
            source, error.lineno, error.colno, _plain(error.msg), _line(text, error.lineno)
        ) from None
    except RecursionError:
        raise GrammarError(source, 1, 1, "nested too deeply", _line(text, 1)) from None


def load_object(text: str, source: str) -> Object:
    """A JSON object; GrammarError for anything else."""
    value = load_json(text, source)
    if not isinstance(value, dict):
        raise misplaced(text, source, None, "expected a JSON object")
    return value


def load_entries(text: str, source: str) -> list[object]:
    """A JSON array; GrammarError for anything else."""
    value = load_json(text, source)
    if not isinstance(value, list):
        raise misplaced(text, source, None, "expected a JSON array")
    return value


def read_entries(
    text: str, source: str, read: Callable[[Object], Iterable[Value]]
) -> tuple[Value, ...]:
    """What `read` makes of each object of a JSON array; empty objects are passed over.

    A MisshapenError, or an entry that is no object, becomes a GrammarError at that entry.
    """
    values: list[Value] = []
    for number, entry in enumerate(load_entries(text, source)):
        if not isinstance(entry, dict):
            raise misplaced(text, source, number, "expected an object")
        if not entry:  # some versions of ip leave {} for what a filter took out
            continue
        try:
            values.extend(read(entry))
        except ValueError as error:
            raise misplaced(text, source, number, str(error)) from None
    return tuple(values)


def misplaced(text: str, source: str, entry: int | None, problem: str) -> GrammarError:
    """A GrammarError at the start of one entry of the outermost array, or of the text."""
    place = _start_of(text, entry)
    line = text.count("\n", 0, place) + 1
    column = place - (text.rfind("\n", 0, place) + 1) + 1
    return GrammarError(source, line, column, problem, _line(text, line))


def text_of(entry: Object, key: str, default: str | None = None) -> str:
    """A text field; MisshapenError when it is missing without a default, or no text."""
    value = entry.get(key, default)
    if not isinstance(value, str):
        raise MisshapenError(f"expected text in {key!r}")
    return value


def optional_text(entry: Object, key: str) -> str | None:
    """A text field that may be missing or null."""
    value = entry.get(key)
    if value is not None and not isinstance(value, str):
        raise MisshapenError(f"expected text in {key!r}")
    return value


def number_of(entry: Object, key: str, default: int | None = None) -> int:
    """A whole number; MisshapenError when it is missing without a default, or none."""
    value = entry.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise MisshapenError(f"expected a whole number in {key!r}")
    return value


def object_of(entry: Object, key: str) -> Object:
    """An object field; empty when missing or null."""
    value = entry.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MisshapenError(f"expected an object in {key!r}")
    return value


def objects_of(entry: Object, key: str) -> list[Object]:
    """An array of objects; empty when missing or null."""
    value = entry.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise MisshapenError(f"expected an array of objects in {key!r}")
    return value


def texts_of(entry: Object, key: str) -> tuple[str, ...]:
    """An array of texts; empty when missing or null."""
    value = entry.get(key)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise MisshapenError(f"expected an array of texts in {key!r}")
    return tuple(value)


def labels_of(entry: Object, key: str) -> dict[str, str]:
    """An object whose values are texts; empty when missing or null."""
    value = object_of(entry, key)
    return {name: each for name, each in value.items() if isinstance(each, str)}


def _start_of(text: str, entry: int | None) -> int:
    """Where the text, or one entry of its array, begins."""
    place = _skip(text, 0, " \t\r\n")
    if entry is None:
        return place
    decoder = json.JSONDecoder()
    place = _skip(text, place + 1, " \t\r\n")
    for _ in range(entry):
        _, place = decoder.raw_decode(text, place)
        place = _skip(text, place, " \t\r\n,")
    return place


def _skip(text: str, place: int, characters: str) -> int:
    while place < len(text) and text[place] in characters:
        place += 1
    return place


def _plain(message: str) -> str:
    return "not JSON: " + message[:1].lower() + message[1:]


def _line(text: str, number: int) -> str:
    lines = text.split("\n", number)
    return lines[number - 1] if number <= len(lines) else ""
