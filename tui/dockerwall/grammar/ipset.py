"""The lines of `ipset save` as sets.

Source: ipset(8) and lib/print.c of ipset: `create NAME TYPE OPTION...`, then `add NAME ENTRY`.
"""

from __future__ import annotations

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.words import split_words
from dockerwall.model.ipsets import IpSet

_FLAGS = ("counters", "comment", "skbinfo", "forceadd")


def parse_ipsets(text: str, source: str = "ipset.save") -> tuple[IpSet, ...]:
    """Every set with its entries, in order; GrammarError at a line that is neither."""
    heads: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {}
    entries: dict[str, list[str]] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.startswith("#"):
            continue
        words = _words(line, number, source)
        if line.startswith("add "):
            into = entries.get(words[1])
            if into is None:
                raise GrammarError(
                    source, number, 5, "the entry's set was not created above it", line
                )
            into.append(words[2])
        elif line.startswith("create "):
            name = words[1]
            if name in heads:
                raise GrammarError(source, number, 8, f"set {name} is created twice", line)
            heads[name] = _head(words[2], line, number, source)
            entries[name] = []
        else:
            raise GrammarError(source, number, 1, "expected create or add", line)
    return tuple(
        IpSet(name, kind, options, tuple(entries[name])) for name, (kind, options) in heads.items()
    )


def _words(line: str, number: int, source: str) -> list[str]:
    """The command, the set's name without quotes, and the rest of the line."""
    words = line.split(" ", 2)
    if len(words) > 1 and words[1].startswith('"'):
        end = line.find('" ', line.index('"') + 1)
        words = [words[0], line[line.index('"') + 1 : end], line[end + 2 :]] if end > 0 else []
    if len(words) < 3 or not words[1] or not words[2].strip():
        raise GrammarError(source, number, len(line) + 1, "the line ends too early", line)
    return words


def _head(
    text: str, line: str, number: int, source: str
) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The type and the options of a `create` line."""
    try:
        kind, *rest = split_words(text)
    except ValueError as error:
        raise GrammarError(source, number, 1, str(error), line) from None
    if ":" not in kind:
        column = len(line) - len(text) + 1
        raise GrammarError(source, number, column, "expected a set type such as hash:ip", line)
    options = []
    words = iter(rest)
    for word in words:
        options.append((word, "" if word in _FLAGS else next(words, "")))
    return kind, tuple(options)
