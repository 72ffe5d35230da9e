"""The text of `iptables-save -c` ⇄ a rule set and its counters, without loss.

The law: `format_save(parse_save(text)) == text` for every text iptables-save prints, comment
lines aside. A rule stays the text it was printed as; what it means is read by `grammar.spec`.
Source: iptables-save(8), and iptables/iptables-save.c for the order of lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.words import has_open_quote, split_words
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Chain, Counters, Rule, Ruleset, SavedRules, Table

LONGEST = 2000
"""Characters of a rule behind its first line: a comment or string has at most some 250."""
_MARK = re.compile(r"\[[0-9]+:[0-9]+\]")
UNCLOSED = 100
"""After so many quotes that nobody closes a text is not looked at for more."""


def parse_save(
    text: str,
    variant: Variant,
    family: Family,
    source: str = "iptables-save",
    previous: SavedRules | None = None,
) -> SavedRules:
    """Read a save file; GrammarError where it is none, or ends early.

    When only counters differ from `previous`, its very `Ruleset` is used again.
    """
    skeleton, marks, places = _separate(text, source)
    counters = Counters(tuple(marks))
    if (
        previous is not None
        and previous.ruleset.skeleton == skeleton
        and (previous.ruleset.variant, previous.ruleset.family) == (variant, family)
    ):
        return SavedRules(previous.ruleset, counters)
    tables = _Builder(source, skeleton, places).tables()
    return SavedRules(Ruleset(variant, family, tables, skeleton), counters)


def format_save(saved: SavedRules) -> str:
    """The text again, counters included."""
    lines = []
    for line, mark in zip(saved.ruleset.skeleton, saved.counters.marks, strict=True):
        if not mark:
            lines.append(line)
        elif line.startswith(":"):
            lines.append(f"{line} {mark}")
        else:
            lines.append(f"{mark} {line}")
    return "\n".join(lines)


def unlisted_tables(text: str) -> tuple[str, ...]:
    """Tables that iptables-nft-save says it cannot print, because nft rules stand in them."""
    if "# Table `" not in text:
        return ()
    return tuple(
        line.split("`", 1)[1].split("'", 1)[0]
        for line in text.split("\n")
        if line.startswith("# Table `") and "incompatible" in line
    )


def _separate(text: str, source: str) -> tuple[tuple[str, ...], list[str], list[int]]:
    """Lines without counters, the counters, and the line number each stood on."""
    skeleton: list[str] = []
    marks: list[str] = []
    places: list[int] = []
    for place, line in _lines(text):
        mark = ""
        first = line[:1]
        if first == "[":
            end = line.find("]") + 1
            mark = line[:end]
            if end == 0 or line[end : end + 1] != " " or not _is_mark(mark):
                raise GrammarError(source, place, 1, "expected counters [packets:bytes]", line)
            line = line[end + 1 :]
        elif first == "#":
            continue
        elif first == ":":
            head, _, tail = line.rpartition(" ")
            if tail[:1] == "[":
                if not _is_mark(tail):
                    raise GrammarError(
                        source, place, len(head) + 2, "expected counters [packets:bytes]", line
                    )
                line, mark = head, tail
        skeleton.append(line)
        marks.append(mark)
        places.append(place)
    return tuple(skeleton), marks, places


def _lines(text: str) -> Iterable[tuple[int, str]]:
    """The lines with their numbers; line ends within a comment, which iptables-save prints as they
    are, belong to the comment's rule."""
    lines = text.split("\n")
    if '"' in text and any('"' in line and _may_be_open(line) for line in lines):
        return _joined(lines)
    return enumerate(lines, 1)


