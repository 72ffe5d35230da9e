"""The matches of a rule as clauses of a sentence about the packets they take."""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from dockerwall.model import spec as s
from dockerwall.model.kinds import Family
from dockerwall.present.icmp import icmp_words
from dockerwall.present.names import Names
from dockerwall.present.plain import plain
from dockerwall.present.unknowns import module_words
from dockerwall.present.wording import (
    addresses_text,
    listed,
    ports_text,
    protocol_name,
    span_text,
)


class Rank(IntEnum):
    """Where in the sentence a clause stands."""

    FROM = 1
    ARRIVING = 2
    TO = 3
    PORT = 4
    LEAVING = 5
    WHOSE = 6
    """A relative clause, set off by commas."""


class Clause(NamedTuple):
    """Part of a sentence, and its place in it."""

    rank: Rank
    text: str


class Condition:
    """Turns matches into clauses; it holds what all of them need to know."""

    def __init__(self, family: Family, protocol: str, names: Names) -> None:
        self.family = family
        self.protocol = protocol
        """The rule's protocol in words, empty when it takes several."""
        self.names = names

    def clauses(self, match: s.Match) -> Iterator[Clause]:
        """What one match says of the packets; nothing for the protocol, which is the subject's."""
        match match:
            case s.AddressMatch():
                yield self.address(match)
            case s.InterfaceMatch():
                yield self.interface(match)
            case s.ProtocolMatch():
                return
            case s.FragmentMatch():
                yield Clause(Rank.WHOSE, _fragment(match))
            case s.PortMatch():
                yield self.port(match, self.protocol)
            case s.TcpFlagsMatch():
                yield Clause(Rank.WHOSE, _tcp_flags(match))
            case s.IcmpMatch():
                yield Clause(Rank.WHOSE, icmp_words(match, self.family))
            case s.ConntrackMatch():
                yield from self.conntrack(match)
            case s.SetMatch():
                yield Clause(Rank.WHOSE, self.ipset(match))
            case s.MarkMatch():
                yield Clause(Rank.WHOSE, _mark(match))
            case s.AddrTypeMatch():
                yield from _addrtype(match)
            case s.PhysdevMatch():
                yield from _physdev(match)
            case s.RpfilterMatch():
                yield Clause(Rank.WHOSE, _rpfilter(match))
            case s.PktTypeMatch():
                article = "not " if match.negated else ""
                yield Clause(Rank.WHOSE, f"{article}sent as {plain(match.type)} on the link")
            case s.SenderMatch():
                yield Clause(Rank.WHOSE, _sender(match))
            case s.UnknownMatch():
                yield Clause(Rank.WHOSE, module_words(match))

    def address(self, match: s.AddressMatch) -> Clause:
        """From, to, or which address the connection was opened to."""
        text = addresses_text(match.family, match.numbers)
        name = self.names.of_addresses(match.family, match.numbers)
        if name:
            text += f" ({name})"
        if match.negated:
            text = f"any address but {text}"
        match match.field:
            case s.AddressField.SRC:
                return Clause(Rank.FROM, f"from {text}")
            case s.AddressField.DST:
                return Clause(Rank.TO, f"to {text}")
            case s.AddressField.ORIG_DST:
                return Clause(Rank.TO, f"sent to {text} (as published)")
            case s.AddressField.ORIG_SRC:
                return Clause(Rank.WHOSE, f"whose connection was opened from {text}")
            case s.AddressField.REPL_SRC:
                return Clause(Rank.WHOSE, f"whose connection is answered from {text}")
            case s.AddressField.REPL_DST:
                return Clause(Rank.WHOSE, f"whose connection is answered to {text}")

    def port(self, match: s.PortMatch, protocol: str) -> Clause:
        """For which port, or from which."""
        text = ports_text(match.ports, protocol)
        if match.negated:
            text = f"any {protocol} port but {ports_text(match.ports)}".replace("  ", " ")
        match match.field:
            case s.PortField.DST:
                return Clause(Rank.PORT, f"for {text}")
            case s.PortField.SRC:
                return Clause(Rank.FROM, f"sent from {text}")
            case s.PortField.EITHER:
                return Clause(Rank.PORT, f"from or for {text}")
            case s.PortField.ORIG_DST:
                return Clause(Rank.PORT, f"for {text} (as published)")
            case s.PortField.ORIG_SRC:
                return Clause(Rank.WHOSE, f"whose connection was opened from {text}")
            case s.PortField.REPL_SRC:
                return Clause(Rank.WHOSE, f"whose connection is answered from {text}")
            case s.PortField.REPL_DST:
                return Clause(Rank.WHOSE, f"whose connection is answered to {text}")

    def interface(self, match: s.InterfaceMatch) -> Clause:
        """Arriving on, or leaving by."""
        name = plain(match.name)
        if match.prefix:
            which = "those" if match.negated else "any interface"
            text = f"{which} whose name begins with {name}"
        else:
            known = self.names.of_interface(match.name)
            text = f"{name} ({known})" if known else name
        if match.negated:
            text = f"any interface but {text}"
        if match.outgoing:
            return Clause(Rank.LEAVING, f"leaving by {text}")
        return Clause(Rank.ARRIVING, f"arriving on {text}")

    def conntrack(self, match: s.ConntrackMatch) -> Iterator[Clause]:
        """State, direction and the connection's own addresses and ports."""
        if match.states is not None:
            yield Clause(Rank.WHOSE, states_words(match.states))
        if match.status is not None:
            words = _negatable(match.status)
            yield Clause(Rank.WHOSE, f"whose connection's status is {words}")
        protocol = self.protocol
        if match.protocol is not None:
            protocol = protocol_name(match.protocol.number)
            if match.protocol.negated or not match.ports:
                kind = f"any protocol but {protocol}" if match.protocol.negated else protocol
                yield Clause(Rank.WHOSE, f"whose connection uses {kind}")
        for address in match.addresses:
            yield self.address(address)
        for port in match.ports:
            yield self.port(port, protocol)
        if match.direction == "REPLY":
            yield Clause(Rank.WHOSE, "sent in answer to whoever opened the connection")
        elif match.direction == "ORIGINAL":
            if not (match.addresses or match.ports):
                yield Clause(Rank.WHOSE, "sent by whoever opened the connection")
        elif match.addresses or match.ports:
            yield Clause(Rank.WHOSE, "in either direction")
        for text in match.unknown:
            yield Clause(Rank.WHOSE, f"with {plain(text)} (cannot be told from a snapshot)")

    def ipset(self, match: s.SetMatch) -> str:
        """Membership in an ipset, with what is known of the set."""
        sides = {"src": "source", "dst": "destination"}
        fields = listed([sides.get(side, side) for side in match.directions], "and")
        verb = "are" if len(match.directions) > 1 else "is"
        if match.negated:
            verb += " not"
        about = self.names.of_ipset(match.name)
        text = f"whose {fields} {verb} in the set {plain(match.name)}"
        if about:
            text += f" ({about})"
        if match.nomatch:
            text += " by an element marked nomatch"
        return text


