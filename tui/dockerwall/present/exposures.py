"""Exposures as rows: worst first, both families of one port together where they are alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import field
from typing import NamedTuple

from dockerwall.analysis.exposure import Exposure, Kind, Offer, Reach, Severity
from dockerwall.analysis.world import World
from dockerwall.model.kinds import Family
from dockerwall.model.value import value
from dockerwall.present.node import CounterRef
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import plain
from dockerwall.present.sources import SHOWN, Sources, Way, Who

MARKS = {
    Severity.EXPOSED: "!!",
    Severity.ALLOWLISTED: "! ",
    Severity.UNKNOWN: "? ",
    Severity.LAN: "- ",
    Severity.LOCAL: "  ",
    Severity.CLOSED: "  ",
}
"""A mark beside each severity's word, so that colour never carries the meaning alone."""

TONES = {
    Severity.EXPOSED: Tone.DROP,
    Severity.ALLOWLISTED: Tone.WARN,
    Severity.UNKNOWN: Tone.LOG,
    Severity.LAN: Tone.RETURN,
    Severity.LOCAL: Tone.PLAIN,
    Severity.CLOSED: Tone.PLAIN,
}

KINDS = {
    Kind.PUBLISHED: "published by Docker",
    Kind.HOST_NETWORK: "on the host's own network",
    Kind.DIRECT: "at the container's own address, for whoever routes to it",
    Kind.MACVLAN: "on the wire itself (macvlan, ipvlan)",
    Kind.INGRESS: "published by a Swarm service",
    Kind.DNAT: "rewritten by a rule that Docker did not write for a running container",
}
"""How a port is offered, in words."""

NOT_GOVERNED = "not governed by this firewall"


@value
class Group:
    """Everyone of one kind."""

    who: Who
    interfaces: tuple[str, ...]
    accept: str
    """Who surely gets in, in words; empty for nobody."""
    unknown: str
    """Who perhaps gets in."""
    vias: tuple[str, ...]
    """By which ways: dnat, proxy, direct, listen."""

    @property
    def lets_in(self) -> bool:
        """Whether any of them get in, surely or perhaps."""
        return bool(self.accept or self.unknown)

    @property
    def words(self) -> str:
        """`anyone`, `203.0.113.0/27, perhaps 198.51.100.0/24`, `nobody`."""
        if not self.unknown:
            return self.accept or "nobody"
        perhaps = f"perhaps {self.unknown}"
        return f"{self.accept}, {perhaps}" if self.accept else perhaps


@value
class Row:
    """One line of the exposures: a port, and who reaches it."""

    severity: Severity
    container: str
    """The container, or what stands for it."""
    port: str
    """As it is reached: `8080/tcp`, `172.30.0.2:80/tcp` where no host port leads to it."""
    bind: str
    """The host addresses it is published on; empty for direct routing."""
    reachable: str
    """Who outside gets in, in a few words."""
    groups: tuple[Group, ...]
    exposures: tuple[Exposure, ...] = field(repr=False)
    ref: CounterRef | None = None
    """The counters of the rule that leads to the container, where one does."""
    expected: bool = False
    """Whether the operator declared it intended."""

    @property
    def word(self) -> str:
        """The severity, or that it is as expected."""
        return "as expected" if self.expected else str(self.severity)

    @property
    def mark(self) -> str:
        """The sign beside the word."""
        return "= " if self.expected else MARKS[self.severity]

    @property
    def offer(self) -> Offer:
        """The first of the offers the row stands for."""
        return self.exposures[0].offer

    @property
    def families(self) -> str:
        """`IPv4`, `IPv6` or `IPv4+IPv6`."""
        held = {exposure.offer.family for exposure in self.exposures}
        names = [name for family, name in _FAMILIES if family in held]
        return "+".join(names)

    @property
    def from_afar(self) -> bool:
        """Whether anyone from the Internet gets in, surely or perhaps."""
        return any(group.who is Who.INTERNET and group.lets_in for group in self.groups)

    @property
    def governed(self) -> bool:
        """Whether this host's firewall sees the packets at all."""
        return self.offer.kind is not Kind.MACVLAN

    @property
    def key(self) -> tuple[object, ...]:
        """Stays the same when the host is read again."""
        return self.exposures[0].key


_FAMILIES = ((Family.IPV4, "IPv4"), (Family.IPV6, "IPv6"))


def rows(
    world: World,
    exposures: Iterable[Exposure],
    expected: Collection[tuple[object, ...]] = (),
    networks: int = SHOWN,
) -> tuple[Row, ...]:
    """The exposures as rows, worst first; families and addresses that are alike together.

    Those whose keys are among `expected` are what the operator wants, and come after the others.
    Of longer lists of sources so many `networks` are named, the rest counted.
    """
    sources = Sources(world, networks)
    together: dict[_Signature, list[tuple[Exposure, tuple[Group, ...]]]] = {}
    for exposure in exposures:
        groups = groups_of(exposure, sources)
        signature = _Signature(
            exposure.severity,
            _name(exposure.offer),
            _port(exposure.offer),
            exposure.offer.kind,
            tuple([(group.who, group.words) for group in groups]),
            exposure.key in expected,
        )
        together.setdefault(signature, []).append((exposure, groups))
    found = [_row(signature, members) for signature, members in together.items()]
    rank = {severity: place for place, severity in enumerate(Severity)}

    def order(row: Row) -> tuple[int, bool, bool]:
        severity = Severity.LAN if row.expected else row.severity
        return rank[severity], row.expected, not row.from_afar

    return tuple(sorted(found, key=order))


