"""The part of a plan that lets connections pass between two interfaces of the host."""

from __future__ import annotations

from dockerwall.analysis.journey import Query, follow
from dockerwall.analysis.packet import TCP
from dockerwall.analysis.verdict import reached
from dockerwall.analysis.world import World
from dockerwall.editing.edited import chain_texts
from dockerwall.editing.egress import first_cut, ways
from dockerwall.editing.intents import AllowForward
from dockerwall.editing.origins import specific
from dockerwall.editing.parts import Part
from dockerwall.editing.places import places, why_there
from dockerwall.editing.plan import ChainRef, Objection
from dockerwall.editing.proving import insertions
from dockerwall.editing.routed import PORT, somebody
from dockerwall.editing.stage import Stage
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family


def forward_part(stage: Stage, where: ChainRef, intent: AllowForward) -> Part:
    """The rules that open the way there and, where needed, the answers' way back."""
    world, family = stage.world, where.family
    missing = _missing(world, intent)
    if missing is not None:
        return Part(where, objections=(missing,))
    target = somebody(world, family, intent.inside)
    if target is None:
        said = f"No network is known behind {intent.inside}, so nothing can be tried."
        return Part(where, objections=(Objection("no-network", said, False),))
    wanted = _clients(world, family, intent)
    if not wanted - _opened(world, family, intent, target):
        return Part(where, done=True)
    there = f"-A {where.chain} -i {intent.outside} -o {intent.inside} -j ACCEPT"
    back = (
        f"-A {where.chain} -i {intent.inside} -o {intent.outside} "
        "-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT"
    )
    texts = chain_texts(world.snapshot, where) or ()
    tried = ways(world, family, (), ())
    for lines in ((there,), (there, back)):
        for position in places(texts, family, range(1, len(texts) + 1)):
            changes = insertions(where, position, lines)
            after = stage.after(changes)
            if wanted - _opened(after.world, family, intent, target):
                continue
            if first_cut(world, after.world, family, tried) is None:
                return Part(where, changes, _reasons(where, texts, position, lines))
    said = (
        f"No place in {where.chain} ({where.family.value}) lets connections from "
        f"{intent.outside} pass to {intent.inside}: the host does not forward them, or a "
        "rule elsewhere drops them."
    )
    return Part(where, objections=(Objection("no-place", said, False),))


def _reasons(
    where: ChainRef, texts: tuple[str, ...], position: int, lines: tuple[str, ...]
) -> tuple[str, ...]:
    reasons = [
        why_there(where, texts, position, ()),
        "It allows with ACCEPT, because RETURN would leave the packets to FORWARD's policy.",
    ]
    if len(lines) > 1:
        reasons.append("The second rule lets the answers back, which no rule did.")
    return tuple(reasons)


def _missing(world: World, intent: AllowForward) -> Objection | None:
    links = world.snapshot.links
    for name in (intent.outside, intent.inside) if links is not None else ():
        if not any(link.name == name for link in links or ()):
            return Objection("no-interface", f"This host has no interface {name}.", True)
    return None


def _clients(world: World, family: Family, intent: AllowForward) -> AddressSet:
    """Sources to try: those on the outside interface's own networks."""
    cells = world.sides[family].cells
    mine = specific(world, family, intent.outside)
    own = AddressSet(family, world.sides[family].own)
    low = mine - own
    if not low:
        return AddressSet.nothing(family)
    sample = low.numbers.spans[-1][1] - 1
    return cells.addresses(cells.cell(sample)) & low


def _opened(world: World, family: Family, intent: AllowForward, target: int) -> AddressSet:
    query = Query(family, intent.outside, target, TCP, PORT)
    return world.sides[family].cells.addresses(reached(follow(world, query)).accept)
