"""Who gains and who loses which port by a change, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from dockerwall.analysis.interfaces import plausible_sources
from dockerwall.editing.explaining import name_of
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.present.sources import Sources

if TYPE_CHECKING:
    from dockerwall.analysis.world import World
    from dockerwall.editing.preview import ReachChange


class _Told(NamedTuple):
    """One line, before it is known whether it has to name the addresses it is about."""

    mark: str
    port: str
    words: str
    iif: str
    to: tuple[str, ...]
    partly: bool
    """Whether at other addresses of that interface it stays open for some of them."""

    def says_else(self, other: _Told) -> bool:
        """Whether another line of the same port and interface says something else."""
        same = (self.mark, self.port, self.iif) == (other.mark, other.port, other.iif)
        return same and self.words != other.words


def reach_lines(reaches: Sequence[ReachChange], world: World) -> list[str]:
    """A line for each port and interface, with a mark: `-` closed, `+` opened, `?` not to be told.

    Exceptions are named only where they are somebody who got in before, or who may come that way.
    """
    sources = Sources(world)
    told = [line for each in reaches for line in _told(each, reaches, sources)]
    found = []
    for line in told:
        at = f", at {', '.join(line.to)}" if line.partly or any(map(line.says_else, told)) else ""
        found.append(f"{line.mark} {line.port}: {line.words} on {line.iif}{at}")
    return list(dict.fromkeys(found))


def _told(each: ReachChange, reaches: Sequence[ReachChange], sources: Sources) -> Iterator[_Told]:
    world, family = sources.world, each.exposure.offer.family
    among = plausible_sources(world, family, each.iif)
    port = name_of(each.exposure)
    closed = each.lost - each.unknown_after
    # Who could not get in before is no exception to those who no longer can.
    lost = sources.words(family, closed, among & each.before)
    if lost:
        partly = _partly(each, closed, reaches)
        yield _Told("-", port, f"closed to {_all(lost)}", each.iif, each.to, partly)
    gained = sources.words(family, each.gained, among)
    if gained:
        if sources.words(family, each.gained, among - _elsewhere(world, family, each.iif)) == _ALL:
            gained = _ALL
        yield _Told("+", port, f"opened to {_all(gained)}", each.iif, each.to, False)
    doubt = sources.words(family, each.unknown_after, among)
    if doubt and each.unknown_after != each.unknown_before:
        words = f"it cannot be told for {_all(doubt)}"
        yield _Told("?", port, words, each.iif, each.to, False)


_ALL = "anyone"


def _all(words: str) -> str:
    """`everyone but 198.51.100.7`, which reads better here than `anyone`."""
    return "everyone" + words.removeprefix(_ALL) if words.startswith(_ALL) else words


def _partly(each: ReachChange, whom: AddressSet, reaches: Sequence[ReachChange]) -> bool:
    alike = [r for r in reaches if r.exposure.key == each.exposure.key and r.iif == each.iif]
    changed = {address for reach in alike for address in reach.to}
    still = [r.after | r.unknown_after for r in alike if r is not each]
    still += [
        reach.accept | reach.unknown
        for reach in each.exposure.reach
        if reach.iif == each.iif and not changed.issuperset(reach.to)
    ]
    return any(bool(whom & addresses) for addresses in still)


def _elsewhere(world: World, family: Family, iif: str) -> AddressSet:
    """The networks behind this host's other interfaces, and link-local ones, never forwarded."""
    networks = [
        f"{each.address}/{each.prefix}"
        for each in world.snapshot.addresses or ()
        if each.family is family and each.interface != iif and each.peer is None
    ]
    if family is Family.IPV6:
        networks.append("fe80::/10")
    return AddressSet.of(family, networks)
