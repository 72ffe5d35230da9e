"""Recorded hosts with damage of every kind: read and judged, or refused with a place; no crash."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest
from tests.analysis.edited_host import HOSTS

from dockerwall.analysis.judgement import judge
from dockerwall.analysis.trace import make_probe, trace
from dockerwall.analysis.world import build_world
from dockerwall.grammar.errors import GrammarError
from dockerwall.reading.recorded import RecordedHost

VALUES: tuple[object, ...] = (
    None,
    0,
    -1,
    "",
    [],
    {},
    "x",
    [None],
    {"a": 1},
    True,
    "999.1.1.1",
    "::1/999",
    "0.0.0.0/0",
)
WORDS = ("", "!", "-j", "NOPE", "-m", "--dport", "a:b", "1:2:3", "-s", "::/0", "1.2.3.4/33", "-1")
Way = tuple[str | int, ...]


def places(value: object, path: Way = ()) -> list[Way]:
    """The way to everything inside a JSON value."""
    if isinstance(value, dict):
        inner: list[tuple[str | int, object]] = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    else:
        return []
    return [found for key, each in inner for found in ((*path, key), *places(each, (*path, key)))]


def damaged_json(chance: random.Random, text: str) -> str:
    """The same with one value replaced or taken out."""
    document = json.loads(text)
    ways = places(document)
    if not ways:
        return text
    *way, last = chance.choice(ways)
    holder = document
    for key in way:
        holder = holder[key]
    if isinstance(holder, dict) and chance.random() < 0.3:
        del holder[last]
    else:
        holder[last] = chance.choice(VALUES)
    return json.dumps(document)


def damaged_lines(chance: random.Random, text: str) -> str:
    """The same with a line lost, cut, doubled, or a word of it replaced."""
    lines = text.split("\n")
    place = chance.randrange(len(lines))
    line = lines[place]
    words = line.split(" ")
    words[chance.randrange(len(words))] = chance.choice(WORDS)
    cut = line[: chance.randint(0, len(line))]
    lines[place : place + 1] = chance.choice(([], [cut], [line, line], [" ".join(words)]))
    return "\n".join(lines)


def damage(chance: random.Random, place: Path) -> None:
    """One file of a snapshot: taken away, cut short, or changed within."""
    path = chance.choice(sorted(each for each in place.iterdir() if each.is_file()))
    text = path.read_text()
    how = chance.random()
    if how < 0.15:
        path.unlink()
    elif how < 0.25:
        path.write_text(text[: chance.randint(0, len(text))])
    elif path.suffix == ".json":
        path.write_text(damaged_json(chance, text))
    else:
        path.write_text(damaged_lines(chance, text))


@pytest.mark.parametrize("seed", range(60))
def test_damage_is_refused_or_judged(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    host = chance.choice(sorted(each for each in HOSTS.iterdir() if each.is_dir()))
    place = tmp_path / "host"
    shutil.copytree(host, place)
    (place / "expected.json").unlink(missing_ok=True)
    damage(chance, place)
    try:
        snapshot = RecordedHost(place).read()
    except GrammarError:
        return  # with its place, for the reader of the message
    judge(snapshot)
    world = build_world(snapshot)
    for source, target in (("198.51.100.7", "203.0.113.1"), ("2001:db8::9", "2001:db8:113::1")):
        trace(world, make_probe("eth0", source, target, 6, None, 8080))
