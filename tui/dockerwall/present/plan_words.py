"""A plan and its preview as lines of text, and as a document for other programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dockerwall.editing.explaining import name_of
from dockerwall.editing.plan import rule_words
from dockerwall.model.kinds import Family
from dockerwall.present.contract import offer_document
from dockerwall.present.gains import reach_lines
from dockerwall.present.plain import plain

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.world import World
    from dockerwall.editing.plan import ChainRef, Objection, Plan
    from dockerwall.editing.planner import Alternative
    from dockerwall.editing.preview import DiffLine, Preview, ReachChange

SCHEMA = "dockerwall-plan/1"


def plan_lines(
    preview: Preview,
    world: World,
    alternatives: Sequence[Alternative] = (),
    *,
    done: bool = False,
) -> tuple[str, ...]:
    """The whole preview, for a terminal without colour; `world` is the host planned on."""
    return tuple(plain(line) for line in _lines(preview, world, alternatives, done=done))


def _lines(
    preview: Preview, world: World, alternatives: Sequence[Alternative], *, done: bool
) -> Iterator[str]:
    plan = preview.plan
    yield plan.summary + "."
    if not plan:
        yield "Nothing to change: it is so already." if done else "There is no plan for it."
    yield from _under("Rules", diff_lines(preview.lines))
    yield from _under("Ipsets", [f"  {change.line}" for change in plan.sets])
    yield from _under("Why so", [f"  {reason}" for reason in plan.reasons])
    if plan:
        told = [f"  {line}" for line in reach_lines(preview.reaches, world)]
        yield from _under("Who gains, who loses", told or ["  Nobody."])
    yield from _under("Severity", [f"  {line}" for line in severity_lines(preview)])
    yield from _under("Findings that come", [f"  {f.message}" for f in preview.gained])
    yield from _under("Findings that go", [f"  {f.message}" for f in preview.lost])
    yield from _under("Mind", [f"  {objection_line(each)}" for each in _minded(preview)])
    yield from _under("Else", [f"  {each.sentence} (--input)" for each in alternatives])
    yield from _under("Commands", [f"  {command}" for command in plan.commands])


def _under(heading: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield ""
        yield f"{heading}:"
        yield from lines


def diff_lines(lines: Sequence[DiffLine]) -> list[str]:
    """The rules around each change, one heading for each chain."""
    found: list[str] = []
    last: ChainRef | None = None
    for line in lines:
        if line.where != last:
            last = line.where
            found.append(f"  {chain_name(line.where)}")
        number = f"{line.number:>4}" if line.number is not None else "    "
        found.append(f"  {line.mark}{number}  {rule_words(line.text)}")
    return found


def chain_name(where: ChainRef) -> str:
    """`DOCKER-USER, IPv4 (iptables-nft)`."""
    family, program = _FAMILIES[where.family]
    return f"{where.chain}, {family} ({program}-{where.variant.value})"


_FAMILIES = {Family.IPV4: ("IPv4", "iptables"), Family.IPV6: ("IPv6", "ip6tables")}


def _minded(preview: Preview) -> tuple[Objection, ...]:
    """Objections that are not listed as findings already."""
    told = {each.message for each in preview.gained}
    return tuple(each for each in preview.objections if each.sentence not in told)


def severity_lines(preview: Preview) -> Iterator[str]:
    """Each exposure whose severity changes: `8080/tcp (web, IPv4): exposed -> lan`."""
    for each in preview.severities:
        was, is_now = each.exposure.severity.value, each.after.value
        yield f"{name_of(each.exposure)}: {was} -> {is_now}"


def objection_line(objection: Objection) -> str:
    """An objection with a mark that says whether it forbids applying."""
    option = _OPTIONS.get(objection.id, "")
    return f"{'!!' if objection.blocking else ' !'} {objection.sentence}{option}"


_BOTH = " (leave out --family, or use --family both)"
_OPTIONS = {"one-family": _BOTH, "other-family": _BOTH}
"""What helps on the command line."""


def plan_document(
    preview: Preview, alternatives: Sequence[Alternative] = (), *, done: bool = False
) -> dict[str, Any]:
    """The preview as a JSON document, schema `dockerwall-plan/1`."""
    plan = preview.plan
    return {
        "schema": SCHEMA,
        "summary": plan.summary,
        "done": done,
        "blocked": preview.blocked,
        "changes": [
            {
                "variant": change.where.variant.value,
                "family": change.where.family.value,
                "chain": change.where.chain,
                "action": "insert" if change.insert else "delete",
                "rule": change.position,
                "text": change.text,
            }
            for change in plan.changes
        ],
        "sets": [change.line for change in plan.sets],
        "scripts": _scripts(plan),
        "commands": list(plan.commands),
        "reasons": list(plan.reasons),
        "exposures": [_reach_document(each) for each in preview.reaches],
        "severities": [
            {
                **offer_document(each.exposure.offer),
                "before": each.exposure.severity.value,
                "after": each.after.value,
            }
            for each in preview.severities
        ],
        "findings": {
            "gained": [_finding(each) for each in preview.gained],
            "lost": [_finding(each) for each in preview.lost],
        },
        "objections": [
            {"id": each.id, "message": each.sentence, "blocking": each.blocking}
            for each in preview.objections
        ],
        "alternatives": [each.sentence for each in alternatives],
    }


def _scripts(plan: Plan) -> Mapping[str, str]:
    return {family.value: plan.script(family) for family in plan.families}


def _reach_document(each: ReachChange) -> dict[str, Any]:
    return {
        **offer_document(each.exposure.offer),
        "in": each.iif,
        "to": list(each.to),
        "via": each.via,
        "accept_before": list(each.before.cidrs()),
        "accept_after": list(each.after.cidrs()),
        "gained": list(each.gained.cidrs()),
        "lost": list(each.lost.cidrs()),
        "unknown_before": list(each.unknown_before.cidrs()),
        "unknown_after": list(each.unknown_after.cidrs()),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {"id": finding.id, "severity": finding.severity.value, "message": finding.message}
