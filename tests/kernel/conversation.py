"""Opens connections through the host: first packet, the answer to it, and TCP's third packet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter

from tests.kernel.outcome import Outcome
from tests.kernel.packet import Packet, packed
from tests.kernel.prober import Prober, waves
from tests.kernel.topology import WIRES


@dataclass(frozen=True, slots=True)
class Talk:
    """Where the first packet went, and whether the connection could be opened."""

    first: Outcome
    opened: bool


def converse(prober: Prober, packets: Sequence[Packet]) -> list[Talk]:
    """Try to open a connection with each packet; whoever gets one beyond the host answers it.

    What the host itself gets is not answered, so it counts as not opened.
    """
    found = [Talk(Outcome(), False)] * len(packets)
    # A port for each: after source translation two clients might want the same one.
    for wave in waves(packets, attrgetter("proto", "sport")):
        sent = [packets[index] for index in wave]
        firsts, tag = prober.exchange(sent)
        answered = [place for place, first in enumerate(firsts) if first.place in WIRES]
        replies = [answer_to(sent[place], firsts[place], tag + place) for place in answered]
        backs, _ = prober.exchange(replies)
        good = [
            place
            for place, back in zip(answered, backs, strict=True)
            if _is_answer(sent[place], back)
        ]
        opened = set(_complete(prober, sent, firsts, good))
        prober.forget()
        for place, index in enumerate(wave):
            found[index] = Talk(firsts[place], place in opened)
    return found


def answer_to(packet: Packet, arrived: Outcome, tag: int) -> Packet:
    """The packet that whoever was reached sends back."""
    kinds = {"icmp": 0, "icmpv6": 129}
    return Packet(
        arrived.place,
        arrived.dst,
        arrived.src,
        packet.proto,
        arrived.dport if packet.proto not in kinds else arrived.sport,
        arrived.sport,
        flags="SA",
        icmp_type=kinds.get(packet.proto, -1),
        ack=tag + 1,
    )


def _is_answer(packet: Packet, back: Outcome) -> bool:
    """Whether the client would take it for an answer: from where it wrote, to where it is."""
    if back.place not in WIRES:
        return False
    if (packed(back.src), packed(back.dst)) != (packed(packet.dst), packed(packet.src)):
        return False
    if packet.proto in ("icmp", "icmpv6"):
        return back.sport == packet.sport
    return back.sport == packet.dport and back.dport == packet.sport


def _complete(
    prober: Prober, sent: Sequence[Packet], firsts: Sequence[Outcome], good: Sequence[int]
) -> list[int]:
    """The places whose connection is open: for TCP, whose third packet arrived as the first."""
    needing = [place for place in good if sent[place].proto == "tcp"]
    thirds = [
        Packet(
            sent[place].link,
            sent[place].src,
            sent[place].dst,
            "tcp",
            sent[place].sport,
            sent[place].dport,
            flags="A",
            ack=1,
        )
        for place in needing
    ]
    arrived, _ = prober.exchange(thirds)
    done = [place for place in good if sent[place].proto != "tcp"]
    for place, outcome in zip(needing, arrived, strict=True):
        first = firsts[place]
        if (outcome.place, outcome.dst, outcome.dport) == (first.place, first.dst, first.dport):
            done.append(place)
    return done
