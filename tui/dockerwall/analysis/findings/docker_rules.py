"""Which rules Docker writes itself, told from those an operator put beside them.

Docker's chains are emptied or rebuilt when the daemon starts, so an operator's rule in them does
not last. Recognised are the forms of Docker 20.10 to 29; in Docker's own chains a rule is only
taken for an operator's when it names something that Docker never names there.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from dockerwall.model.addresses import AddressSet
from dockerwall.model.spec import (
    AddressField,
    AddressMatch,
    AddrTypeMatch,
    ConntrackMatch,
    Dnat,
    IcmpMatch,
    InterfaceMatch,
    Jump,
    MarkMatch,
    Match,
    PortField,
    PortMatch,
    ProtocolMatch,
    Return,
    SetMatch,
    Snat,
    Spec,
    Stop,
)

CHAINS = re.compile(r"DOCKER(?!-USER$)(?:-[A-Z0-9-]+)?$")
"""Names of chains that belong to Docker; DOCKER-USER belongs to the operator."""
_BRIDGES = re.compile(r"(?:docker0|docker_gwbridge|br-[0-9a-f]{12})$")
_LINK_LOCAL = AddressSet.parse("fe80::/10").numbers
_ANSWERS = frozenset({"RELATED", "ESTABLISHED"})


def is_bridge(name: str, known: Collection[str]) -> bool:
    """Whether an interface is a bridge of Docker's, by what Docker said or by its name."""
    return name in known or _BRIDGES.match(name) is not None


def by_docker(spec: Spec, bridges: Collection[str], subnets: AddressSet) -> bool:
    """Whether a rule is one of Docker's own."""
    if CHAINS.match(spec.chain):
        return not _foreign(spec, bridges, subnets)
    if spec.chain == "DOCKER-USER":
        return isinstance(spec.target, Return) and not spec.matches and not spec.comments
    return not spec.comments and _in_base_chain(spec, bridges, subnets)


def _in_base_chain(spec: Spec, bridges: Collection[str], subnets: AddressSet) -> bool:
    target = spec.target
    if isinstance(target, Jump) and (CHAINS.match(target.chain) or target.chain == "DOCKER-USER"):
        return True
    if isinstance(target, Snat):
        return any(_inside(match, subnets) for match in spec.matches)
    devices = [match for match in spec.matches if isinstance(match, InterfaceMatch)]
    if spec.chain == "PREROUTING" and isinstance(target, Stop):
        return any(m.negated and (m.name == "lo" or is_bridge(m.name, bridges)) for m in devices)
    rest = [match for match in spec.matches if not isinstance(match, InterfaceMatch)]
    return (
        spec.chain == "FORWARD"
        and isinstance(target, Stop)
        and bool(devices)
        and all(is_bridge(match.name, bridges) for match in devices)
        and all(_answers(match) for match in rest)
    )


def _inside(match: Match, subnets: AddressSet) -> bool:
    return (
        isinstance(match, AddressMatch)
        and match.field is AddressField.SRC
        and not match.negated
        and subnets.numbers.covers(match.numbers)
    )


def _answers(match: Match) -> bool:
    return (
        isinstance(match, ConntrackMatch)
        and match.states is not None
        and match.states.words == _ANSWERS
    )


def _foreign(spec: Spec, bridges: Collection[str], subnets: AddressSet) -> bool:
    """Whether a rule in one of Docker's chains says what Docker never says there."""
    target = spec.target
    if not isinstance(target, Stop | Return | Jump | Dnat | Snat):
        return True
    named = [_names_docker(match, bridges, subnets) for match in spec.matches]
    if False in named:
        return True
    if not isinstance(target, Stop) or spec.chain == "DOCKER-INGRESS":
        return False
    if spec.chain == "DOCKER" and target.verdict != "ACCEPT":
        # Docker closes whole bridges there, never one port or address.
        return not all(isinstance(match, InterfaceMatch) for match in spec.matches) or not named
    return True not in named


def _names_docker(match: Match, bridges: Collection[str], subnets: AddressSet) -> bool | None:
    """True for something that is Docker's, False for what Docker never writes, None for neither."""
    match match:
        case InterfaceMatch():
            if match.negated and match.name == "lo":
                return True
            return not match.prefix and is_bridge(match.name, bridges)
        case AddressMatch(field=AddressField.DST, negated=False):
            return True
        case AddressMatch():
            own = subnets.numbers.covers(match.numbers)
            return own or _LINK_LOCAL.covers(match.numbers)
        case ProtocolMatch(negated=False) | AddrTypeMatch() | MarkMatch() | IcmpMatch():
            return None
        case PortMatch(negated=False, field=PortField.DST | PortField.SRC):
            return None if len(match.ports.spans) == 1 else False
        case ConntrackMatch():
            return None if _answers(match) else False
        case SetMatch():
            return match.name.startswith("docker-ext-bridges-")
        case _:
            return False
