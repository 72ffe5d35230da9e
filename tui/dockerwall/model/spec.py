"""What a rule means: its matches, all of which must hold, and its target.

Names follow iptables-extensions(8). What is not understood is kept as text in an `Unknown...`
value, so that no judgement can overlook it.
"""

from __future__ import annotations

from enum import StrEnum

from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.value import value


class AddressField(StrEnum):
    """Which address of the packet, or of its connection, is compared."""

    SRC = "src"
    DST = "dst"
    ORIG_SRC = "origsrc"
    ORIG_DST = "origdst"
    REPL_SRC = "replsrc"
    REPL_DST = "repldst"


class PortField(StrEnum):
    """Which port of the packet, or of its connection, is compared."""

    SRC = "sport"
    DST = "dport"
    EITHER = "ports"
    ORIG_SRC = "origsrcport"
    ORIG_DST = "origdstport"
    REPL_SRC = "replsrcport"
    REPL_DST = "repldstport"


@value
class AddressMatch:
    """`-s`, `-d`, `--src-range`, `--dst-range`: an address of this packet."""

    field: AddressField
    family: Family
    numbers: Intervals
    negated: bool = False


@value
class InterfaceMatch:
    """`-i`, `-o`: the interface a packet came in by or leaves by."""

    outgoing: bool
    name: str
    """Without the trailing `+`."""
    prefix: bool
    """Whether it was written `name+`: any interface whose name begins so, `name` itself too."""
    negated: bool = False


@value
class ProtocolMatch:
    """`-p`: the transport protocol's number."""

    number: int
    negated: bool = False


@value
class FragmentMatch:
    """`-f`: second and further fragments of a packet."""

    negated: bool = False


@value
class PortMatch:
    """`--sport`, `--dport`, multiport; the protocol is another match of the same rule."""

    field: PortField
    ports: Intervals
    negated: bool = False


@value
class TcpFlagsMatch:
    """`--tcp-flags MASK SET`, `--syn`: of the flags in `mask`, exactly those in `set` are on."""

    mask: int
    set: int
    negated: bool = False


@value
class IcmpMatch:
    """`--icmp-type`, `--icmpv6-type`: type*256+code."""

    codes: Intervals
    negated: bool = False


@value
class Negatable:
    """A set of words, and whether the packet must have none of them."""

    words: frozenset[str]
    negated: bool = False


@value
class ConntrackMatch:
    """All options of one `-m conntrack` or `-m state`: they are judged together.

    Without a conntrack entry only `states` is looked at (xt_conntrack.c, conntrack_mt).
    """

    states: Negatable | None = None
    """INVALID, NEW, ESTABLISHED, RELATED, UNTRACKED, SNAT, DNAT."""
    status: Negatable | None = None
    """NONE, EXPECTED, SEEN_REPLY, ASSURED, CONFIRMED."""
    direction: str | None = None
    """ORIGINAL or REPLY (a negated one is turned into the other)."""
    protocol: ProtocolMatch | None = None
    addresses: tuple[AddressMatch, ...] = ()
    ports: tuple[PortMatch, ...] = ()
    unknown: tuple[str, ...] = ()
    """Options that cannot be decided, such as `--ctexpire`."""


@value
class SetMatch:
    """`-m set --match-set NAME src,dst...`."""

    name: str
    directions: tuple[str, ...]
    """`src` or `dst` for each dimension."""
    negated: bool = False
    nomatch: bool = False
    """`--return-nomatch`: it holds where the deciding element is one marked `nomatch`."""


@value
class MarkMatch:
    """`-m mark`, `-m connmark`: mark & mask == value."""

    connection: bool
    value: int
    mask: int
    negated: bool = False


@value
class AddrTypeMatch:
    """`-m addrtype`: what kind of address the routing tables say it is."""

    source: Negatable | None = None
    destination: Negatable | None = None
    limit: str | None = None
    """`in` or `out`: only addresses of that interface count (`--limit-iface-in`, `-out`)."""


