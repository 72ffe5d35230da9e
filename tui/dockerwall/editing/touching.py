"""Whether a rule can meet any packet of a connection to a port: quickly, and rather yes than no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeGuard

from dockerwall.analysis.exposure import Kind, Offer
from dockerwall.analysis.interfaces import Behind, Interface
from dockerwall.analysis.listening import NUMBERS
from dockerwall.analysis.world import World
from dockerwall.model.addresses import parse_address
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    ConntrackMatch,
    InterfaceMatch,
    Match,
    PortField,
    PortMatch,
    ProtocolMatch,
    Spec,
)


class Touch:
    """One rule of a chain, asked about many ports: what depends on the interface is told once."""

    def __init__(self, spec: Spec, world: World, forwarding: bool = False) -> None:
        """`forwarding` where only forwarded packets come to the rule's chain; else it may also meet
        those to the host's own addresses, and docker-proxy's own to containers.
        """
        self.forwarding = forwarding
        self._matches = spec.matches
        self._bridges = [each.bridge for each in world.networks.values() if each.bridge]
        directions = {m.direction for m in spec.matches if _asks_entry(m)}
        self._meets_first = "REPLY" not in directions
        self._meets_answers = "ORIGINAL" not in directions
        self._by_any = not any(map(_names_connections, spec.matches))
        """Whether connections to one port may meet it wherever those to another may."""
        self._forth: dict[str, bool] = {}
        self._back: dict[str, bool] = {}

    def met_by(self, offer: Offer) -> Met | None:
        """Which packets of connections to a port can meet the rule; None where none can."""
        if self._by_any:
            return self._met(self._meets_first, self._meets_answers)
        if _other_protocol(self._matches, offer):
            return None
        if _other_original_port(self._matches, offer, self.forwarding):
            return None
        first = (
            self._meets_first
            and _names_port(self._matches, PortField.DST, offer)
            and not (self.forwarding and _other_container(self._matches, offer))
        )
        answers = self._meets_answers and _names_port(self._matches, PortField.SRC, offer)
        return self._met(first, answers)

    def _met(self, first: bool, answers: bool) -> Met | None:
        return Met(self, first, answers) if first or answers else None

    def comes_by(self, interface: Interface) -> bool:
        """Whether what comes by an interface can meet the rule."""
        known = self._forth.get(interface.name)
        if known is None:
            known = self._forth[interface.name] = all(
                m.outgoing or _names(m, interface.name)
                for m in self._matches
                if isinstance(m, InterfaceMatch)
            )
        return known

    def is_answered_to(self, interface: Interface) -> bool:
        """Whether what is answered to those who came by an interface can meet the rule."""
        known = self._back.get(interface.name)
        if known is None:
            known = self._back[interface.name] = all(
                _may_come_back(match, interface, self._bridges)
                for match in self._matches
                if isinstance(match, InterfaceMatch)
            )
        return known


class Met(NamedTuple):
    """A rule that connections to one port can meet."""

    rule: Touch
    first: bool
    """Whether what a client sends can."""
    answers: bool
    """Whether what is answered can."""

    def by(self, interface: Interface) -> bool:
        """Whether they can where the client comes by an interface."""
        return (self.first and self.rule.comes_by(interface)) or (
            self.answers and self.rule.is_answered_to(interface)
        )


def _other_protocol(matches: Sequence[Match], offer: Offer) -> bool:
    number = NUMBERS[offer.protocol]
    return any(
        isinstance(m, ProtocolMatch) and m.number and (m.number == number) is m.negated
        for m in matches
    )


def _names_connections(match: Match) -> bool:
    """Whether a match may hold for connections to one port and not for those to another."""
    if isinstance(match, ConntrackMatch):
        return bool(match.ports)
    return isinstance(match, AddressMatch | PortMatch | ProtocolMatch)


def _asks_entry(match: Match) -> TypeGuard[ConntrackMatch]:
    """Whether a match looks at a connection's entry: with a state that packets without one have,
    it holds for those whatever else it names.
    """
    if not isinstance(match, ConntrackMatch):
        return False
    states = match.states
    return states is None or not (states.negated or states.words & {"INVALID", "UNTRACKED"})


def _ports(offer: Offer) -> set[int]:
    return {port for port in (offer.host_port, offer.container_port) if port is not None}


def _other_original_port(matches: Sequence[Match], offer: Offer, forwarding: bool) -> bool:
    """Whether the rule names an original destination port that is another one.

    That of docker-proxy's own connections, which are not forwarded, is the container's.
    """
    ports = {offer.host_port} if forwarding and offer.host_port is not None else _ports(offer)
    if not ports:
        return False
    return any(
        port.field is PortField.ORIG_DST
        and not port.negated
        and not any(each in port.ports for each in ports)
        for m in matches
        if _asks_entry(m)
        for port in m.ports
    )


def _names_port(matches: Sequence[Match], field: PortField, offer: Offer) -> bool:
    """Whether the rule's ports, where it names any, may be the offer's."""
    for match in matches:
        if isinstance(match, PortMatch) and match.field is field and not match.negated:
            ports = _ports(offer)
            if ports and not any(port in match.ports for port in ports):
                return False
    return True


def _other_container(matches: Sequence[Match], offer: Offer) -> bool:
    """Whether the rule names a destination, and not that of forwarded packets to the offer."""
    if offer.container_ip is None or offer.kind not in (Kind.PUBLISHED, Kind.DIRECT):
        return False
    family, number = parse_address(offer.container_ip)
    return any(
        not match.negated and family is match.family and number not in match.numbers
        for match in matches
        if isinstance(match, AddressMatch) and match.field is AddressField.DST
    )


def _may_come_back(match: InterfaceMatch, interface: Interface, bridges: Sequence[str]) -> bool:
    if match.outgoing:
        return True  # an answer leaves by the way to its client, whichever interface that is
    inside = interface.behind is Behind.CONTAINERS
    return inside or not bridges or any(_names(match, name) for name in (*bridges, "lo"))


def _names(match: InterfaceMatch, name: str) -> bool:
    same = name.startswith(match.name) if match.prefix else name == match.name
    return same is not match.negated
