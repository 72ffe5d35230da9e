"""What an operator wants, in the words people use: values, nothing else.

A port is the published one, the number a sender names; which number the rules must name is the
planner's to find out.
"""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.model.value import value


class PortRef(NamedTuple):
    """A published port."""

    protocol: str
    """tcp, udp or sctp."""
    number: int
    address: str | None = None
    """The host address it is published on, where only that one is meant; a wildcard for all."""

    @property
    def family(self) -> Family | None:
        """The family its address limits it to; None without an address."""
        if self.address is None:
            return None
        return Family.IPV6 if ":" in self.address else Family.IPV4

    @property
    def is_anywhere(self) -> bool:
        """Whether its address is a wildcard, as `docker ps` prints it: every one of a family."""
        return self.address in ("0.0.0.0", "::")

    def __str__(self) -> str:
        port = f"{self.number}/{self.protocol}"
        if self.address is None:
            return port
        if self.family is not None and self.is_anywhere:
            return f"{port} on every {self.family.label} address"
        return f"{port} on {self.address}"


class Source(NamedTuple):
    """Where connections come from: addresses, or the members of an ipset."""

    kind: str
    """network, range or set."""
    text: str
    """`192.0.2.1/32`, `192.0.2.1-192.0.2.9`, or the set's name."""

    def numbers(self, family: Family) -> AddressSet:
        """Its addresses of one family; empty for a set, whose members are the host's to say."""
        texts = () if self.kind == "set" else (self.text,)
        return AddressSet.of(family, texts)

    def __str__(self) -> str:
        if self.kind == "set":
            return f"set {self.text}"
        length = "/128" if ":" in self.text else "/32"
        return self.text.removesuffix(length)


@value
class Allow:
    """Let a source reach a port; everybody else as before."""

    source: Source
    port: PortRef | None
    """None: every port of a container."""


@value
class Only:
    """Let these sources reach a port, and nobody else from outside."""

    sources: tuple[Source, ...]
    port: PortRef | None
    """None: every port of a container."""


@value
class Block:
    """Let a source reach no container."""

    source: Source


@value
class LanOnly:
    """Let nobody outside the LAN reach a port, or any container."""

    port: PortRef | None = None


@value
class CloseToInternet:
    """Let nobody reach a port by the interfaces the Internet is behind, but their own networks."""

    port: PortRef


@value
class AllowForward:
    """Let connections pass from one interface of the host to another, and their answers back."""

    outside: str
    inside: str


@value
class UseSet:
    """Let only the members of an ipset reach a port."""

    name: str
    port: PortRef | None
    """None: every port of a container."""
    create: bool = False
    """Whether to create the set where there is none."""
    family: Family = Family.IPV4
    """The family of a set that is created."""


@value
class SetAdd:
    """Add an entry to an ipset."""

    name: str
    entry: str


@value
class SetDel:
    """Delete an entry from an ipset."""

    name: str
    entry: str


@value
class InsertRule:
    """Put a hand-written rule into a chain."""

    chain: str
    position: int
    """Where it will stand, from 1."""
    words: str
    """The rule as one writes it after `-A CHAIN`."""


@value
class DeleteRule:
    """Take a rule out of a chain."""

    chain: str
    number: int


@value
class MoveRule:
    """Move a rule within its chain."""

    chain: str
    number: int
    to: int
    """Where it will stand."""


@value
class SwitchOff:
    """Keep a rule in its place, but let it match nothing."""

    chain: str
    number: int


@value
class SwitchOn:
    """Let a rule that was switched off match again."""

    chain: str
    number: int


ByHand = InsertRule | DeleteRule | MoveRule | SwitchOff | SwitchOn
OfSet = SetAdd | SetDel
OfPort = Allow | Only | Block | LanOnly | CloseToInternet | UseSet
Intent = OfPort | AllowForward | OfSet | ByHand
