"""An audit as a report: the verdict, a table, the reasons, what was found, what is not known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from dockerwall.analysis.exposure import Kind, Severity
from dockerwall.analysis.hits import Hit
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family
from dockerwall.present.exposures import Group, Row
from dockerwall.present.finding_words import finding_lines
from dockerwall.present.hit_words import hit_name
from dockerwall.present.plain import plain
from dockerwall.present.remarks import gap_sentence
from dockerwall.present.wording import listed

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding

EXPLAINED = (Severity.EXPOSED, Severity.ALLOWLISTED, Severity.UNKNOWN, Severity.LAN)
"""Severities whose rows are explained below the table."""

VIA = {
    "dnat": "by the published port",
    "proxy": "through docker-proxy on this host",
    "direct": "straight to the container's address",
    "listen": "at a socket on this host",
}
"""Each way in, in words."""

MOST_DECIDING = 6
"""Deciding rules named for one row."""
_TITLES = ("SEVERITY", "PORT", "PUBLISHED ON", "CONTAINER", "FAMILY", "REACHED BY")


def report_lines(
    world: World, rows: Sequence[Row], findings: Sequence[Finding] = ()
) -> Iterator[str]:
    """The whole report, every line safe to print."""
    yield _host_line(world)
    yield ""
    yield from verdict_lines(rows)
    shown = [row for row in rows if not is_quiet(row)]
    if shown:
        yield ""
        yield from table_lines(shown)
    quiet = len(rows) - len(shown)
    if quiet:
        yield ""
        yield quiet_line(quiet)
    explained = [row for row in shown if row.severity in EXPLAINED]
    if explained:
        yield ""
        yield "Why:"
        for row in explained:
            yield from why_lines(row)
    yield ""
    yield from finding_lines(findings)
    yield ""
    yield from unknown_lines(world)


def verdict_lines(rows: Sequence[Row]) -> Iterator[str]:
    """The answer in one sentence, and the rest by number."""
    governed = [row for row in rows if row.governed]
    by = {
        severity: [r for r in governed if r.severity is severity and not r.expected]
        for severity in Severity
    }
    exposed, unknown = by[Severity.EXPOSED], by[Severity.UNKNOWN]
    if exposed:
        yield from _exposed_lines(exposed)
    elif by[Severity.ALLOWLISTED]:
        names = _names(by[Severity.ALLOWLISTED])
        yield f"ALLOWLISTED: only chosen addresses outside the LAN get in, to {names}."
    elif unknown:
        yield f"UNKNOWN: whether anyone outside gets in is not decided for {_names(unknown)}."
    elif rows:
        beyond = " beyond what is expected" if any(row.expected for row in rows) else ""
        yield f"NOT EXPOSED: nobody outside the LAN gets in to any port that is known{beyond}."
    else:
        yield "No container offers a port, as far as could be read."
    others = [
        f"{len(by[severity])} {words}"
        for severity, words in (
            (Severity.ALLOWLISTED, "only for chosen addresses outside"),
            (Severity.UNKNOWN, "unknown"),
            (Severity.LAN, "only for the LAN"),
            (Severity.LOCAL, "only for this host"),
            (Severity.CLOSED, "closed"),
        )
        if by[severity]
    ]
    meant = sum(row.expected for row in governed)
    if meant:
        others.append(f"{meant} as expected")
    if others:
        yield f"Ports in other states: {', '.join(others)}."
    if len(governed) < len(rows):
        off = listed([row.container for row in rows if not row.governed], "and")
        yield f"Not governed by this host's firewall, because on the wire itself: {off}."


def _exposed_lines(exposed: Sequence[Row]) -> Iterator[str]:
    """Those open to the Internet, and those that only a neighbour can address."""
    afar = [row for row in exposed if row.from_afar]
    near = [row for row in exposed if not row.from_afar]
    if afar:
        yield f"EXPOSED: {_count(len(afar))} to the Internet: {_names(afar)}."
    if near:
        yield (
            f"EXPOSED: {_count(len(near))} to whoever is on the wire and addresses packets "
            f"so: {_names(near)}."
        )


def table_lines(rows: Sequence[Row]) -> Iterator[str]:
    """One line a row, worst first."""
    cells = [
        (
            row.word,
            row.port,
            row.bind,
            row.container,
            row.families,
            row.reachable,
        )
        for row in rows
    ]
    widths = [max(len(each[i]) for each in (_TITLES, *cells)) for i in range(len(_TITLES))]
    yield "   " + _aligned(_TITLES, widths)
    for row, each in zip(rows, cells, strict=True):
        yield f"{row.mark} {_aligned(each, widths)}"


def why_lines(row: Row) -> Iterator[str]:
    """Who gets in, by which way, and the rules that decide."""
    yield f"  {row.port} {row.container} ({row.families}): {row.word}"
    if not row.governed:
        yield "    its packets never pass this host's rules"
        return
    for group in row.groups:
        if group.lets_in:
            yield f"    {group.who}: {group.words}{_ways(group)}"
    deciding = list(islice(hits(row), MOST_DECIDING))
    if deciding:
        yield f"    decided by {', '.join(_hit_words(hit) for hit in deciding)}"
    for doubt in dict.fromkeys(doubts(row)):
        yield f"    cannot be decided: {plain(doubt)}"


def doubts(row: Row) -> Iterator[str]:
    """What could not be decided of who gets in; nothing where no source that counts is in doubt."""
    if not any(group.unknown for group in row.groups):
        return
    for exposure in row.exposures:
        for reach in exposure.reach:
            if reach.unknown:
                yield from reach.doubts


def unknown_lines(world: World) -> Iterator[str]:
    """What the audit could not look at, and what it took the LAN to be."""
    gaps = world.snapshot.gaps
    if gaps:
        yield "What could not be read, and is therefore not known:"
        for gap in gaps:
            yield f"  {plain(gap_sentence(gap))}"
    else:
        yield "Everything this audit asks for could be read."
    lan = [name for family in Family for name in world.lan[family].cidrs()]
    yield f"Taken for the LAN: {', '.join(lan) or 'nothing'}."


def _host_line(world: World) -> str:
    snapshot = world.snapshot
    host = snapshot.host
    version = snapshot.docker.version if snapshot.docker is not None else ""
    parts = [
        plain(host.hostname) or "host of unknown name",
        f"kernel {plain(host.kernel)}" if host.kernel else "",
        f"Docker {plain(version)}" if version else "",
        f"read {plain(host.taken_at)}" if host.taken_at else "",
    ]
    return ", ".join(part for part in parts if part)


def is_quiet(row: Row) -> bool:
    """Whether it is a container's own address that nobody outside gets to: the usual case."""
    return row.offer.kind is Kind.DIRECT and row.severity in (Severity.LOCAL, Severity.CLOSED)


