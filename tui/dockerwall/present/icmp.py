"""ICMP types in words; source: iana.org/assignments/icmp-parameters and icmpv6-parameters."""

from __future__ import annotations

from dockerwall.model.kinds import Family
from dockerwall.model.spec import IcmpMatch
from dockerwall.present.wording import listed, span_text

_V4 = {
    0: "ping replies",
    3: "destination-unreachable messages",
    4: "source-quench messages",
    5: "redirects",
    8: "ping requests",
    9: "router advertisements",
    10: "router solicitations",
    11: "time-exceeded messages",
    12: "parameter-problem messages",
    13: "timestamp requests",
    14: "timestamp replies",
    17: "address-mask requests",
    18: "address-mask replies",
}
_V6 = {
    1: "destination-unreachable messages",
    2: "packet-too-big messages",
    3: "time-exceeded messages",
    4: "parameter-problem messages",
    128: "ping requests",
    129: "ping replies",
    130: "multicast listener queries",
    131: "multicast listener reports",
    132: "multicast listener done messages",
    133: "router solicitations",
    134: "router advertisements",
    135: "neighbour solicitations",
    136: "neighbour advertisements",
    137: "redirects",
    143: "multicast listener reports (v2)",
}


def icmp_words(match: IcmpMatch, family: Family) -> str:
    """`that are ping requests`, with the code where only some codes are meant."""
    names = _V4 if family is Family.IPV4 else _V6
    kinds = []
    for low, high in match.codes:
        first, last = low >> 8, high >> 8
        if (low & 255, high & 255) == (0, 255):
            if first == last:
                kinds.append(names.get(first, f"ICMP type {first}"))
            else:
                kinds.append(f"ICMP types {first}-{last}")
        elif first == last:
            codes = span_text(low & 255, high & 255)
            kinds.append(f"{names.get(first, f'ICMP type {first}')} with code {codes}")
        else:
            kinds.append(f"ICMP type and code {low}-{high}")
    return f"that are {'not ' if match.negated else ''}{listed(kinds) or 'no ICMP'}"