def _joined(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The same where a quote may be open at the end of a line."""
    after, never_closed = 0, 0
    for place, line in enumerate(lines, 1):
        if place <= after:
            continue
        if line[:1] in ("[", "-") and _may_be_open(line) and never_closed < UNCLOSED:
            end = _end_of_rule(lines, place)
            line, after = "\n".join(lines[place - 1 : end]), end
            never_closed += end == place
        yield place, line


def _end_of_rule(lines: list[str], place: int) -> int:
    """The number of the last line of the rule that begins at a place."""
    whole = lines[place - 1]
    room = len(whole) + LONGEST
    for end in range(place + 1, len(lines) + 1):
        line = lines[end - 1]
        whole = f"{whole}\n{line}"
        if len(whole) > room:
            break
        if '"' in line and not has_open_quote(whole):
            return end
    return place


def _may_be_open(line: str) -> bool:
    """Whether a quote could be open at the end: nearly no line is looked at more closely."""
    if "\\" in line:
        line = line.replace("\\\\", "").replace('\\"', "")
    return line.count('"') % 2 == 1


def _is_mark(text: str) -> bool:
    return _MARK.fullmatch(text) is not None


class _Builder:
    """Walks the lines once and gathers tables."""

    def __init__(self, source: str, skeleton: tuple[str, ...], places: list[int]) -> None:
        self.source = source
        self.skeleton = skeleton
        self.places = places

    def fail(self, slot: int, column: int, problem: str) -> GrammarError:
        return GrammarError(self.source, self.places[slot], column, problem, self.skeleton[slot])

    def tables(self) -> dict[str, Table]:
        tables: dict[str, Table] = {}
        name: str | None = None
        heads: dict[str, tuple[str | None, int]] = {}
        rules: dict[str, list[Rule]] = {}
        for slot, line in enumerate(self.skeleton):
            first = line[:1]
            if first == "-" and name is not None:
                chain = self.chain_of(line, slot, heads)
                into = rules[chain]
                into.append(Rule(chain, len(into) + 1, line, slot))
            elif not line:
                continue
            elif first == "*":
                if name is not None:
                    raise self.fail(slot, 1, f"table {name} has no COMMIT")
                name, heads, rules = self.table_name(line, slot), {}, {}
                if name in tables:
                    raise self.fail(slot, 2, f"table {name} appears twice")
            elif name is None:
                raise self.fail(slot, 1, "expected a table such as *filter")
            elif first == ":":
                chain, policy = self.header(line, slot)
                if chain in heads:
                    raise self.fail(slot, 2, f"chain {chain} is declared twice")
                heads[chain], rules[chain] = (policy, slot), []
            elif line == "COMMIT":
                tables[name] = Table(
                    name,
                    {c: Chain(c, policy, tuple(rules[c]), s) for c, (policy, s) in heads.items()},
                )
                name = None
            else:
                raise self.fail(slot, 1, "expected a rule, a chain or COMMIT")
        if name is not None:
            last = len(self.skeleton) - 1
            raise self.fail(last, 1, f"the text ends inside table {name}: COMMIT is missing")
        return tables

    def table_name(self, line: str, slot: int) -> str:
        name = line[1:]
        if not name or not name.isascii() or not name.isalnum():
            raise self.fail(slot, 2, "expected a table name")
        return name

    def header(self, line: str, slot: int) -> tuple[str, str | None]:
        chain, _, policy = line[1:].rpartition(" ")
        if not chain or not chain.isprintable():
            raise self.fail(slot, 2, "expected :CHAIN POLICY [packets:bytes]")
        if policy not in ("ACCEPT", "DROP", "QUEUE", "-"):
            raise self.fail(slot, len(chain) + 3, "expected a policy: ACCEPT, DROP or -")
        return chain, None if policy == "-" else policy

    def chain_of(self, line: str, slot: int, heads: dict[str, tuple[str | None, int]]) -> str:
        """The chain a rule line appends to."""
        if line[:3] != "-A ":
            raise self.fail(slot, 1, "expected a rule beginning with -A")
        end = line.find(" ", 3)
        chain = line[3:] if end < 0 else line[3:end]
        if chain in heads:
            return chain
        try:
            chain = split_words(line)[1]
        except (ValueError, IndexError):
            chain = ""
        if chain not in heads:
            raise self.fail(slot, 4, "the rule's chain was not declared above it")
        return chain