@value
class PhysdevMatch:
    """`-m physdev`: the bridge port; each option with its own negation."""

    options: tuple[tuple[str, str, bool], ...]
    """(`in`, `out`, `is-in`, `is-out` or `is-bridged`; interface or empty; negated)."""


@value
class RpfilterMatch:
    """`-m rpfilter`: whether a reply to the source would leave by where the packet came in."""

    loose: bool = False
    validmark: bool = False
    accept_local: bool = False
    inverted: bool = False


@value
class PktTypeMatch:
    """`-m pkttype`: unicast, broadcast or multicast on the link."""

    type: str
    negated: bool = False


@value
class SenderMatch:
    """A header field whose value the sender is free to choose.

    `ttl`, `length`, `dscp`, or `header`: the number of an IPv6 extension header, 255 for none.
    """

    field: str
    values: Intervals
    negated: bool = False


@value
class UnknownMatch:
    """A match that cannot be decided from a snapshot, or is not understood, as written."""

    module: str
    text: str


Match = (
    AddressMatch
    | InterfaceMatch
    | ProtocolMatch
    | FragmentMatch
    | PortMatch
    | TcpFlagsMatch
    | IcmpMatch
    | ConntrackMatch
    | SetMatch
    | MarkMatch
    | AddrTypeMatch
    | PhysdevMatch
    | RpfilterMatch
    | PktTypeMatch
    | SenderMatch
    | UnknownMatch
)


@value
class Stop:
    """ACCEPT, DROP or REJECT: ends the base chain."""

    verdict: str
    reason: str = ""
    """REJECT's `--reject-with`."""


@value
class Return:
    """RETURN: back to the calling chain, or on to the policy."""


@value
class Jump:
    """A user's chain; with `goto` the way back leads to this chain's caller."""

    chain: str
    goto: bool = False


@value
class Continue:
    """A target that leaves the packet's way as it is: none at all, LOG, NFLOG, TRACE, TCPMSS..."""

    name: str = ""
    text: str = ""


@value
class Dnat:
    """DNAT: a new destination, chosen by the kernel within the ranges."""

    addresses: tuple[int, int] | None
    ports: tuple[int, int] | None
    base: int | None = None
    """`PORT-PORT/BASE`: the first port stands for BASE, the next for BASE + 1, round and round."""


@value
class Redirect:
    """REDIRECT: DNAT to the first address of the incoming interface."""

    ports: tuple[int, int] | None


@value
class Netmap:
    """NETMAP: the network part of the address is replaced, the rest kept."""

    network: int
    mask: int


@value
class Snat:
    """SNAT, or MASQUERADE when there is no address: a new source."""

    addresses: tuple[int, int] | None
    ports: tuple[int, int] | None
    masquerade: bool = False


@value
class SetMark:
    """MARK: mark = (mark & ~mask) ^ value."""

    value: int
    mask: int


@value
class Connmark:
    """CONNMARK: `set` as MARK does, `save` packet to connection, `restore` connection to packet."""

    action: str
    value: int
    mask: int
    """For save and restore: `value` is the connection's mask (--ctmask), `mask` the packet's."""


@value
class NoTrack:
    """CT --notrack, NOTRACK: the packet passes conntrack by, and so has no NAT."""


@value
class UnknownTarget:
    """A target that may accept, drop, change or let go on: NFQUEUE, TPROXY, or not understood."""

    name: str
    text: str


Target = (
    Stop
    | Return
    | Jump
    | Continue
    | Dnat
    | Redirect
    | Netmap
    | Snat
    | SetMark
    | Connmark
    | NoTrack
    | UnknownTarget
)


@value
class Spec:
    """A rule, understood."""

    chain: str
    matches: tuple[Match, ...]
    target: Target
    comments: tuple[str, ...] = ()
    unparsed: tuple[str, ...] = ()
    """Words nothing is known of; each is also an UnknownMatch or UnknownTarget."""
