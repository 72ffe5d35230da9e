"""A change to an ipset, in the words of ipset(8), with its inverse."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from typing import NamedTuple

from dockerwall.grammar.words import split_words
from dockerwall.model.snapshot import Snapshot


class SetChange(NamedTuple):
    """One set created or destroyed, or one entry added or deleted."""

    action: str
    """create, destroy, add or del."""
    name: str
    words: str
    """For create and destroy: type and options, such as `hash:net family inet`; else the entry, as
    `ipset save` prints it."""

    @property
    def builds(self) -> bool:
        """Whether it makes something rules may need, and so comes before them."""
        return self.action in ("create", "add")

    @property
    def inverse(self) -> SetChange:
        """The change that undoes it."""
        return self._replace(action=_INVERSE[self.action])

    @property
    def line(self) -> str:
        """The line for `ipset restore`."""
        if self.action == "destroy":
            return f"destroy {self.name}"
        if self.action == "del":  # ipset deletes by the element alone, and takes no options with it
            return f"del {self.name} {self.words.split(' ')[0]}"
        return f"{self.action} {self.name} {self.words}"

    @property
    def command(self) -> str:
        """The command line that does it."""
        return shlex.join(["ipset", *split_words(self.line)])


def felt(snapshot: Snapshot, changes: Iterable[SetChange]) -> tuple[SetChange, ...]:
    """The changes of sets that rules of now may ask; the others change no packet's way."""
    texts = [
        rule.text
        for saved in snapshot.rules.values()
        for table in saved.ruleset.tables.values()
        for chain in table.chains.values()
        for rule in chain.rules
    ]
    texts += [entry for each in snapshot.ipsets or () for entry in each.entries]  # sets of sets
    return tuple(each for each in changes if any(each.name in text for text in texts))


_INVERSE = {"create": "destroy", "destroy": "create", "add": "del", "del": "add"}
