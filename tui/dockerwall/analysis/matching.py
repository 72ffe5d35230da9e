"""Whether a match holds for a box of packets: each match of a rule made once into a test.

Source: iptables-extensions(8) and net/netfilter/xt_*.c as named at each test.
"""

from __future__ import annotations

from typing import assert_never

from dockerwall.analysis.addrtypes import addrtype
from dockerwall.analysis.answers import Surroundings, Test, never_known
from dockerwall.analysis.fields import (
    address,
    interface,
    mark,
    physdev,
    pkttype,
    port,
    sender,
)
from dockerwall.analysis.membership import membership
from dockerwall.analysis.reverse import rpfilter
from dockerwall.analysis.tracking import conntrack
from dockerwall.model.spec import (
    AddressMatch,
    AddrTypeMatch,
    ConntrackMatch,
    FragmentMatch,
    IcmpMatch,
    InterfaceMatch,
    MarkMatch,
    Match,
    PhysdevMatch,
    PktTypeMatch,
    PortMatch,
    ProtocolMatch,
    RpfilterMatch,
    SenderMatch,
    SetMatch,
    TcpFlagsMatch,
    UnknownMatch,
)


def make_test(match: Match, around: Surroundings) -> Test:
    """The test of one match."""
    match match:
        case AddressMatch():
            return address(match, around)
        case InterfaceMatch():
            return interface(match)
        case ProtocolMatch():
            number, negated = match.number, match.negated
            return lambda packet: (packet.proto == number) is not negated
        case FragmentMatch():
            negated = match.negated
            return lambda packet: negated
        case PortMatch():
            return port(match)
        case TcpFlagsMatch():
            mask, wanted, negated = match.mask, match.set, match.negated
            return lambda packet: (packet.flags & mask == wanted) is not negated
        case IcmpMatch():
            codes, negated = match.codes, match.negated
            return lambda packet: (packet.dport in codes) is not negated
        case ConntrackMatch():
            return conntrack(match, around)
        case SetMatch():
            return membership(match, around)
        case MarkMatch():
            return mark(match)
        case AddrTypeMatch():
            return addrtype(match, around)
        case PhysdevMatch():
            return physdev(match, around)
        case RpfilterMatch():
            return rpfilter(match, around)
        case PktTypeMatch():
            return pkttype(match)
        case SenderMatch():
            return sender(match, around)
        case UnknownMatch():
            return never_known
        case _:
            assert_never(match)
