"""Matches and targets whose answer no snapshot holds: what they ask, in words."""

from __future__ import annotations

from dockerwall.model.spec import UnknownMatch
from dockerwall.present.plain import plain

MODULES = {
    "limit": "while a rate limit is not exceeded",
    "hashlimit": "while a rate limit per address or port is not exceeded",
    "connlimit": "depending on how many connections are open",
    "connbytes": "depending on how much the connection has carried",
    "connlabel": "depending on the connection's label",
    "recent": "depending on what the sender did lately",
    "time": "at certain times",
    "quota": "until a byte quota is used up",
    "string": "depending on the bytes they carry",
    "u32": "depending on bytes tested by number (u32)",
    "bpf": "depending on a BPF program",
    "geoip": "depending on the country of an address",
    "asn": "depending on the network operator of an address",
    "statistic": "picked by chance or by count",
    "owner": "depending on which local user or process sent them",
    "cgroup": "depending on the local process's control group",
    "socket": "depending on an open socket of this host",
    "mac": "depending on the sender's hardware address",
    "policy": "depending on IPsec",
    "helper": "depending on a connection helper",
    "nfacct": "while an accounting object counts them",
    "rateest": "depending on an estimated rate",
    "osf": "depending on a guess at the sender's system",
    "ipvs": "depending on IPVS",
    "cluster": "depending on this node's share of a cluster",
    "l2tp": "depending on L2TP header fields",
    "esp": "depending on the IPsec SPI",
    "ah": "depending on the IPsec SPI",
    "realm": "depending on the routing realm",
    "devgroup": "depending on the interface group",
    "tcpmss": "depending on the TCP maximum segment size",
    "tos": "depending on the type-of-service field",
    "ecn": "depending on congestion bits",
    "ipv6header": "depending on IPv6 extension headers",
    "hbh": "depending on IPv6 options",
    "dst": "depending on IPv6 options",
    "rt": "depending on the IPv6 routing header",
    "frag": "depending on the IPv6 fragment header",
    "mh": "depending on the mobility header",
    "cpu": "depending on the processor that handles them",
}

TARGETS = {
    "NFQUEUE": "are handed to a program, which decides",
    "QUEUE": "are handed to a program, which decides",
    "TPROXY": "are handed to a local proxy",
    "SYNPROXY": "are answered by the kernel's SYN proxy first",
    "TTL": "get another TTL",
    "HL": "get another hop limit",
    "TARPIT": "are held in a tar pit",
    "DELUDE": "are answered as if the port were open",
    "CHAOS": "are treated at random",
}


def module_words(match: UnknownMatch) -> str:
    """What an undecidable match asks, with its own text; said to be so when it is not known."""
    text = plain(match.text)
    known = MODULES.get(match.module)
    if known is None:
        return f"for which {text} (not understood) holds"
    return f"{known} ({text})"
