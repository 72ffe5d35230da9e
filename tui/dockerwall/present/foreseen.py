"""A preview in words: what changes in the rules, and who gains or loses a way in."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.findings.finding import Finding
from dockerwall.analysis.world import World
from dockerwall.editing.plan import ChainRef
from dockerwall.editing.preview import DiffLine, Preview, ReachChange
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.present.exposures import name_of, port_of
from dockerwall.present.plain import plain
from dockerwall.present.sources import Sources

CONTEXT = 1
"""How many unchanged rules are shown on either side of a change."""


def preview_lines(preview: Preview, world: World) -> Iterator[str]:
    """Everything to be read before a plan is applied; `world` is the host as it is."""
    plan = preview.plan
    yield f"Plan: {plain(plan.summary)}"
    yield from (f"  {plain(reason)}" for reason in plan.reasons)
    for objection in preview.objections:
        yield f"{'REFUSED' if objection.blocking else 'WARNING'}: {plain(objection.sentence)}"
    yield from _rules(preview)
    yield "Who gains and who loses:"
    yield from _effects(preview, Sources(world))
    yield from _findings("New finding", preview.gained)
    yield from _findings("Solved", preview.lost)
    if plan.commands:
        yield "Commands:"
        yield from (f"  {plain(command)}" for command in plan.commands)


def _rules(preview: Preview) -> Iterator[str]:
    """The difference of each chain, with a little of what stays."""
    lines = preview.lines
    near = {
        place + offset
        for place, line in enumerate(lines)
        if line.mark.strip()
        for offset in range(-CONTEXT, CONTEXT + 1)
    }
    where: ChainRef | None = None
    for place, line in enumerate(lines):
        if place in near:
            if line.where != where:
                yield f"{chain_words(line.where)}:"
            where = line.where
            yield _rule(line)
    yield from (f"  ipset {plain(change.line)}" for change in preview.plan.sets)


def chain_words(where: ChainRef) -> str:
    """`DOCKER-USER`, with family and variant where unusual."""
    version = "IPv6 " if where.family is Family.IPV6 else ""
    legacy = "legacy " if where.variant is Variant.LEGACY else ""
    return f"{version}{legacy}{plain(where.chain)}"


def _rule(line: DiffLine) -> str:
    number = "" if line.number is None else str(line.number)
    words = line.text.removeprefix(f"-A {line.where.chain}").strip()
    return f"  {line.mark or ' '} {number:>4} {plain(words)}"


def _effects(preview: Preview, sources: Sources) -> Iterator[str]:
    found = False
    for reach in preview.reaches:
        offer = reach.exposure.offer
        for verb, addresses in (("gains", reach.gained), ("loses", reach.lost)):
            if addresses:
                found = True
                who = people(addresses, sources)
                yield (
                    f"  {name_of(offer)} {port_of(offer)} ({_version(offer.family)}, "
                    f"by {plain(reach.iif) or 'any interface'}): {who} {verb} access"
                )
    for severity in preview.severities:
        found = True
        offer = severity.exposure.offer
        yield (
            f"  {name_of(offer)} {port_of(offer)} ({_version(offer.family)}): "
            f"{severity.exposure.severity} -> {severity.after}"
        )
    if not found:
        yield "  nobody"


def people(addresses: AddressSet, sources: Sources) -> str:
    """A set of addresses in words."""
    everything = AddressSet.everything(addresses.family)
    return sources.words(addresses.family, addresses, everything) or ", ".join(addresses.cidrs())


def _version(family: Family) -> str:
    return "IPv6" if family is Family.IPV6 else "IPv4"


def _findings(what: str, findings: tuple[Finding, ...]) -> Iterator[str]:
    for finding in findings:
        yield f"{what} ({finding.severity}): {plain(finding.message)} [{finding.id}]"


def lost_ways(preview: Preview) -> tuple[ReachChange, ...]:
    """The ways in that somebody loses."""
    return tuple(reach for reach in preview.reaches if reach.lost)
