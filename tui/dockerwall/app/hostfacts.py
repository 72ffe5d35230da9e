"""The host view: what was read, what was not, and what the answers rest on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dockerwall.app.wrapping import wrapped
from dockerwall.model.docker import PublishedPort
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.pieces import Piece, Pieces, Tone, piece

if TYPE_CHECKING:
    from dockerwall.analysis.world import World

MOST = 40
"""How many networks of the LAN are listed."""
LONGEST = 24
"""Cells that names of containers and networks take at most, to stand in a column."""


def host_rows(snapshot: Snapshot, world: World | None, width: int) -> list[Pieces]:
    """The lines of the view; sentences are broken to be no longer than `width`."""
    rows: list[Pieces] = []
    for title, body in (
        ("Not read", list(_gaps(snapshot, width))),
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


def _gaps(snapshot: Snapshot, width: int) -> Iterator[Pieces]:
    for gap in snapshot.gaps:
        for line in wrapped(gap.problem, width - 2):
            yield (piece(f"  {line}", Tone.WARN),)
        for line in wrapped(gap.advice, width - 4) if gap.advice else ():
            yield (piece(f"    {line}", Tone.NOTE),)


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
        yield _fact(f"{variant} {family.label}", f"{saved.ruleset.rule_count} rules in {tables}")
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
    yield from _named(
        "network", [(n.name, (n.driver, n.bridge, *n.subnets)) for n in docker.networks or ()]
    )
    yield from _named(
        "container",
        [(c.name, (c.image, *map(_published, c.ports))) for c in docker.containers or ()],
    )


def _published(port: PublishedPort) -> str:
    host = f"[{port.host_ip}]" if ":" in port.host_ip else port.host_ip
    return f"{host}:{port.host_port}/{port.protocol}"


def _named(label: str, things: Sequence[tuple[str, Sequence[str]]]) -> Iterator[Pieces]:
    """Things of one kind: their names, and what is said of them in a column of its own."""
    width = min(LONGEST, max((len(name) for name, _ in things), default=0))
    for name, said in things:
        words = " ".join(word for word in said if word)
        yield (*_fact(label, name), piece(f"{'':<{max(0, width - len(name))}}  {words}"))


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
        command = snapshot.host.command("persist")
        yield (
            Piece("  Nothing here brings your rules back; this would: ", Tone.WARN),
            piece(command),
        )


def _lan(world: World | None) -> Iterator[Pieces]:
    for family in Family if world is not None else ():
        assert world is not None
        networks = world.lan[family].cidrs()
        more = f" and {len(networks) - MOST} more" if len(networks) > MOST else ""
        yield _fact(family.label, ", ".join(networks[:MOST]) + more)


def _interfaces(world: World | None) -> Iterator[Pieces]:
    if world is None:
        return
    from dockerwall.analysis.interfaces import Behind, interfaces

    names = {Behind.INTERNET: "the Internet", Behind.LAN: "the LAN"}
    known = interfaces(world, Family.IPV4)
    width = max((len(each.name) for each in known), default=0)
    for each in known:
        yield _fact(f"{each.name:<{width}}", f"from {names.get(each.behind, each.behind)}")