def quiet_line(count: int) -> str:
    """How many rows are left out for being quiet."""
    ports = "1 port" if count == 1 else f"{count} ports"
    return f"Not listed: {ports} of containers at their own addresses, closed to the outside."


def _count(number: int) -> str:
    return "1 port" if number == 1 else f"{number} ports"


def _names(rows: Sequence[Row]) -> str:
    names = list(dict.fromkeys(_name(row) for row in rows))
    if len(names) > 6:
        names = [*names[:5], f"{len(names) - 5} more"]
    return listed(names, "and")


def _name(row: Row) -> str:
    family = ", IPv6" if row.families == "IPv6" else ""
    return f"{row.port} ({row.container}{family})"


def _aligned(cells: Iterable[str], widths: Sequence[int]) -> str:
    line = "  ".join(f"{cell:{width}}" for cell, width in zip(cells, widths, strict=True))
    return line.rstrip()


def _ways(group: Group) -> str:
    ways = [VIA[via] for via in group.vias if via in VIA]
    return f", {listed(ways)}" if ways else ""


def hits(row: Row) -> Iterator[Hit]:
    """The deciding rules of the ways by which someone from outside gets in, each once."""
    seen = set()
    for exposure in row.exposures:
        for reach in exposure.reach:
            for hit in reach.decided_by if reach.accept or reach.unknown else ():
                place = (hit.key, hit.chain) if hit.rule is None else id(hit.rule)
                if (place, hit.action) not in seen:
                    seen.add((place, hit.action))
                    yield hit


def _hit_words(hit: Hit) -> str:
    family = "IPv6 " if hit.key.family is Family.IPV6 else ""
    return f"{family}{hit_name(hit)} ({plain(hit.action)})"
