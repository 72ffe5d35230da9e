"""What speaks against a plan, in sentences: lock-outs, plans that guard nothing, wrong hosts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from dockerwall.analysis.exposure import Exposure, Kind
from dockerwall.analysis.findings import Finding
from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.packet import TCP
from dockerwall.analysis.verdict import reached
from dockerwall.analysis.world import World
from dockerwall.editing.after import After
from dockerwall.editing.chains import USER, is_asked, is_dockers_own, user_chains
from dockerwall.editing.egress import first_cut, is_worse, spares_egress, ways
from dockerwall.editing.explaining import MOST_SHOWN, sources_text
from dockerwall.editing.plan import LOCKOUT, Change, Objection, Plan, rule_words
from dockerwall.editing.preview import ReachChange
from dockerwall.editing.routed import changed_ways
from dockerwall.editing.stage import Stage
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet, format_address, parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.spec import AddressMatch

EGRESS = "egress-cut"


class Ssh(NamedTuple):
    """The operator's own session, as SSH_CONNECTION tells it."""

    client: str
    client_port: int
    server: str
    server_port: int


class Circumstances(NamedTuple):
    """What is known beside the host itself."""

    ssh: Ssh | None = None
    live: bool = True
    """Whether the host is read live; a recorded one cannot be changed."""
    insists: bool = False
    """Whether the operator insists on a plan that may cut his own session (--force-lockout)."""


def parse_ssh(text: str) -> Ssh | None:
    """The value of SSH_CONNECTION; None where it is none."""
    words = text.split()
    if len(words) != 4 or not (words[1].isdigit() and words[3].isdigit()):
        return None
    try:
        client, server = (_plain(words[place]) for place in (0, 2))
    except ValueError:
        return None
    return Ssh(client, int(words[1]), server, int(words[3]))


def _plain(text: str) -> str:
    """An address without zone; an IPv4-mapped one as IPv4."""
    family, number = parse_address(text)
    if family is Family.IPV6 and number >> 32 == 0xFFFF:
        return format_address(Family.IPV4, number & 0xFFFFFFFF)
    return format_address(family, number)


def objections(
    stage: Stage,
    plan: Plan,
    after: After | None,
    reaches: Sequence[ReachChange],
    gained: Sequence[Finding],
    circumstances: Circumstances | None,
) -> tuple[Objection, ...]:
    """Everything that speaks against a plan: a lock-out first, then what forbids it."""
    around = circumstances or Circumstances()
    found = [*_of_host(stage.world, plan, around), *_of_chains(stage.world, plan)]
    if after is not None and around.ssh is not None:
        found += [
            each._replace(blocking=not around.insists)
            for each in _of_session(stage, after, reaches, around.ssh)
        ]
    if after is not None and not any(each.id == EGRESS for each in gained):
        found += _of_egress(stage, after, plan)
    if after is not None:
        found += _of_routed(stage, after)
    found += [_of_finding(each) for each in gained]
    order = sorted(dict.fromkeys(found), key=lambda o: (o.id != LOCKOUT, not o.blocking))
    return tuple(order)


_REFUSED = {
    "missing-chain": "leads to what is neither a chain of the filter table nor a target",
    "chain-cycle": "leads back to the chain it stands in",
}
"""Findings on what iptables-nft's own parser lets pass, and the kernel does not."""


def _of_finding(finding: Finding) -> Objection:
    """A finding that comes with a plan: a warning, or a rule that cannot be put in at all."""
    why = _REFUSED.get(finding.id)
    if why is None or finding.rule is None:
        return Objection(finding.id, finding.message, False)
    words = rule_words(finding.rule.text)
    said = f"The kernel would refuse the rule in {finding.rule.chain}: {words} {why}."
    return Objection(finding.id, said, True)


def _of_egress(stage: Stage, after: After, plan: Plan) -> Iterator[Objection]:
    """Whether containers' own connections are cut; the rules of a proved plan are known not to."""
    for family in plan.families:
        mine = [change for change in plan.changes if change.where.family is family]
        if all(spares_egress(change, stage.world) for change in mine):
            continue
        tried = ways(stage.world, family, (), (), _named(mine))
        way = first_cut(stage.world, after.world, family, tried)
        if way is not None and is_worse(stage.world, after.world, family, way):
            remote = format_address(family, way.remote)
            yield Objection(
                EGRESS,
                f"It would cut connections that containers open themselves: {way.container} to "
                f"{remote} port {way.port}, for example.",
                False,
            )


def _named(changes: Iterable[Change]) -> Intervals:
    """The addresses that rules name."""
    found = Intervals()
    for change in changes:
        for match in parse_spec(change.text, change.where.family).matches:
            if isinstance(match, AddressMatch) and not match.negated:
                found = found | match.numbers
    return found


