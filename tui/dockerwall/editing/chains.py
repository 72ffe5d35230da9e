"""Which chain an operator's rules belong into, on one host and family."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dockerwall.analysis.findings.docker_rules import CHAINS
from dockerwall.analysis.findings.ground import leading_hooks
from dockerwall.analysis.world import World
from dockerwall.editing.plan import ChainRef
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot

USER = "DOCKER-USER"
_BASE = ("INPUT", "FORWARD", "OUTPUT")


def user_chains(world: World, family: Family) -> tuple[ChainRef, ...]:
    """Each DOCKER-USER of a family, the one that FORWARD jumps to first."""
    found = [
        ChainRef(variant, family, USER)
        for variant in Variant
        if (table := world.sides[family].tables.get((variant, "filter"))) is not None
        and USER in table.chains
    ]
    return tuple(sorted(found, key=lambda where: not is_asked(world, where)))


def is_asked(world: World, where: ChainRef) -> bool:
    """Whether packets can come to a chain at all."""
    return bool(hooks_of(world, where))


def hooks_of(world: World, where: ChainRef) -> frozenset[str]:
    """The base chains from which packets come to a chain."""
    table = world.sides[where.family].tables.get((where.variant, "filter"))
    return leading_hooks(table).get(where.chain, frozenset()) if table is not None else frozenset()


def is_forwarding(worlds: Iterable[World], where: ChainRef) -> bool:
    """Whether only forwarded packets come to a chain: none that the host itself sends or gets."""
    return all(hooks_of(world, where) <= {"FORWARD"} for world in worlds)


def docker_variant(world: World) -> Variant:
    """The variant Docker writes to: where its chains are."""
    for family in Family:
        for where in user_chains(world, family):
            return where.variant
    return next((variant for variant, _ in world.snapshot.rules), Variant.NFT)


def input_chain(world: World, family: Family) -> ChainRef:
    """INPUT of the variant that Docker uses."""
    return ChainRef(docker_variant(world), family, "INPUT")


def is_dockers_own(chain: str) -> bool:
    """Whether a chain is one Docker rebuilds: never to be written."""
    return CHAINS.match(chain) is not None


def with_filter_table(snapshot: Snapshot, where: ChainRef) -> Snapshot:
    """The snapshot with an empty filter table, where the kernel makes one when it is first used."""
    saved = snapshot.rules.get((where.variant, where.family))
    if saved is not None and "filter" in saved.ruleset.tables:
        return snapshot
    heads = [f":{name} ACCEPT [0:0]" for name in _BASE]
    empty = parse_save("\n".join(["*filter", *heads, "COMMIT", ""]), where.variant, where.family)
    if saved is not None and saved.ruleset.tables:
        text = "\n".join([format_save(empty).rstrip("\n"), format_save(saved)])
        empty = parse_save(text, where.variant, where.family)
    return replace(snapshot, rules={**snapshot.rules, (where.variant, where.family): empty})
