"""The host view: what was read, what was not, and what the answers rest on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.pieces import Piece, Pieces, Tone, piece

if TYPE_CHECKING:
    from dockerwall.analysis.world import World

MOST = 40
"""How many containers and interfaces are listed."""


def host_rows(snapshot: Snapshot, world: World | None) -> list[Pieces]:
    """The lines of the view."""
    rows: list[Pieces] = []
    for title, body in (
        ("Not read", list(_gaps(snapshot))),
        ("Host", list(_host(snapshot))),
        ("Rules", list(_rules(snapshot))),
        ("Docker", list(_docker(snapshot))),
        ("Across boots and reloads", list(_boot(snapshot))),
        ("What counts as LAN", list(_lan(world))),
        ("Interfaces packets come in by", list(_interfaces(world))),
    ):
        if body:
            rows += [(Piece(title, Tone.NAME),), *body, ()]
    return rows[:-1]


def _fact(label: str, text: str, tone: Tone = Tone.PLAIN) -> Pieces:
    return (Piece(f"  {label:<12} ", Tone.FAINT), piece(text, tone))


def _gaps(snapshot: Snapshot) -> Iterator[Pieces]:
    for gap in snapshot.gaps:
        yield (piece(f"  {gap.problem}", Tone.WARN),)
        if gap.advice:
            yield (piece(f"    {gap.advice}", Tone.NOTE),)


def _host(snapshot: Snapshot) -> Iterator[Pieces]:
    host = snapshot.host
    for label, text in (("name", host.hostname), ("kernel", host.kernel), ("read", host.taken_at)):
        if text:
            yield _fact(label, text)
    forwarding = snapshot.sysctl("net.ipv4.ip_forward")
    if forwarding is not None:
        yield _fact("forwarding", "on" if forwarding == "1" else "off")


def _rules(snapshot: Snapshot) -> Iterator[Pieces]:
    for (variant, family), saved in snapshot.rules.items():
        tables = ", ".join(saved.ruleset.tables) or "no tables"
        name = "IPv4" if family is Family.IPV4 else "IPv6"
        yield _fact(f"{variant} {name}", f"{saved.ruleset.rule_count} rules in {tables}")
    for chain in snapshot.nft or ():
        where = f"{chain.family} {chain.table} {chain.name}"
        yield _fact("native nft", f"{where} on {chain.hook}, {chain.rules} rules", Tone.WARN)


def _docker(snapshot: Snapshot) -> Iterator[Pieces]:
    docker = snapshot.docker
    if docker is None:
        return
    proxy = {True: "used", False: "not used", None: "unknown"}[docker.userland_proxy]
    yield _fact("version", docker.version or "unknown")
    yield _fact("firewall", docker.firewall or "iptables")
    yield _fact("docker-proxy", proxy)
    yield _fact("swarm", "yes" if docker.swarm else "no")
    for network in (docker.networks or ())[:MOST]:
        subnets = " ".join(network.subnets)
        yield _fact("network", f"{network.name}  {network.driver} {network.bridge} {subnets}")
    for container in (docker.containers or ())[:MOST]:
        ports = " ".join(f"{p.host_ip}:{p.host_port}/{p.protocol}" for p in container.ports)
        yield _fact("container", f"{container.name}  {container.image} {ports}")


def _boot(snapshot: Snapshot) -> Iterator[Pieces]:
    """What brings the operator's rules back; nothing where it was not read."""
    if snapshot.boot is None:
        return
    from dockerwall.analysis.boot.in_play import places

    found = places(snapshot)
    for place in found:
        tone = Tone.WARN if place.dockers else Tone.PLAIN
        yield (Piece("  "), piece(f"{place.name}: {place.sentence}", tone))
    if not found:
        yield (Piece("  Nothing here brings your rules back: ", Tone.WARN), Piece("persist does."))


def _lan(world: World | None) -> Iterator[Pieces]:
    for family in Family if world is not None else ():
        assert world is not None
        networks = world.lan[family].cidrs()
        more = f" and {len(networks) - MOST} more" if len(networks) > MOST else ""
        yield _fact(family.value, ", ".join(networks[:MOST]) + more)


def _interfaces(world: World | None) -> Iterator[Pieces]:
    if world is None:
        return
    from dockerwall.analysis.interfaces import interfaces

    for each in interfaces(world, Family.IPV4)[:MOST]:
        yield _fact(each.name, f"from the {each.behind}")
