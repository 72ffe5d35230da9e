"""What must be said of a host before its rules: what is missing, and what changes their meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import Ruleset
from dockerwall.model.snapshot import Gap, Snapshot
from dockerwall.present.node import Kind, Node
from dockerwall.present.pieces import Tone, piece

RulesByPair = Mapping[tuple[Variant, Family], Ruleset]


def is_silent(ruleset: Ruleset) -> bool:
    """Whether it lets everything pass unchanged: no rules, and no policy but ACCEPT."""
    return all(
        not chain.rules and chain.policy in (None, "ACCEPT")
        for table in ruleset.tables.values()
        for chain in table.chains.values()
    )


def gap_sentence(gap: Gap) -> str:
    """What went wrong and what to do next."""
    return f"{gap.problem} {gap.advice}".strip()


def notes(
    snapshot: Snapshot,
    families: tuple[Family, ...],
    shown: RulesByPair,
    native: Sequence[NftBaseChain],
) -> Iterator[Node]:
    """The lines above the hooks: gaps in the rules one by one, all other gaps under one line."""
    bearing = [gap for gap in snapshot.gaps if _bears_on_rules(gap)]
    others = [gap for gap in snapshot.gaps if not _bears_on_rules(gap)]
    for gap in bearing:
        yield _note(f"gap:{gap.source}", gap_sentence(gap))
    for key, text in _remarks(snapshot, families, shown, native):
        yield _note(key, text)
    if others:
        count = "1 other thing" if len(others) == 1 else f"{len(others)} other things"
        yield Node(
            "gaps",
            Kind.NOTE,
            (piece(f"{count} could not be read", Tone.WARN),),
            branch=tuple(_note(f"gap:{gap.source}", gap_sentence(gap)) for gap in others),
        )


def _remarks(
    snapshot: Snapshot,
    families: tuple[Family, ...],
    shown: RulesByPair,
    native: Sequence[NftBaseChain],
) -> Iterator[tuple[str, str]]:
    for family in families:
        name = family.label
        mine = [ruleset for ruleset in shown.values() if ruleset.family is family]
        if not mine:
            yield (
                f"unread:{family}",
                f"No {name} rules were read: what they let through is unknown.",
            )
        elif all(is_silent(ruleset) for ruleset in mine) and not native:
            yield f"silent:{family}", f"No {name} rule is loaded: every {name} packet passes."
        elif len(mine) > 1:
            yield (
                f"both:{family}",
                f"Both iptables variants hold {name} rules: a packet passes both, "
                "and a drop in either is final.",
            )
    if snapshot.docker is not None and snapshot.docker.firewall == "nftables":
        yield (
            "nftables",
            "Docker uses its nftables backend: its rules stand in native nft tables, "
            "which are named here but not evaluated, and there is no DOCKER-USER chain.",
        )


def _bears_on_rules(gap: Gap) -> bool:
    return "tables-save" in gap.source or gap.source == "nft.json"


def _note(key: str, text: str) -> Node:
    return Node(key, Kind.NOTE, (piece(text, Tone.WARN),))
