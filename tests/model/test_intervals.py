"""Sets of numbers and addresses obey the laws of sets, and print as the fewest networks."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockerwall.model.addresses import AddressSet, format_address, parse_address
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

LAST = 40
spans = st.lists(st.tuples(st.integers(0, LAST), st.integers(0, LAST)), max_size=6)
sets = spans.map(lambda pairs: Intervals.of((min(p), max(p)) for p in pairs))


def members(numbers: Intervals) -> set[int]:
    return {n for n in range(LAST + 1) if n in numbers}


@given(sets, sets)
def test_set_algebra(one: Intervals, other: Intervals) -> None:
    assert members(one | other) == members(one) | members(other)
    assert members(one & other) == members(one) & members(other)
    assert members(one - other) == members(one) - members(other)
    assert members(one.complement(LAST)) == set(range(LAST + 1)) - members(one)
    assert one.covers(other) == (members(one) >= members(other))
    assert one.size == len(members(one))


@given(sets, sets)
def test_equal_sets_are_equal_values(one: Intervals, other: Intervals) -> None:
    assert (one == other) == (members(one) == members(other))


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1)), max_size=5))
def test_networks_are_exact_and_fewest(pairs: list[tuple[int, int]]) -> None:
    numbers = Intervals.of((min(p), max(p)) for p in pairs)
    texts = AddressSet(Family.IPV4, numbers).cidrs()
    assert AddressSet.of(Family.IPV4, texts).numbers == numbers
    networks = [ipaddress.ip_network(text) for text in texts]
    assert list(ipaddress.collapse_addresses(networks)) == networks  # type: ignore[type-var]


@given(st.integers(0, 2**32 - 1) | st.integers(2**32, 2**128 - 1))
def test_addresses_print_and_read(number: int) -> None:
    family = Family.IPV4 if number < 2**32 else Family.IPV6
    assert parse_address(format_address(family, number)) == (family, number)


GROUPS = st.lists(st.sampled_from(["", "0", "1", "ab", "FFFF", "00ff", "12345", "0x1", "1_0", "g"]))


@given(
    st.text(alphabet="0123456789.:ab ", max_size=16)
    | GROUPS.map(":".join)
    | st.ip_addresses(v=6).map(str)
    | st.ip_addresses(v=6).map(lambda address: address.exploded)
)
def test_addresses_are_read_as_the_standard_library_reads_them(text: str) -> None:
    try:
        expected: tuple[Family, int] | None = None
        found = ipaddress.ip_address(text)
        expected = (Family.IPV4 if found.version == 4 else Family.IPV6, int(found))
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            parse_address(text)
        return
    assert parse_address(text) == expected


def test_a_mask_need_not_be_a_prefix() -> None:
    found = AddressSet.parse("10.0.0.1/255.255.0.255").numbers
    assert 0x0A000001 in found
    assert 0x0A00FF01 in found
    assert 0x0A000002 not in found
