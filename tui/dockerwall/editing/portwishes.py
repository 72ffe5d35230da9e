"""What each intent on a port wishes, by interface, and the rules that may bring it about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from dockerwall.analysis.interfaces import Behind, Interface
from dockerwall.editing.forms import ANYBODY, Form, Who, all_but, networks, rule, who
from dockerwall.editing.intents import (
    Allow,
    Block,
    CloseToInternet,
    LanOnly,
    OfPort,
    Only,
    Source,
    UseSet,
)
from dockerwall.editing.origins import addresses_of, belonging, lan_behind, set_family
from dockerwall.editing.stage import Stage
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family


class Want(NamedTuple):
    """Who shall get in, as sets of addresses; `proving.Wish` is the same as masks."""

    keep: AddressSet
    grant: AddressSet


class Gate(NamedTuple):
    """What is wished at one interface."""

    interface: Interface
    wish: Want
    let_in: tuple[Source, ...]
    """Sources that are named as let in."""
    shut: bool
    """Whether everybody else is kept out."""
    out: tuple[Source, ...] = ()
    """Sources that are named as kept out."""


@dataclass(frozen=True)
class Wishes:
    """All gates of one intent in one family."""

    gates: tuple[Gate, ...]
    anywhere: bool = False
    """Whether rules that name no interface are worth trying first."""


def wishes(stage: Stage, family: Family, intent: OfPort) -> Wishes:
    """What an intent wishes in one family; NoSuchSourceError where a source cannot be told."""
    match intent:
        case Allow(source=source):
            return Wishes(_allowing(stage, family, (source,)))
        case Only(sources=sources):
            return Wishes(_only(stage, family, sources))
        case UseSet(name=name):
            return Wishes(_only(stage, family, (Source("set", name),)))
        case Block(source=source):
            return Wishes(_blocking(stage, family, source), anywhere=True)
        case LanOnly():
            return Wishes(_lan(stage, family, every=True))
        case CloseToInternet():
            return Wishes(_lan(stage, family, every=False))


def _of_family(stage: Stage, family: Family, sources: Sequence[Source]) -> tuple[Source, ...]:
    return tuple(s for s in sources if set_family(stage.world, s) in (family, None))


def _come_by(
    stage: Stage, family: Family, interface: Interface, sources: Sequence[Source]
) -> tuple[Source, ...]:
    """The sources some of whose addresses honestly come by an interface; sets may change."""
    there = belonging(stage.world, family, interface)
    return tuple(
        source
        for source in _of_family(stage, family, sources)
        if source.kind == "set" or addresses_of(stage.world, family, source) & there
    )


def _union(stage: Stage, family: Family, sources: Sequence[Source]) -> AddressSet:
    found = AddressSet.nothing(family)
    for source in sources:
        found = found | addresses_of(stage.world, family, source)
    return found


def _allowing(stage: Stage, family: Family, sources: Sequence[Source]) -> tuple[Gate, ...]:
    gates = []
    for interface in stage.outside(family):
        mine = _come_by(stage, family, interface, sources)
        if mine:
            wish = Want(AddressSet.everything(family), _union(stage, family, mine))
            gates.append(Gate(interface, wish, mine, shut=False))
    return tuple(gates)


def _only(stage: Stage, family: Family, sources: Sequence[Source]) -> tuple[Gate, ...]:
    gates = []
    for interface in stage.outside(family):
        mine = _come_by(stage, family, interface, sources)
        numbers = _union(stage, family, mine)
        gates.append(Gate(interface, Want(numbers, numbers), mine, shut=True))
    return tuple(gates)


def _blocking(stage: Stage, family: Family, source: Source) -> tuple[Gate, ...]:
    mine = _of_family(stage, family, (source,))
    if not mine:
        return ()
    left = _union(stage, family, mine).complement()
    wish = Want(left, AddressSet.nothing(family))
    return tuple(Gate(each, wish, (), False, mine) for each in stage.outside(family))


def _lan(stage: Stage, family: Family, *, every: bool) -> tuple[Gate, ...]:
    """Internet interfaces, and with `every` also others that honestly bring more than the LAN."""
    gates = []
    for interface in stage.outside(family):
        outer = interface.behind is Behind.INTERNET
        foreign = belonging(stage.world, family, interface) - stage.world.lan[family]
        if outer or (every and foreign):
            lan = lan_behind(stage.world, family, interface)
            wish = Want(lan, AddressSet.nothing(family))
            gates.append(Gate(interface, wish, networks(lan), shut=True))
    return tuple(gates)


def rule_lists(
    chain: str, gates: Sequence[Gate], form: Form, protocol: str | None, *, anywhere: bool
) -> tuple[tuple[str, ...], ...]:
    """Rules that may bring the wishes about, the fewest first."""
    through = "ACCEPT" if chain == "INPUT" else "RETURN"

    def line(whom: Who, interface: str, target: str) -> str:
        return rule(chain, whom, interface, form, protocol, target)

    few: list[str] = []
    many: list[str] = []
    out = tuple(dict.fromkeys(source for gate in gates for source in gate.out))
    for gate in gates:
        name = gate.interface.name
        lets = [line(who(source), name, through) for source in gate.let_in]
        outs = [line(who(source), name, "DROP") for source in gate.out]
        drop = [line(ANYBODY, name, "DROP")] if gate.shut else []
        if gate.shut and len(gate.let_in) == 1:
            few += [line(all_but(gate.let_in[0]), name, "DROP")]
        else:
            few += [*outs, *lets, *drop]
        many += [*outs, *lets, *drop]
    lists = [tuple(few), tuple(many)]
    if anywhere and out:
        lists.insert(0, tuple(line(who(source), "", "DROP") for source in out))
    return tuple(dict.fromkeys(lists))
