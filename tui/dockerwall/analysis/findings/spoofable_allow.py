"""An allow by private source address where the Internet comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.analysis.lan import PRIVATE
from dockerwall.model.addresses import AddressSet
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.spec import AddressField, AddressMatch, ConntrackMatch, InterfaceMatch

IDS: Mapping[str, str] = {
    "spoofable-allow": "A private source address is trusted on an interface of the Internet.",
}

_PRIVATE = {family: AddressSet.of(family, PRIVATE[family]).numbers for family in Family}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each rule that trusts an address anyone on the outer wire can write."""
    for placed in ground.forwarding:
        trusted = _trusted(placed)
        if not trusted or _only_answers(placed):
            continue
        for name in ground.outward[placed.family]:
            taken = _accepts_interface(placed, name)
            if taken and _forgeable(ground, placed.family, trusted, name):
                yield _finding(ground, placed, trusted, name)
                break


def _trusted(placed: Placed) -> Intervals:
    """The private addresses a rule lets on, or alone does not close to."""
    private = _PRIVATE[placed.family]
    for match in placed.spec.matches:
        if isinstance(match, AddressMatch) and match.field is AddressField.SRC:
            allows = placed.lets_on if not match.negated else placed.closes
            if allows and private.covers(match.numbers):
                return match.numbers
    return Intervals()


def _only_answers(placed: Placed) -> bool:
    return any(
        isinstance(match, ConntrackMatch)
        and match.states is not None
        and not match.states.negated
        and "NEW" not in match.states.words
        for match in placed.spec.matches
    )


def _accepts_interface(placed: Placed, name: str) -> bool:
    for match in placed.spec.matches:
        if isinstance(match, InterfaceMatch) and not match.outgoing:
            same = name.startswith(match.name) if match.prefix else name == match.name
            if same is match.negated:
                return False
    return True


def _forgeable(ground: Ground, family: Family, trusted: Intervals, name: str) -> bool:
    """Whether some trusted address does not belong behind this interface, yet is taken there."""
    snapshot = ground.world.snapshot
    settings = [
        snapshot.sysctl(f"net.{family.value}.conf.{scope}.rp_filter") for scope in ("all", name)
    ]
    strict = (
        family is Family.IPV4
        and max(
            (int(value) for value in settings if value is not None and value.isdigit()), default=0
        )
        == 1
    )
    on_link = Intervals()
    fib = ground.world.sides[family].fib
    for hops in fib.tables.values():
        for hop in hops:
            if hop.prefix and name in hop.way.interfaces:
                on_link = on_link | hop.numbers
    foreign = trusted - on_link
    if strict:
        # What is routed by another interface is refused here; what has no route of its own is not.
        for hops in fib.tables.values():
            for hop in hops:
                if hop.prefix and name not in hop.way.interfaces:
                    foreign = foreign - hop.numbers
    return bool(foreign)


def _finding(ground: Ground, placed: Placed, trusted: Intervals, name: str) -> Finding:
    cidrs = AddressSet(placed.family, trusted).cidrs()
    sources = ", ".join(cidrs[:3]) + (" and more" if len(cidrs) > 3 else "")
    home = _home(ground, placed.family, trusted, name)
    narrowed = _narrowed(placed, home)
    return Finding(
        "spoofable-allow",
        Level.WARNING,
        f"{placed.title} trusts packets from {sources}, also when they come in by {name}, where "
        "the Internet is: anyone on that wire can write such a source address.",
        placed.ref,
        fix=f"Name the interface these addresses live behind: -i {home}."
        if home
        else f"Trust such addresses only on an inner interface, or set rp_filter to 1 on {name}.",
        commands=narrowed,
    )


def _home(ground: Ground, family: Family, trusted: Intervals, outer: str) -> str:
    """The inner interface the addresses are routed by, if there is one."""
    for hops in ground.world.sides[family].fib.tables.values():
        for hop in hops:
            if hop.prefix and hop.way.type == "unicast" and hop.numbers.covers(trusted):
                names = [name for name in hop.way.interfaces if name != outer]
                if names:
                    return names[0]
    return ""


def _narrowed(placed: Placed, home: str) -> tuple[str, ...]:
    words = commands.words_of(placed.ref)
    if not home or words is None or not placed.lets_on or "-i" in words:
        return ()
    return commands.replace(placed.ref, ["-i", home, *words])
