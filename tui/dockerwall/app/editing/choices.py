"""What can be wished for the port or the rule under the cursor, and for the host as a whole."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from typing import TYPE_CHECKING, NamedTuple

from dockerwall.changes import Wish
from dockerwall.model.kinds import Family

if TYPE_CHECKING:
    from dockerwall.present.exposures import Row
    from dockerwall.present.node import Node

ANSWER = ""
"""The place of the answer among a choice's words."""

_SOURCE = "source: "
_HINT = "an address, a network, FIRST-LAST, the name of an ipset, or me: your own SSH client"
_SOURCES = "sources: "
_HINTS = f"{_HINT}; several with commas"


class Choice(NamedTuple):
    """One thing that can be wished."""

    key: str
    """The key that chooses it in the menu."""
    title: str
    about: str
    """What it does, in a sentence."""
    words: tuple[str, ...]
    """The words of the intent, `ANSWER` where the answer belongs."""
    question: str = ""
    """What is asked first; empty where nothing needs to be."""
    hint: str = ""
    """What can be answered."""
    proposal: str = ""
    """The answer to begin with; `me` where that is known."""
    families: tuple[Family, ...] = tuple(Family)
    whole: bool = False
    """Whether the answer is one text, such as a rule, and not words."""


ME = "me"

WHOLE_HOST = {
    "lan_only_all": Choice(
        "w", "LAN only, every port", "Nobody outside the LAN reaches any.", ("lan-only",)
    ),
    "block_source": Choice(
        "b",
        "block a source",
        "It reaches no container any more.",
        ("block", ANSWER),
        _SOURCE,
        _HINT,
    ),
    "forward": Choice(
        "f",
        "allow interface to interface",
        "Connections pass, and their answers.",
        ("forward", ANSWER),
        "from, to: ",
        "two interfaces, the outside one first: wg0 br-app",
    ),
    "set_add": Choice(
        "+",
        "add to an ipset",
        "Every rule that asks it knows at once.",
        ("set", "add", ANSWER),
        "set, entry: ",
        "the set's name and the entry: office 203.0.113.9",
    ),
    "set_delete": Choice(
        "-",
        "delete from an ipset",
        "One member less.",
        ("set", "del", ANSWER),
        "set, entry: ",
        "the set's name and the entry: office 203.0.113.9",
    ),
}
"""By the command that chooses each of them directly."""


def port_words(row: Row) -> str | None:
    """The port of an exposure as an intent names it; None where no host port leads to it."""
    number = row.offer.host_port
    if number is None or not row.governed:
        return None
    binds = row.bind.split()
    port = f"{number}/{row.offer.protocol}"
    if len(binds) != 1 or _is_any(binds[0]):
        return port
    address = f"[{binds[0]}]" if ":" in binds[0] else binds[0]
    return f"{address}:{port}"


def _is_any(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_unspecified
    except ValueError:
        return True


def of_exposure(row: Row, rows: Collection[Row] = ()) -> tuple[Choice, ...]:
    """What can be wished for an exposure among others; nothing where no port leads to it."""
    port = port_words(row)
    return () if port is None else _of_port(port, _families(row, rows))


def _families(row: Row, rows: Collection[Row]) -> tuple[Family, ...]:
    """The row's own family, where another row stands for the same port in the other."""
    place = (row.offer.protocol, row.offer.host_port)
    others = [r for r in rows if r.key != row.key]
    if any((each.offer.protocol, each.offer.host_port) == place for each in others):
        own = {each.offer.family for each in row.exposures}
        return tuple(family for family in Family if family in own)
    return tuple(Family)


def _of_port(port: str, families: tuple[Family, ...]) -> tuple[Choice, ...]:
    listed = (
        Choice("c", "close to the Internet", "Others reach it as before.",
               ("close", port)),
        Choice("l", "LAN only", "Nobody outside the LAN reaches it.", ("lan-only", port)),
        Choice("o", "only some sources", "Nobody else from outside reaches it.",
               ("only", ANSWER, "to", port), _SOURCES, _HINTS, ME),
        Choice("a", "allow a source", "It gets in; everybody else as before.",
               ("allow", ANSWER, "to", port), _SOURCE, _HINT, ME),
        Choice("s", "only an ipset's members", "Who is in the set gets in, others not.",
               ("use-set", ANSWER, "for", port), "set: ",
               "the set's name; with the word create (and inet6) behind it a new one is made"),
    )  # fmt: skip
    return tuple(each._replace(families=families) for each in listed)


class Unchangeable(Exception):  # noqa: N818 - an answer, not a failure
    """The line under the cursor is nothing that can be changed: one sentence."""


def of_line(node: Node | None) -> tuple[Choice, ...]:
    """What can be done with a rule of the tree, or at a chain; Unchangeable says why nothing."""
    from dockerwall.editing.chains import USER, is_dockers_own

    if node is None or node.place is None:
        raise Unchangeable("Put the cursor on a rule of the filter table, or on a port: view 1.")
    family, table, chain = node.place.family, node.place.table, node.place.chain
    if node.rule is None:
        if table == "filter" and not is_dockers_own(chain):
            return (_insert("i", "insert a rule at the top", chain, 1, family),)
        raise Unchangeable("Put the cursor on a rule of the filter table, or on a port: view 1.")
    if node.target == USER and chain != USER:
        return (_insert("i", f"insert a rule at the top of {USER}", USER, 1, family),)
    if table != "filter":
        raise Unchangeable(f"Only rules of the filter table are changed here, not of {table}.")
    if is_dockers_own(chain):
        raise Unchangeable(
            f"{chain} is Docker's own chain: Docker rebuilds it. Rules of your own go into {USER}."
        )
    return _of_rule(chain, node.rule.number, node.rule.text, family)


def _of_rule(chain: str, number: int, text: str, family: Family) -> tuple[Choice, ...]:
    from dockerwall.editing.switching import is_off

    off = is_off(text)
    switch = ("on", "switch on", "It matches again, as before.")
    if not off:
        switch = ("off", "switch off", "It keeps its place and matches nothing.")
    at = (chain, str(number))
    only = (family,)
    return (
        _insert("i", "insert a rule before it", chain, number, family),
        _insert("n", "insert a rule after it", chain, number + 1, family),
        Choice("u", "move up", "One place earlier.", ("move", *at, "up"), families=only),
        Choice("d", "move down", "One place later.", ("move", *at, "down"), families=only),
        Choice("t", switch[1], switch[2], (switch[0], *at), families=only),
        Choice("x", "delete", "The rule goes.", ("delete", *at), families=only),
    )


def _insert(key: str, title: str, chain: str, number: int, family: Family) -> Choice:
    return Choice(
        key,
        title,
        "Written by hand, tested by the kernel.",
        ("insert", chain, str(number), ANSWER),
        "rule: ",
        "its matches and its target, as after -A CHAIN: -s 198.51.100.7 -j DROP",
        families=(family,),
        whole=True,
    )


def wish_of(choice: Choice, answer: str = "", sets: Collection[str] = ()) -> Wish:
    """The wish of a choice with its answer; the name of an ipset on the host stands for it."""
    answers = [answer] if choice.whole else [_source(word, sets) for word in _words(answer)]
    words: list[str] = []
    for word in choice.words:
        words += answers if word == ANSWER else [word]
    return Wish(tuple(words), choice.families)


def _words(answer: str) -> list[str]:
    return answer.replace(",", " ").split()


def _source(word: str, sets: Collection[str]) -> str:
    return f"set:{word}" if word in sets and word != ME else word
