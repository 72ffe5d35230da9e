"""Whether a rule can meet any packet of a connection to a port: quickly, and rather yes than no."""

from __future__ import annotations

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


def can_touch(chain: str, spec: Spec, offer: Offer, interface: Interface, world: World) -> bool:
    """Whether the first packet, the answer or a later packet can meet the rule."""
    if _other_protocol(spec, offer) or _other_original_port(spec, offer):
        return False
    return _forth(chain, spec, offer, interface) or can_meet_answers(
        spec, offer, interface, world
    )


def _other_protocol(spec: Spec, offer: Offer) -> bool:
    number = NUMBERS[offer.protocol]
    return any(
        isinstance(m, ProtocolMatch) and m.number and (m.number == number) is m.negated
        for m in spec.matches
    )


def _ports(offer: Offer) -> set[int]:
    return {port for port in (offer.host_port, offer.container_port) if port is not None}


def _other_original_port(spec: Spec, offer: Offer) -> bool:
    """Whether the rule names an original destination port that is another one."""
    ports = _ports(offer)
    if offer.host_port is not None:
        ports = {offer.host_port}
    if not ports:
        return False
    return any(
        port.field is PortField.ORIG_DST
        and not port.negated
        and not any(each in port.ports for each in ports)
        for m in spec.matches
        if isinstance(m, ConntrackMatch)
        for port in m.ports
    )


def _forth(chain: str, spec: Spec, offer: Offer, interface: Interface) -> bool:
    return all(_may_forth(chain, match, offer, interface) for match in spec.matches)


def _may_forth(chain: str, match: Match, offer: Offer, interface: Interface) -> bool:
    match match:
        case InterfaceMatch(outgoing=False):
            return _names(match, interface.name)
        case PortMatch(field=PortField.DST, negated=False):
            ports = _ports(offer)
            return not ports or any(port in match.ports for port in ports)
        case ConntrackMatch(direction="REPLY"):
            return False
        case AddressMatch(field=AddressField.DST, negated=False) if chain != "INPUT":
            if offer.container_ip is None or offer.kind not in (Kind.PUBLISHED, Kind.DIRECT):
                return True
            family, number = parse_address(offer.container_ip)
            return family is not match.family or number in match.numbers
        case _:
            return True


def can_meet_answers(spec: Spec, offer: Offer, interface: Interface, world: World) -> bool:
    """Whether what a container answers can meet the rule."""
    return all(_may_back(match, offer, interface, world) for match in spec.matches)


def _may_back(match: Match, offer: Offer, interface: Interface, world: World) -> bool:
    match match:
        case InterfaceMatch(outgoing=False):
            inside = interface.behind is Behind.CONTAINERS
            bridges = [each.bridge for each in world.networks.values() if each.bridge]
            return inside or not bridges or any(_names(match, name) for name in (*bridges, "lo"))
        case InterfaceMatch(outgoing=True, negated=False, prefix=False):
            return match.name == interface.name or interface.behind is Behind.CONTAINERS
        case PortMatch(field=PortField.SRC, negated=False):
            ports = _ports(offer)
            return not ports or any(port in match.ports for port in ports)
        case ConntrackMatch(direction="ORIGINAL"):
            return False
        case _:
            return True


def _names(match: InterfaceMatch, name: str) -> bool:
    same = name.startswith(match.name) if match.prefix else name == match.name
    return same is not match.negated
