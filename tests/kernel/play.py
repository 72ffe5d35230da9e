"""Plays a witness's conversation for real: its first packet, the answer, the opener's next."""

from __future__ import annotations

from dataclasses import replace

from tests.kernel.conversation import answer_to
from tests.kernel.outcome import Outcome
from tests.kernel.own_packets import HOST_ITSELF
from tests.kernel.packet import PROTOCOL_NAMES, Packet, datagram
from tests.kernel.prober import Prober
from tests.kernel.topology import WIRES

from dockerwall.analysis.findings.shadowing.conversation import Act, Conversation
from dockerwall.model.addresses import format_address
from dockerwall.model.kinds import Family


def opener(talk: Conversation) -> Packet:
    """The first packet."""
    icmp = talk.proto in (1, 58)
    wires = {interface: wire for wire, interface in reversed(WIRES.items())}
    return Packet(
        wires[talk.iif] if talk.iif else HOST_ITSELF,
        format_address(talk.family, talk.src),
        format_address(talk.family, talk.dst),
        PROTOCOL_NAMES[talk.proto],
        talk.sport,
        0 if icmp else talk.dport,
        flags="R" if talk.act is Act.STRAY else "S",
        icmp_type=talk.dport >> 8 if icmp else -1,
        icmp_code=talk.dport & 255 if icmp else 0,
    )


def play(prober: Prober, talk: Conversation) -> list[Outcome]:
    """Every packet of the conversation, as far as it gets; then it is forgotten."""
    first = opener(talk)
    outcomes, tag = prober.exchange([first])
    arrived = outcomes[0]
    if talk.act is not Act.STRAY and arrived.place != "none":
        outcomes += _go_on(prober, talk, first, arrived, tag)
    prober.forget()
    return outcomes


def _go_on(
    prober: Prober, talk: Conversation, first: Packet, arrived: Outcome, tag: int
) -> list[Outcome]:
    if talk.act is Act.REFUSED:
        found, _ = prober.exchange([refusal(talk, first, arrived, tag)])
        return found
    found, _ = prober.exchange([answer_to(first, arrived, tag)])
    if first.proto == "tcp" and found[0].place != "none":
        found += prober.exchange([replace(first, flags="A", ack=1)])[0]
    return found


def refusal(talk: Conversation, first: Packet, arrived: Outcome, tag: int) -> Packet:
    """The ICMP error about a packet, from where it arrived."""
    seen = replace(
        first,
        src=arrived.src,
        dst=arrived.dst,
        sport=arrived.sport,
        dport=arrived.dport,
    )
    return Packet(
        arrived.place,
        arrived.dst,
        arrived.src,
        "icmp" if talk.family is Family.IPV4 else "icmpv6",
        icmp_type=talk.code >> 8,
        icmp_code=talk.code & 255,
        quoted=datagram(seen, tag),
    )
