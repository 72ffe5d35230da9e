"""The two words that say which rules are meant: address family and iptables variant."""

from enum import StrEnum


class Family(StrEnum):
    """An IP version; each has rules, routes and neighbours of its own."""

    IPV4 = "ipv4"
    IPV6 = "ipv6"

    __hash__ = str.__hash__  # Enum's own, in Python, is asked for in every key with a family

    @property
    def label(self) -> str:
        """What people call it: `IPv4` or `IPv6`."""
        return "IPv4" if self is Family.IPV4 else "IPv6"

    @property
    def bits(self) -> int:
        """Length of an address in bits."""
        return 32 if self is Family.IPV4 else 128

    @property
    def last(self) -> int:
        """The highest address as a number."""
        return (1 << self.bits) - 1


class Variant(StrEnum):
    """Which kernel interface holds the rules; a host can use both at once (iptables(8))."""

    NFT = "nft"
    LEGACY = "legacy"

    __hash__ = str.__hash__
