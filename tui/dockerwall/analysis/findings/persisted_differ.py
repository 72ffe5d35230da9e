"""Rules kept for the next boot that are not those of now."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from dockerwall.analysis.boot import ufw
from dockerwall.analysis.boot.own import GUARD
from dockerwall.analysis.boot.saved import Kept, kept, rules_of
from dockerwall.analysis.findings.docker_rules import CHAINS, by_docker
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground, Placed, rule_name
from dockerwall.analysis.owners import owner_of
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Match, Target

IDS: Mapping[str, str] = {
    "persisted-differ": "The rules kept for the next boot are not the rules of now.",
    "persisted-docker-rules": "Docker's own rules are kept for the next boot, where they go stale.",
}
MOST_NAMED = 10


class _Meant(NamedTuple):
    """What a rule says, however it is spelled."""

    table: str
    chain: str
    matches: tuple[Match, ...]
    target: Target


def find(ground: Ground) -> Iterator[Finding]:
    """Up to three findings for each family; none where it is not known what a boot brings."""
    snapshot = ground.world.snapshot
    for family in Family:
        places = kept(snapshot, family)
        if places or snapshot.boot is not None:
            yield from _of_family(ground, family, places)


def _of_family(ground: Ground, family: Family, places: Sequence[Kept]) -> Iterator[Finding]:
    saved: dict[_Meant, tuple[RuleRef, str]] = {}
    dockers: dict[str, list[RuleRef]] = {}
    for place in places:
        for meant, ref, docker in _rules(ground, family, place):
            if not docker:
                saved.setdefault(meant, (ref, place.name))
            elif place.whole:
                dockers.setdefault(place.name, []).append(ref)
    live = {
        _Meant(p.key.table, p.chain, p.spec.matches, p.spec.target): p.ref
        for p in ground.operators
        if p.family is family and _is_asked(ground, p, places)
    }
    unsaved = [ref for meant, ref in live.items() if meant not in saved]
    if unsaved:
        yield _forgotten(unsaved, [place.name for place in places], _remedy(ground))
    lost = [each for meant, each in saved.items() if meant not in live]
    for name in dict.fromkeys(name for _, name in lost):
        refs = [ref for ref, of in lost if of == name]
        yield Finding(
            "persisted-differ",
            Level.WARNING,
            f"{name} holds what is not there now ({_some(refs)}): the next boot brings it.",
            refs[0],
            tuple(refs[1:MOST_NAMED]),
            "Load them now, or take them out of the file: persist does that.",
            _remedy(ground),
        )
    for name, refs in dockers.items():
        yield Finding(
            "persisted-docker-rules",
            Level.NOTICE,
            f"{name} holds {len(refs)} rules of Docker's own, as they were when it "
            "was written: restored at boot, they name containers and bridges of then.",
            refs[0],
            tuple(refs[1:MOST_NAMED]),
            "Keep only your own rules in the file; Docker writes its rules itself when it starts.",
        )


def _remedy(ground: Ground) -> tuple[str, ...]:
    return (ground.world.snapshot.host.command("persist"),)


def _forgotten(refs: Sequence[RuleRef], names: Collection[str], remedy: tuple[str, ...]) -> Finding:
    why = "nothing here keeps it"
    if len(names) == 1:
        why = f"{next(iter(names))} does not hold it as it is now"
    elif names:
        why = f"neither {' nor '.join(names)} holds it as it is now"
    return Finding(
        "persisted-differ",
        Level.WARNING if names else Level.NOTICE,
        f"The next boot will not bring {_some(refs)}: {why}.",
        refs[0],
        tuple(refs[1:MOST_NAMED]),
        "Keep your own rules, and not Docker's, for the next boot.",
        remedy,
    )


def _is_asked(ground: Ground, placed: Placed, places: Sequence[Kept]) -> bool:
    """Whether a live rule is one that a place would have to hold."""
    if CHAINS.match(placed.chain):
        return False
    boot = ground.world.snapshot.boot
    if boot is not None and ufw.is_on(boot) and placed.chain.startswith("ufw"):
        return False  # ufw keeps those itself
    if any(place.whole for place in places):
        return True
    if placed.key.table != "filter":
        return False
    held = {name for place in places for name in place.ruleset.tables["filter"].chains}
    return placed.chain == GUARD or placed.chain in held - {"INPUT", "FORWARD", "OUTPUT"}


def _rules(ground: Ground, family: Family, place: Kept) -> Iterator[tuple[_Meant, RuleRef, bool]]:
    """Each rule of a place that an operator or Docker wrote, and whether it was Docker."""
    subnets = ground.subnets[family]
    for table, rule in rules_of(place.ruleset):
        owner = owner_of(table, table.chains[rule.chain])
        if owner is not None and owner.name not in ("operator", "Docker"):
            continue
        spec = parse_spec(rule.text, family)
        docker = CHAINS.match(rule.chain) is not None or by_docker(spec, ground.bridges, subnets)
        variant = place.ruleset.variant
        ref = RuleRef(variant, family, table.name, rule.chain, rule.number, rule.text)
        yield _Meant(table.name, rule.chain, spec.matches, spec.target), ref, docker


def _some(refs: Sequence[RuleRef]) -> str:
    names = [rule_name(ref) for ref in refs[:3]]
    more = f" and {len(refs) - 3} more" if len(refs) > 3 else ""
    return ", ".join(names) + more
