"""Sets of IP addresses of one family, exact, printable as the fewest networks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from functools import lru_cache

from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family
from dockerwall.model.value import value


@lru_cache(maxsize=1 << 14)
def parse_address(text: str) -> tuple[Family, int]:
    """The family and number of one address; ValueError when `text` is none.

    A zone (`fe80::1%eth0`) is dropped: it names an interface, not an address.
    """
    if ":" in text:
        text = text.partition("%")[0]
        quick = _ipv6(text)
        return Family.IPV6, int(ipaddress.IPv6Address(text)) if quick is None else quick
    quick = _ipv4(text)
    if quick is not None:
        return Family.IPV4, quick
    address = ipaddress.ip_address(text.partition("%")[0])
    return (Family.IPV4 if address.version == 4 else Family.IPV6), int(address)


def _ipv4(text: str) -> int | None:
    """A plain dotted quad, ten times as fast as `ipaddress`; None for anything unusual."""
    parts = text.split(".")
    if len(parts) != 4 or text.strip("0123456789."):
        return None
    number = 0
    for part in parts:
        if not 0 < len(part) <= 3 or part[0] == "0" != part:
            return None
        octet = int(part)
        if octet > 255:
            return None
        number = number << 8 | octet
    return number


def _ipv6(text: str) -> int | None:
    """A plain IPv6 address, as quickly; None for anything unusual."""
    if text.strip("0123456789abcdefABCDEF:"):
        return None
    before, gap, after = text.partition("::")
    first = before.split(":") if before else []
    last = after.split(":") if after else []
    zeros = 8 - len(first) - len(last)
    if zeros < 1 if gap else zeros:
        return None
    number = 0
    for group in (*first, *["0"] * zeros, *last):
        if not 0 < len(group) <= 4:
            return None
        number = number << 16 | int(group, 16)
    return number


@lru_cache(maxsize=1 << 14)
def format_address(family: Family, number: int) -> str:
    """An address in its usual text form."""
    if family is Family.IPV4:
        return f"{number >> 24}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    if number >> 32 == 0xFFFF:  # IPv4-mapped: its text depends on the version of Python
        return str(ipaddress.IPv6Address(number))
    text = f":{number.to_bytes(16, 'big').hex(':', 2)}:"
    text = text.replace(":0", ":").replace(":0", ":").replace(":0", ":")
    for zeros in _ZEROS:
        if zeros in text:
            text = text.replace(zeros, "::", 1)
            break
    first, last = not text.startswith("::"), len(text) - (not text.endswith("::"))
    return text[first:last]


_ZEROS = tuple([f":{'0:' * count}" for count in range(8, 1, -1)])
"""Runs of groups of zeros, longest first: the first of the longest is left out."""


def parse_addresses(text: str) -> tuple[Family, Intervals]:
    """From `ADDR`, `ADDR/LEN`, `ADDR/MASK` (any mask) or `ADDR-ADDR`; ValueError otherwise."""
    if "-" in text:
        first, last = text.split("-", 1)
        family, low = parse_address(first)
        other, high = parse_address(last)
        if family is not other or low > high:
            raise ValueError(f"not an address range: {text}")
        return family, Intervals(((low, high),))
    address, slash, mask = text.partition("/")
    family, number = parse_address(address)
    if not slash or mask == ("32" if family is Family.IPV4 else "128"):
        return family, Intervals.single(number)
    return family, _masked(family, number, _mask(family, mask))


@value
class AddressSet:
    """A set of addresses of one family."""

    family: Family
    numbers: Intervals

    @classmethod
    def everything(cls, family: Family) -> AddressSet:
        """Every address of the family."""
        return cls(family, Intervals.upto(family.last))

    @classmethod
    def nothing(cls, family: Family) -> AddressSet:
        """The empty set."""
        return cls(family, Intervals())

    @classmethod
    def parse(cls, text: str) -> AddressSet:
        """From `ADDR`, `ADDR/LEN`, `ADDR/MASK` (any mask) or `ADDR-ADDR`; ValueError otherwise."""
        return cls(*parse_addresses(text))

    @classmethod
    def of(cls, family: Family, texts: Iterable[str]) -> AddressSet:
        """The union of the texts of this family; those of the other family are passed over."""
        parts = [cls.parse(text) for text in texts]
        spans = [span for part in parts if part.family is family for span in part.numbers]
        return cls(family, Intervals.of(spans))

    def __bool__(self) -> bool:
        return bool(self.numbers.spans)

    def __contains__(self, address: int | str) -> bool:
        if isinstance(address, str):
            family, address = parse_address(address)
            if family is not self.family:
                return False
        return address in self.numbers

    def __or__(self, other: AddressSet) -> AddressSet:
        return AddressSet(self.family, self.numbers | other.numbers)

    def __and__(self, other: AddressSet) -> AddressSet:
        return AddressSet(self.family, self.numbers & other.numbers)

    def __sub__(self, other: AddressSet) -> AddressSet:
        return AddressSet(self.family, self.numbers - other.numbers)

    def complement(self) -> AddressSet:
        """Every address of the family that is not in the set."""
        return AddressSet(self.family, self.numbers.complement(self.family.last))

    @property
    def size(self) -> int:
        """How many addresses."""
        return self.numbers.size

    @property
    def is_everything(self) -> bool:
        """Whether no address of the family is missing."""
        return self.numbers.spans == ((0, self.family.last),)

    def cidrs(self) -> tuple[str, ...]:
        """The fewest networks that cover exactly this set, in order."""
        return tuple(
            f"{format_address(self.family, low)}/{length}"
            for low, length in _networks(self.family.bits, self.numbers)
        )


def _mask(family: Family, text: str) -> int:
    if text.isdigit():
        length = int(text)
        if length > family.bits:
            raise ValueError(f"not a prefix length: /{text}")
        return family.last ^ ((1 << (family.bits - length)) - 1)
    other, mask = parse_address(text)
    if other is not family:
        raise ValueError(f"not a mask: /{text}")
    return mask


def _masked(family: Family, number: int, mask: int) -> Intervals:
    """Every address equal to `number` under `mask`, which need not be a prefix."""
    free = family.last ^ mask
    low = number & mask
    if free & (free + 1) == 0:
        return Intervals(((low, low | free),))
    tail = (free ^ (free + 1)) >> 1  # the run of free bits at the right end: one interval each
    high_bits = [1 << bit for bit in range(family.bits) if (free & ~tail) >> bit & 1]
    if len(high_bits) > 16:
        raise ValueError("a mask with more than 65536 separate ranges")
    starts = [low]
    for bit in high_bits:
        starts += [start | bit for start in starts]
    return Intervals.of((start, start | tail) for start in starts)


def _networks(bits: int, numbers: Intervals) -> Iterator[tuple[int, int]]:
    for low, high in numbers:
        while low <= high:
            size = low & -low if low else 1 << bits
            while low + size - 1 > high:
                size >>= 1
            yield low, bits - size.bit_length() + 1
            low += size
