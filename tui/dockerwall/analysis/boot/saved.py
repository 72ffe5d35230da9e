"""The rules that each place brings back, at boot or when its service is reloaded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dockerwall.analysis.boot import firewalld, ufw
from dockerwall.analysis.boot.own import GUARD, JUMP
from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.save import parse_save
from dockerwall.model.boot import FIREWALLD_DIRECT, RULES, UFW_AFTER, Boot
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Rule, Ruleset, SavedRules, Table
from dockerwall.model.snapshot import Snapshot

_FILES = {Family.IPV4: "rules.v4", Family.IPV6: "rules.v6"}


class Kept(NamedTuple):
    """What one place holds of a family."""

    name: str
    """The file."""
    ruleset: Ruleset
    whole: bool
    """Whether the place is for all rules; else for DOCKER-USER and what hangs on it."""


def kept(snapshot: Snapshot, family: Family) -> tuple[Kept, ...]:
    """The places that bring rules of a family back; a file that is not understood is left out."""
    return tuple(_kept(snapshot, family))


def _kept(snapshot: Snapshot, family: Family) -> Iterator[Kept]:
    boot = snapshot.boot or Boot(systemd=False)
    saved = snapshot.persisted.get(family)
    if saved is not None:
        yield Kept(boot.save_file(family) or _FILES[family], saved.ruleset, whole=True)
    text = boot.files.get(RULES[family]) if boot.has_unit else None
    own = _parsed(text, family)
    if own is not None:
        yield Kept(RULES[family], own.ruleset, whole=False)
    if ufw.is_on(boot):
        rules = (*ufw.guard_rules(boot, family), *ufw.stanza_rules(boot, family))
        yield from _guard(UFW_AFTER[family], rules, family)
    if firewalld.is_on(boot, snapshot):
        rules = firewalld.guard_rules(boot.files.get(FIREWALLD_DIRECT, ""), family)
        yield from _guard(FIREWALLD_DIRECT, rules, family)


def _parsed(text: str | None, family: Family) -> SavedRules | None:
    """An own rules file, without the jump that Docker makes too."""
    if text is None:
        return None
    lines = (line for line in text.split("\n") if line != JUMP)
    try:
        return parse_save("\n".join(lines), Variant.NFT, family, RULES[family])
    except GrammarError:
        return None


def _guard(name: str, rules: tuple[str, ...], family: Family) -> Iterator[Kept]:
    """A place that holds rules of DOCKER-USER alone."""
    if not rules:
        return
    text = "\n".join(["*filter", f":{GUARD} - [0:0]", *rules, "COMMIT", ""])
    try:
        yield Kept(name, parse_save(text, Variant.NFT, family, name).ruleset, whole=False)
    except GrammarError:
        return


def rules_of(ruleset: Ruleset) -> Iterator[tuple[Table, Rule]]:
    """Every rule with its table."""
    for table in ruleset.tables.values():
        for chain in table.chains.values():
            for rule in chain.rules:
                yield table, rule
