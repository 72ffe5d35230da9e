"""Source and destination port excluded in one rule: the variants load it differently."""

from tests.kernel.case import STRANGER6, WEB, WEB6, Case, packet, truth
from tests.kernel.rules import Variant

_PAIRS = [(sport, dport) for sport in (1000, 1001, 999) for dport in (80, 81, 79)]


def _pairs(
    name: str,
    says: str,
    proto: str,
    rows: dict[str, str],
    variants: tuple[Variant, ...],
    version: int,
) -> Case:
    """Rows of ports against packets by source port 1000, 1001, 999 and each of three ports."""
    return truth(
        name,
        says,
        "mangle FORWARD",
        tuple(
            packet(WEB, dport, sport=sport, proto=proto)
            if version == 4
            else packet(WEB6, dport, sport=sport, proto=proto, src=STRANGER6)
            for sport, dport in _PAIRS
        ),
        {f"-p {proto} -m {proto} {row}": text for row, text in rows.items()},
        version=version,
        variants=variants,
    )


_APART = {
    "--sport 1000 ! --dport 80": "011 000 000",
    "! --sport 1000 --dport 80": "000 100 100",
    "! --sport 1000:1001 ! --dport 80": "000 000 011",
    "! --sport 1000 ! --dport 80:81": "000 001 001",
    "! --sport 1000:1001 ! --dport 80:81": "000 000 001",
}
_BOTH = {"! --sport 1000 ! --dport 80": "000 011 011", "! --dport 80 ! --sport 1000": "000 011 011"}
_PAIR = {"! --sport 1000 ! --dport 80": "011 111 111", "! --dport 80 ! --sport 1000": "011 111 111"}

CASES: tuple[Case, ...] = (
    *(
        _pairs(
            f"two-negated-ports-of-iptables-nft-{proto}-{version}",
            "iptables-nft 1.8.9 loads two negated single ports as `not this pair`, printed "
            "the same; the model leaves such a rule unknown, and takes ranges as they are written.",
            proto,
            {**_PAIR, **_APART},
            ("nft",),
            version,
        )
        for proto, version in (("tcp", 4), ("udp", 4), ("tcp", 6))
    ),
    *(
        _pairs(
            f"two-negated-ports-{proto}-{version}",
            "The legacy variant excludes either port.",
            proto,
            {**_BOTH, **_APART},
            ("legacy",),
            version,
        )
        for proto, version in (("tcp", 4), ("udp", 4), ("tcp", 6))
    ),
    _pairs(
        "two-negated-ports-sctp",
        "SCTP's ports are never loaded as a pair.",
        "sctp",
        {**_BOTH, **_APART},
        ("nft", "legacy"),
        4,
    ),
    truth(
        "two-negated-ports-apart",
        "Multiport, and two matches of one protocol, exclude either port.",
        "mangle FORWARD",
        tuple(packet(WEB, dport, sport=sport) for sport, dport in _PAIRS),
        {
            "-p tcp -m multiport ! --sports 1000 -m multiport ! --dports 80": "000 011 011",
            "-p tcp -m tcp ! --sport 1000 -m multiport ! --dports 80": "000 011 011",
            "-p tcp -m tcp ! --sport 1000 -m tcp ! --dport 80": "000 011 011",
        },
    ),
)