class _Signature(NamedTuple):
    """What exposures of one row have in common."""

    severity: Severity
    name: str
    port: str
    kind: Kind
    groups: tuple[tuple[Who, str], ...]
    expected: bool


def _row(alike: _Signature, members: Sequence[tuple[Exposure, tuple[Group, ...]]]) -> Row:
    exposures = tuple([exposure for exposure, _ in members])
    groups = members[0][1]
    if len(members) > 1:
        groups = tuple(map(_joined, zip(*(each for _, each in members), strict=True)))
    binds = dict.fromkeys([each.offer.host_ip for each in exposures if each.offer.host_ip])
    return Row(
        alike.severity,
        alike.name,
        alike.port,
        " ".join([plain(bind) for bind in binds]),
        _reachable(exposures[0], groups),
        groups,
        exposures,
        _counters(exposures),
        alike.expected,
    )


def _joined(groups: tuple[Group, ...]) -> Group:
    """The same people of several exposures: by any of their ways."""
    first = groups[0]
    return Group(
        first.who,
        tuple(dict.fromkeys(name for group in groups for name in group.interfaces)),
        first.accept,
        first.unknown,
        tuple(dict.fromkeys(via for group in groups for via in group.vias)),
    )


def groups_of(exposure: Exposure, sources: Sources) -> tuple[Group, ...]:
    """Who gets in, by who they are; interfaces that lead to the same people together."""
    family = exposure.offer.family
    told: dict[Who, list[Reach]] = {}
    for reach in exposure.reach:
        told.setdefault(sources.who(reach, family), []).append(reach)
    return tuple([_group(who, told[who], family, sources) for who in Who if who in told])


def _group(who: Who, reaches: Sequence[Reach], family: Family, sources: Sources) -> Group:
    ways = tuple(Way(each.iif, each.behind, each.accept, each.unknown) for each in reaches)
    accept, unknown = sources.answers(family, ways)
    if who is Who.HOST:  # its own addresses are no sources worth naming
        accept = "itself" if any(reach.accept for reach in reaches) else ""
        unknown = "itself" if any(reach.unknown for reach in reaches) else ""
    return Group(
        who,
        tuple(
            dict.fromkeys(plain(reach.iif) for reach in reaches if reach.iif and _lets_in(reach))
        ),
        accept,
        unknown,
        tuple(dict.fromkeys(reach.via for reach in reaches if reach.via)),
    )


def _lets_in(reach: Reach) -> bool:
    return bool(reach.accept or reach.unknown)


def _reachable(exposure: Exposure, groups: tuple[Group, ...]) -> str:
    """Everyone who gets in from outside the host, most distant first."""
    if exposure.offer.kind is Kind.MACVLAN:
        return NOT_GOVERNED
    outside = (Who.INTERNET, Who.NEIGHBOURS, Who.LAN)
    parts: list[str] = []
    everyone = False
    for group in groups:
        if group.who not in outside or not group.lets_in:
            continue
        if group.words != "anyone":
            parts.append(f"{_place(group)}: {group.words}")
            everyone = False
        elif group.who is Who.NEIGHBOURS:
            parts.append(_place(group))
            everyone = False
        elif everyone:
            parts[-1] += f" and on the {group.who}"
        else:
            parts.append(f"anyone on the {group.who}")
            everyone = True
    if parts:
        return "; ".join(parts)
    inside = [group.who.value for group in groups if group.lets_in]
    return f"only {' and '.join(inside)}" if inside else "nobody"


def _place(group: Group) -> str:
    """The group's name, with the wire that neighbours are on."""
    if group.who is Who.NEIGHBOURS:
        return f"{group.who} at {' and '.join(group.interfaces)}"
    return str(group.who)


def _name(offer: Offer) -> str:
    if offer.container is not None:
        return plain(offer.container)
    if offer.kind is Kind.HOST_NETWORK:
        return "this host"
    return plain(offer.container_ip or "docker-proxy")


def _port(offer: Offer) -> str:
    if offer.host_port is not None:
        return f"{offer.host_port}/{plain(offer.protocol)}"
    port = "any" if offer.container_port is None else str(offer.container_port)
    address = plain(offer.container_ip or "")
    if ":" in address:
        address = f"[{address}]"
    return f"{address}:{port}/{plain(offer.protocol)}"


def _counters(exposures: tuple[Exposure, ...]) -> CounterRef | None:
    """The DNAT rule's, else those of the first rule that lets in."""
    letting = None
    for hit in (hit for each in exposures for reach in each.reach for hit in reach.decided_by):
        if hit.rule is None or hit.action not in ("DNAT", "ACCEPT"):
            continue
        counters = CounterRef(hit.key.variant, hit.key.family, hit.rule.slot)
        if hit.action == "DNAT":
            return counters
        letting = letting or counters
    return letting
