"""The files of own rules and sets, as iptables-restore and ipset read them."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.boot.own import JUMP, Lasting, Own
from dockerwall.model.boot import RULES, Boot
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family

_BASE = ("INPUT", "FORWARD", "OUTPUT")
BESIDE = "#= "
"""Begins a line that only says where the others belong."""


def rules_text(own: Own) -> str:
    """The rules file of one family: input for iptables-restore, with neighbours as comments."""
    return "\n".join([*_rules(own), ""])


def _rules(own: Own) -> Iterator[str]:
    yield "# Your own rules, written by dockerwall-tui persist; restore puts them back."
    yield "# Lines with #= are rules of others: they only say where yours belong."
    yield f"# variant: {own.variant}"
    yield "*filter"
    for name in own.chains:
        yield f":{name} - [0:0]"
    for lines in own.chains.values():
        for line in lines:
            yield line.text if line.own else BESIDE + line.text
    yield "COMMIT"


def sets_text(lasting: Lasting) -> str:
    """The sets as `ipset -exist restore` reads them; empty without any."""
    return "".join(f"{line}\n" for each in lasting.sets for line in set_lines(each))


def set_lines(one: IpSet) -> Iterator[str]:
    """The lines that make one set."""
    name = f'"{one.name}"' if " " in one.name else one.name
    options = [word for option in one.options for word in option if word]
    yield " ".join(["create", name, one.type, *options])
    for entry in one.entries:
        yield f"add {name} {entry}"


def saved_elsewhere(boot: Boot) -> frozenset[tuple[Family, str]]:
    """The own rules that are saved for the kernel's own chains: whoever put them there."""
    return frozenset(
        (family, rule)
        for family, path in RULES.items()
        for rule in rules_of(boot.files.get(path, ""))
        if rule.split(" ")[1] in _BASE and rule != JUMP
    )


def rules_of(text: str) -> tuple[str, ...]:
    """The own rules that a rules file holds, in order."""
    return tuple(line for line in text.split("\n") if line.startswith("-A "))