def states_words(states: s.Negatable) -> str:
    """The connection states, in words for the usual ones."""
    words = states.words
    if not states.negated:
        if words == {"ESTABLISHED", "RELATED"}:
            return "that belong to an open connection or are related to one"
        if words == {"ESTABLISHED"}:
            return "that belong to an open connection"
        if words == {"RELATED"}:
            return "that are related to an open connection"
        if words == {"NEW"}:
            return "that open a connection"
        if words == {"INVALID"}:
            return "that fit no connection (INVALID)"
        if words == {"DNAT"}:
            return "whose destination was rewritten (DNAT)"
        if words == {"SNAT"}:
            return "whose source was rewritten (SNAT)"
        if words == {"UNTRACKED"}:
            return "that are not tracked"
    elif words == {"ESTABLISHED", "RELATED"}:
        return "that belong to no open connection and are related to none"
    elif words == {"DNAT"}:
        return "whose destination was not rewritten (DNAT)"
    elif words == {"NEW"}:
        return "that do not open a connection"
    return f"whose connection state is {_negatable(states)}"


def _negatable(choice: s.Negatable) -> str:
    words = sorted(choice.words)
    if not choice.negated:
        return listed(words)
    return f"neither {listed(words, 'nor')}" if len(words) > 1 else f"not {listed(words)}"


