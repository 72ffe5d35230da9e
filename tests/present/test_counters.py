"""Counters in a few letters, rates, and what has moved."""

from __future__ import annotations

import pytest
from tests.present.hosts_made import host_of, saved

from dockerwall.model.kinds import Family, Variant
from dockerwall.present.counters import Reading, change, moved_slots, rate, reading, short
from dockerwall.present.node import CounterRef

TEXT = "*filter\n:FORWARD DROP [{policy}]\n[{rule}] -A FORWARD -j LOG\n-A FORWARD -j DROP\nCOMMIT\n"


def text(rule: str = "10:1000", policy: str = "0:0") -> str:
    return TEXT.format(rule=rule, policy=policy)


def ref(slot: int, family: Family = Family.IPV4) -> CounterRef:
    return CounterRef(Variant.NFT, family, slot)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.0k"),
        (1999, "1.9k"),
        (9999, "9.9k"),
        (10_000, "10k"),
        (999_999, "999k"),
        (1_000_000, "1.0M"),
        (2**32, "4.2G"),
        (2**64 - 1, "18E"),
        (10**30, "1000000000000E"),
        (-5, "-5"),
    ],
)
def test_short(number: int, expected: str) -> None:
    assert short(number) == expected


def test_short_keeps_to_four_characters_for_every_counter_the_kernel_has() -> None:
    numbers = [10**power + more for power in range(20) for more in (-1, 0, 1)]
    assert all(len(short(number)) <= 4 for number in numbers if 0 <= number < 2**64)


@pytest.mark.parametrize(
    ("counted", "seconds", "expected"),
    [
        (0, 2.0, ""),
        (6, 2.0, "+3.0/s"),
        (1, 2.0, "+0.5/s"),
        (1, 60.0, "+<.1/s"),
        (20, 2.0, "+10/s"),
        (2400, 2.0, "+1.2k/s"),
        (5, 0.0, ""),
        (-5, 2.0, ""),
    ],
)
def test_rate(counted: int, seconds: float, expected: str) -> None:
    assert rate(counted, seconds) == expected


def test_reading_of_rules_policies_and_what_has_none() -> None:
    rules = host_of(saved(text())).rules
    assert reading(rules, ref(2)) == Reading(10, 1000)
    assert reading(rules, ref(1)) == Reading(0, 0)
    assert reading(rules, ref(3)) is None
    assert reading(rules, ref(99)) is None
    assert reading(rules, ref(2, Family.IPV6)) is None
    assert reading(rules, None) is None


def test_change_between_two_readings() -> None:
    first = saved(text())
    second = saved(text("13:1300"), previous=first)
    found = change(host_of(second).rules, host_of(first).rules, ref(2))
    assert found is not None
    assert (found.now, found.packets, found.octets, found.moved) == (
        Reading(13, 1300),
        3,
        300,
        True,
    )
    still = change(host_of(second).rules, host_of(first).rules, ref(1))
    assert still is not None
    assert not still.moved


def test_a_counter_that_was_set_back_counts_from_zero() -> None:
    first = saved(text())
    second = saved(text("2:200"), previous=first)
    found = change(host_of(second).rules, host_of(first).rules, ref(2))
    assert found is not None
    assert (found.packets, found.moved) == (2, True)


def test_nothing_is_compared_across_changed_rules() -> None:
    first = saved(text())
    other = saved(text("50:5000").replace("LOG", "TRACE"), previous=first)
    found = change(host_of(other).rules, host_of(first).rules, ref(2))
    assert found is not None
    assert (found.packets, found.moved) == (0, False)
    assert change(host_of(other).rules, None, ref(2)) == found


def test_moved_slots() -> None:
    first = saved(text())
    second = saved(text("11:1040", "1:40"), previous=first)
    assert moved_slots(second, first) == [1, 2]
    assert moved_slots(first, first) == []
    assert moved_slots(second, None) == []
