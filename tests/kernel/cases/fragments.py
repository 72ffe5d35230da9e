"""Fragments of datagrams."""

from tests.kernel.case import Case, packet, truth

_FRAGMENTS = (
    packet(proto="udp", fragment=100),
    packet(proto="tcp", fragment=100),
    packet(proto="icmp", fragment=100),
    packet(proto="udp", more=True),
)
_UNTRACKED = {
    "-f": "1110",
    "! -f": "0001",
    "-p tcp": "0100",
    "-p udp -m multiport ! --dports 79": "0001",
    "-p icmp ! --icmp-type 3": "0000",
}
_ENDS = ("docker0a 172.17.0.2",) * 3 + ("docker0a 172.17.0.2:80",)


def _without_tracking(case: Case) -> Case:
    """The same case on a host that tracks no connections."""
    from dataclasses import replace

    return replace(case, tracking=False)


CASES = (
    truth(
        "fragments-are-reassembled-first",
        "With connection tracking no rule ever sees a fragment: lone ones are kept back.",
        "raw PREROUTING",
        _FRAGMENTS,
        {"-f": "0000", "-p udp": "0000", "! -f": "0000"},
        expected=("none",) * 4,
    ),
    _without_tracking(
        truth(
            "fragments-match-no-ports",
            "Without tracking, matches of ports and types never match a later fragment.",
            "filter FORWARD",
            _FRAGMENTS,
            {**_UNTRACKED, "-p udp --dport 80": "0001", "-p udp ! --dport 80": "0000"},
            variants=("legacy",),
            expected=_ENDS,
        )
    ),
    _without_tracking(
        truth(
            "fragments-nft-reads-ports-from-the-payload",
            "The nft variant's port matches read a later fragment's payload as if it were ports.",
            "filter FORWARD",
            _FRAGMENTS,
            {**_UNTRACKED, "-p udp ! --dport 80": "1000", "-p tcp ! --dport 80": "0100"},
            variants=("nft",),
            expected=_ENDS,
        )
    ),
)
