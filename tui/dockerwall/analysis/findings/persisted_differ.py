"""Rules kept for the next boot that are not those of now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from dockerwall.analysis.findings.docker_rules import CHAINS, by_docker
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground, rule_name
from dockerwall.analysis.owners import owner_of
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.rules import SavedRules
from dockerwall.model.spec import Match, Target

IDS: Mapping[str, str] = {
    "persisted-differ": "The rules kept for the next boot are not the rules of now.",
    "persisted-docker-rules": "Docker's own rules are kept for the next boot, where they go stale.",
}
_FILES = {Family.IPV4: "rules.v4", Family.IPV6: "rules.v6"}
MOST_NAMED = 10


class _Meant(NamedTuple):
    """What a rule says, however it is spelled."""

    table: str
    chain: str
    matches: tuple[Match, ...]
    target: Target


def find(ground: Ground) -> Iterator[Finding]:
    """Up to three findings for each family that keeps rules."""
    for family, saved in ground.world.snapshot.persisted.items():
        yield from _of_family(ground, family, saved)


def _of_family(ground: Ground, family: Family, saved: SavedRules) -> Iterator[Finding]:
    kept: dict[_Meant, RuleRef] = {}
    dockers: list[RuleRef] = []
    for meant, ref, docker in _kept(ground, family, saved):
        if docker:
            dockers.append(ref)
        else:
            kept[meant] = ref
    live = {
        _Meant(p.key.table, p.chain, p.spec.matches, p.spec.target): p.ref
        for p in ground.operators
        if p.family is family and not CHAINS.match(p.chain)
    }
    save = "iptables" if family is Family.IPV4 else "ip6tables"
    restore = (f"{save}-save",)
    unsaved = [ref for meant, ref in live.items() if meant not in kept]
    if unsaved:
        yield Finding(
            "persisted-differ",
            Level.WARNING,
            f"The next boot will not bring {_some(unsaved)}: {_FILES[family]} does not hold it "
            "as it is now.",
            unsaved[0],
            tuple(unsaved[1:MOST_NAMED]),
            "Add your own rules, and not Docker's, to the file.",
            restore,
        )
    lost = [ref for meant, ref in kept.items() if meant not in live]
    if lost:
        yield Finding(
            "persisted-differ",
            Level.WARNING,
            f"{_FILES[family]} holds what is not there now ({_some(lost)}): the next boot brings "
            "it.",
            lost[0],
            tuple(lost[1:MOST_NAMED]),
            "Load them now, or take them out of the file.",
            restore,
        )
    if dockers:
        yield Finding(
            "persisted-docker-rules",
            Level.NOTICE,
            f"{_FILES[family]} holds {len(dockers)} rules of Docker's own, as they were when it "
            "was written: restored at boot, they name containers and bridges of then.",
            dockers[0],
            tuple(dockers[1:MOST_NAMED]),
            "Keep only your own rules in the file; Docker writes its rules itself when it starts.",
        )


def _kept(
    ground: Ground, family: Family, saved: SavedRules
) -> Iterator[tuple[_Meant, RuleRef, bool]]:
    """Each rule of the file that an operator or Docker wrote, and whether it was Docker."""
    subnets = ground.subnets[family]
    for table in saved.ruleset.tables.values():
        for name, chain in table.chains.items():
            owner = owner_of(table, chain)
            if owner is not None and owner.name not in ("operator", "Docker"):
                continue
            for rule in chain.rules:
                spec = parse_spec(rule.text, family)
                docker = CHAINS.match(name) is not None or by_docker(spec, ground.bridges, subnets)
                ref = RuleRef(
                    saved.ruleset.variant, family, table.name, name, rule.number, rule.text
                )
                yield _Meant(table.name, name, spec.matches, spec.target), ref, docker


def _some(refs: list[RuleRef]) -> str:
    names = [rule_name(ref) for ref in refs[:3]]
    more = f" and {len(refs) - 3} more" if len(refs) > 3 else ""
    return ", ".join(names) + more