def _fragment(match: s.FragmentMatch) -> str:
    if match.negated:
        return "that are whole or a first fragment"
    return "that are second or further fragments"


_FLAGS = ((1, "FIN"), (2, "SYN"), (4, "RST"), (8, "PSH"), (16, "ACK"), (32, "URG"))


def _flag_names(bits: int) -> list[str]:
    return [name for bit, name in _FLAGS if bits & bit]


def _tcp_flags(match: s.TcpFlagsMatch) -> str:
    if (match.mask, match.set) == (0x17, 0x02):
        return (
            "that do not open a TCP connection" if match.negated else "that open a TCP connection"
        )
    looked_at = listed(_flag_names(match.mask), "and")
    on = listed(_flag_names(match.set), "and") or "none"
    verb = "not exactly" if match.negated else "exactly"
    return f"with, of the TCP flags {looked_at or 'none'}, {verb} {on} set"


def _mark(match: s.MarkMatch) -> str:
    whose = "whose connection carries" if match.connection else "that carry"
    masked = "" if match.mask == 0xFFFFFFFF else f" under the mask {match.mask:#x}"
    kind = "any mark but" if match.negated else "the mark"
    return f"{whose} {kind} {match.value:#x}{masked}"


_ADDRTYPES = {
    "LOCAL": "an address of this host",
    "UNICAST": "an ordinary (unicast) address",
    "BROADCAST": "a broadcast address",
    "MULTICAST": "a multicast address",
    "ANYCAST": "an anycast address",
    "UNSPEC": "the unspecified address",
    "BLACKHOLE": "an address routed into a black hole",
    "UNREACHABLE": "an address routed as unreachable",
    "PROHIBIT": "an address routed as prohibited",
}


def _addrtype(match: s.AddrTypeMatch) -> Iterator[Clause]:
    limits = {"in": " on the interface they arrived on", "out": " on the interface they leave by"}
    limit = limits.get(match.limit or "", "")
    for rank, preposition, words in (
        (Rank.FROM, "from", match.source),
        (Rank.TO, "to", match.destination),
    ):
        if words is None:
            continue
        kinds = listed([_ADDRTYPES.get(word, plain(word)) for word in sorted(words.words)])
        not_ = "anything but " if words.negated else ""
        yield Clause(rank, f"{preposition} {not_}{kinds}{limit}")


def _physdev(match: s.PhysdevMatch) -> Iterator[Clause]:
    words = {
        "is-in": (
            "that arrived through a bridge port",
            "that did not arrive through a bridge port",
        ),
        "is-out": ("that leave through a bridge port", "that do not leave through a bridge port"),
        "is-bridged": ("that are bridged, not routed", "that are not bridged"),
    }
    for option, interface, negated in match.options:
        port = plain(interface)
        but = "any bridge port but " if negated else "the bridge port "
        if option == "in":
            yield Clause(Rank.ARRIVING, f"arriving through {but}{port}")
        elif option == "out":
            yield Clause(Rank.LEAVING, f"leaving through {but}{port}")
        else:
            yes, no = words.get(option, (f"with {plain(option)}", f"without {plain(option)}"))
            yield Clause(Rank.WHOSE, no if negated else yes)


def _rpfilter(match: s.RpfilterMatch) -> str:
    by = "" if match.loose else " by the interface they came in by"
    verb = "cannot be answered" if match.inverted else "can be answered"
    extra = " (marks considered)" if match.validmark else ""
    extra += " (this host's own addresses allowed)" if match.accept_local else ""
    return f"whose source {verb}{by}{extra}"


_HEADERS = {
    0: "hop-by-hop options",
    43: "a routing header",
    44: "a fragment header",
    51: "an authentication header",
    60: "destination options",
    135: "a mobility header",
}


def _sender(match: s.SenderMatch) -> str:
    if match.field == "header":
        names = [_HEADERS.get(low, f"IPv6 header {low}") for low, _ in match.values]
        return f"{'without' if match.negated else 'with'} {listed(names)}"
    values = listed([span_text(low, high) for low, high in match.values])
    nouns = {"ttl": "a TTL of", "length": "a length in bytes of", "dscp": "a DSCP value of"}
    noun = nouns.get(match.field, f"{plain(match.field)} of")
    return f"with {noun} {'anything but ' if match.negated else ''}{values}"
