"""The operator's own rules in a file that a distribution's service restores at boot.

Such a file belongs to others, and its comments are gone when its service saves it the next time:
what is ours is told by table and chain alone, and everything else stays byte for byte.
"""

from __future__ import annotations

from collections.abc import Sequence

from dockerwall.analysis.boot.own import GUARD, JUMP, Line, Own
from dockerwall.editing.lasting.merging import merged
from dockerwall.model.value import value

_BASE = ("INPUT", "FORWARD", "OUTPUT")


@value
class _Filter:
    """Where the filter table stands in a file's lines."""

    start: int
    end: int
    """The line of its COMMIT."""


def with_own(text: str, own: Own) -> str:
    """The file with the own rules in it, those of DOCKER-USER and of own chains exactly."""
    lines = text.split("\n")
    place = _filter(lines)
    if place is None:
        if lines and lines[-1] == "":
            lines.pop()
        lines += ["*filter", "COMMIT", ""]
        place = _filter(lines)
        assert place is not None
    for chain, wanted in own.chains.items():
        lines = _with_chain(lines, chain, wanted)
    return "\n".join(lines)


def _with_chain(lines: list[str], chain: str, wanted: Sequence[Line]) -> list[str]:
    """One chain's own rules put in; Docker makes the jump to its chain by itself."""
    wanted = [line for line in wanted if line.text != JUMP]
    if not any(line.own for line in wanted):
        return lines
    place = _filter(lines)
    assert place is not None
    inside = range(place.start + 1, place.end)
    there = [n for n in inside if _rule_of(lines[n], chain) is not None]
    texts = [_rule_of(lines[n], chain) or "" for n in there]
    kept = texts if chain in _BASE else _of_others(lines, chain, wanted, texts)
    by_text = {_rule_of(lines[n], chain): lines[n] for n in there}
    new = [by_text.get(text, text) for text in merged(chain, wanted, kept)]
    head = place.end
    if chain not in _BASE and not any(_is_head(lines[n], chain) for n in inside):
        heads = [n for n in inside if lines[n].startswith(":")]
        head = heads[-1] + 1 if heads else place.start + 1
        lines = [*lines[:head], f":{chain} - [0:0]", *lines[head:]]
        there = [n + 1 for n in there]
        place = _Filter(place.start, place.end + 1)
    at = there[0] if there else place.end
    gone = set(there)
    before = [line for n, line in enumerate(lines[:at]) if n not in gone]
    after = [line for n, line in enumerate(lines[at:], at) if n not in gone]
    return [*before, *new, *after]


def _of_others(
    lines: Sequence[str], chain: str, wanted: Sequence[Line], texts: Sequence[str]
) -> list[str]:
    """The rules of one of our chains that stay: the own ones, neighbours, Docker's RETURN, and
    what leads to a chain of another program."""
    known = {line.text for line in wanted}
    heads = {line[1:].split(" ")[0] for line in lines if line.startswith(":")}
    bare = f"-A {chain} -j RETURN"
    return [
        text
        for place, text in enumerate(texts)
        if text in known
        or (text == bare and chain == GUARD and place == len(texts) - 1)
        or text.split(" ")[-1] in heads
    ]


def chain_rules(text: str, chain: str) -> tuple[str, ...]:
    """The rules of one chain of the filter table, without counters."""
    lines = text.split("\n")
    place = _filter(lines)
    if place is None:
        return ()
    found = (_rule_of(line, chain) for line in lines[place.start : place.end])
    return tuple(rule for rule in found if rule is not None)


def _filter(lines: Sequence[str]) -> _Filter | None:
    for start, line in enumerate(lines):
        if line.strip() == "*filter":
            for end in range(start + 1, len(lines)):
                if lines[end].strip() == "COMMIT":
                    return _Filter(start, end)
    return None


def _rule_of(line: str, chain: str) -> str | None:
    """The rule of a line that appends to a chain, without counters."""
    text = line.split("] ", 1)[-1] if line.startswith("[") else line
    text = text.rstrip()
    return text if text.startswith(f"-A {chain} ") else None


def _is_head(line: str, chain: str) -> bool:
    return line.startswith(f":{chain} ")