def _of_routed(stage: Stage, after: After) -> Iterator[Objection]:
    """What the host routes between its own networks passes the same chains as what is for
    containers, and is told of nowhere else.
    """
    for family, hooks in after.hooks.items():
        if "FORWARD" not in hooks:
            continue
        for way in changed_ways(stage.world, after.world, family):
            there = f"through to whatever is behind {way.inside}"
            if way.lost:
                who = _who(way.lost, way.outside)
                said = f"This host also routes: it lets {who} no more {there}."
                yield Objection("routed-cut", said, False)
            if way.gained:
                said = f"It lets {_who(way.gained, way.outside)} {there}."
                yield Objection("routed-open", said, False)


def _who(sources: AddressSet, interface: str) -> str:
    """A few networks by name, and many as those behind the interface."""
    few = len(sources.cidrs()) <= MOST_SHOWN
    return sources_text(sources) if few else f"those who come by {interface}"


def _of_host(world: World, plan: Plan, around: Circumstances) -> Iterator[Objection]:
    if not around.live:
        yield Objection(
            "recorded-host", "This is a recorded host: a plan can be seen, not applied.", True
        )
    docker = world.snapshot.docker
    if docker is not None and docker.firewall == "nftables":
        yield Objection(
            "docker-nftables",
            "Docker writes nftables itself on this host: there is no DOCKER-USER, and rules of "
            "iptables do not guard what it lets through.",
            True,
        )
    for family in plan.families:
        holding = [variant for variant in Variant if _holds_rules(world, variant, family)]
        if len(holding) > 1:
            yield Objection(
                "both-variants",
                "Both iptables variants hold rules: each packet passes both, and this plan "
                f"changes only {plan.variant(family).value}.",
                False,
            )


def _holds_rules(world: World, variant: Variant, family: Family) -> bool:
    saved = world.snapshot.rules.get((variant, family))
    return saved is not None and saved.ruleset.rule_count > 0


def _of_chains(world: World, plan: Plan) -> Iterator[Objection]:
    for where in plan.chains:
        if is_dockers_own(where.chain):
            yield Objection(
                "docker-chain", f"{where.chain} is Docker's own chain: it is never written.", True
            )
        elif where.chain == USER and not is_asked(world, where):
            yield Objection(
                "docker-user-unused",
                f"FORWARD does not jump to DOCKER-USER ({where.family.value}), so rules there "
                "guard nothing: put the jump first in FORWARD.",
                True,
            )
        elif where.chain == USER and len(user_chains(world, where.family)) > 1:
            yield Objection(
                "two-docker-user",
                f"Both iptables variants have a DOCKER-USER; {where.variant.value} is the one "
                "that is used here.",
                False,
            )


# The operator's own session.


def _of_session(
    stage: Stage, after: After, reaches: Sequence[ReachChange], ssh: Ssh
) -> Iterator[Objection]:
    family, client = parse_address(ssh.client)
    for dst, port in _doors(stage, family, ssh):
        for interface in stage.interfaces[family]:
            query = Query(family, interface.name, dst, TCP, port, ssh.client_port)
            had, has = (_open(world, query, client) for world in (stage.world, after.world))
            # The session is there, so what was only perhaps open before is.
            if (had[0] and not has[0]) or (had[1] and not any(has)):
                yield Objection(
                    LOCKOUT,
                    f"It would cut your own SSH session: {ssh.client} to "
                    f"{format_address(family, dst)} port {port} by {interface.name}.",
                    True,
                )
    holder = stage.world.by_address.get((family, client))
    lost = {r.exposure.offer.container for r in reaches if r.lost} if holder is not None else set()
    if holder is not None and holder.name in lost:
        yield Objection(
            LOCKOUT,
            f"Your SSH session comes through the container {holder.name}, and this plan takes "
            "somebody's way to that container: it may be yours.",
            True,
        )


def _open(world: World, query: Query, client: int) -> tuple[bool, bool]:
    """Whether a client surely, and whether it perhaps, can open a connection."""
    mask = world.sides[query.family].cells.cell(client)
    found = reached(follow(world, query, mask))
    return bool(found.accept), bool(found.unknown)


def _doors(stage: Stage, family: Family, ssh: Ssh) -> Iterator[tuple[int, int]]:
    """The address and port the session was opened to: what sshd sees, or a port forwarded to it."""
    server_family, server = parse_address(ssh.server)
    if server_family is family:
        yield server, ssh.server_port
    for exposure in stage.exposures:
        if _leads_to(exposure, family, ssh):
            for reach in exposure.reach:
                for to in reach.to:
                    port = exposure.offer.host_port
                    if port is not None:
                        yield parse_address(to)[1], port
                break


def _leads_to(exposure: Exposure, family: Family, ssh: Ssh) -> bool:
    offer = exposure.offer
    return (
        offer.family is family
        and offer.kind in (Kind.DNAT, Kind.PUBLISHED)
        and (offer.container_ip, offer.container_port) == (ssh.server, ssh.server_port)
    )


def blocked(found: Iterable[Objection]) -> bool:
    """Whether any objection forbids applying."""
    return any(each.blocking for each in found)
