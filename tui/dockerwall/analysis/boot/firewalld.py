"""firewalld: whether it rules this host, and what a reload of it brings back.

`firewall-cmd --reload` empties every chain of iptables, whichever backend firewalld itself uses
(firewall/core/fw.py, flush), and then makes what /etc/firewalld/direct.xml names; Docker makes its
own chains again when it hears of the reload, and keeps what it finds in DOCKER-USER.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import NamedTuple

from dockerwall.analysis.boot.own import GUARD
from dockerwall.analysis.owners import owner_of
from dockerwall.grammar.words import quote_word
from dockerwall.model.boot import FIREWALLD, FIREWALLD_LINKS, Boot
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot

ELEMENT = re.compile(r"[ \t]*<(chain|rule)\b([^>]*?)(?:/>|>(.*?)</\1>)[ \t]*\n?", re.DOTALL)
_ATTRIBUTE = re.compile(r"(\w+)=\"([^\"]*)\"|(\w+)='([^']*)'")


class Direct(NamedTuple):
    """A chain that is made, or a rule that is put into one (`words`)."""

    family: str
    table: str
    chain: str
    words: tuple[str, ...]
    priority: int = 0
    """Rules of lower priority come first, those of one priority in the file's order."""


def is_on(boot: Boot, snapshot: Snapshot) -> bool:
    """Whether firewalld rules this host: it is enabled, or its chains are there."""
    if FIREWALLD in boot.present and any(link in boot.present for link in FIREWALLD_LINKS):
        return True
    if any(chain.table == "firewalld" for chain in snapshot.nft or ()):
        return True
    return any(
        (owner := owner_of(table, chain)) is not None and owner.name == "firewalld"
        for saved in snapshot.rules.values()
        for table in saved.ruleset.tables.values()
        for chain in table.chains.values()
    )


def directs(text: str) -> Iterator[Direct]:
    """The chains and rules of a direct.xml."""
    for found in ELEMENT.finditer(text):
        yield direct_of(found)


def guard_rules(text: str, family: Family) -> tuple[str, ...]:
    """The rules of DOCKER-USER that a direct.xml brings, as iptables-save would begin them."""
    wanted = Direct(family.value, "filter", GUARD, ())[:3]
    found = [each for each in directs(text) if each.words and each[:3] == wanted]
    return tuple(text_of(each) for each in sorted(found, key=lambda each: each.priority))


def text_of(each: Direct) -> str:
    """A rule as iptables-save would begin it."""
    return " ".join([f"-A {each.chain}", *(quote_word(word) for word in each.words)])


def direct_of(found: re.Match[str]) -> Direct:
    """The chain or rule of one element."""
    from html import unescape  # its table of names is large, and hardly any host has such rules

    values = {
        name or other: unescape(value or second)
        for name, value, other, second in _ATTRIBUTE.findall(found.group(2))
    }
    number = values.get("priority", "0")
    return Direct(
        values.get("ipv", ""),
        values.get("table", ""),
        values.get("chain", ""),
        _words(unescape(found.group(3) or "")) if found.group(1) == "rule" else (),
        int(number) if number.lstrip("-").isdecimal() else 0,
    )


def _words(text: str) -> tuple[str, ...]:
    """The words of a rule; one that no shell could take apart stays whole."""
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return (text,)
