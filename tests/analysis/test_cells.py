"""Masks of cells are sets of addresses, exactly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockerwall.analysis.blocks import Block
from dockerwall.analysis.cells import Cells
from dockerwall.model.intervals import Intervals
from dockerwall.model.kinds import Family

number = st.integers(0, 2**32 - 1)
small = st.lists(st.tuples(number, number).map(lambda p: (min(p), max(p))), max_size=6)
sets = small.map(Intervals.of)


@given(st.lists(sets, min_size=1, max_size=5), st.data())
def test_masks_and_sets_are_the_same_thing(constants: list[Intervals], data: st.DataObject) -> None:
    cells = Cells(Family.IPV4, constants)
    one, other = (data.draw(st.sampled_from(constants)) for _ in range(2))
    assert cells.numbers(cells.mask(one)) == one
    assert cells.numbers(cells.mask(one) | cells.mask(other)) == one | other
    assert cells.numbers(cells.mask(one) & cells.mask(other)) == one & other
    assert cells.numbers(cells.everything & ~cells.mask(one)) == one.complement(2**32 - 1)


@given(st.lists(sets, min_size=1, max_size=5), number)
def test_an_address_is_in_the_mask_of_a_set_when_it_is_in_the_set(
    constants: list[Intervals], address: int
) -> None:
    cells = Cells(Family.IPV4, constants)
    for constant in constants:
        assert bool(cells.cell(address) & cells.mask(constant)) == (address in constant)


@given(st.lists(sets, min_size=1, max_size=5), st.lists(sets, max_size=3), st.integers(0, 2**31))
def test_a_mask_is_the_same_set_where_cells_are_cut_further(
    constants: list[Intervals], more: list[Intervals], bits: int
) -> None:
    coarse = Cells(Family.IPV4, constants)
    fine = Cells(Family.IPV4, more, coarse)
    mask = bits & coarse.everything
    assert fine.numbers(fine.finer(mask, coarse)) == coarse.numbers(mask)
    assert fine.finer(coarse.everything, coarse) == fine.everything
    elsewhere = Cells(Family.IPV4, [*constants, *more])
    assert elsewhere.finer(mask, coarse) == fine.finer(mask, coarse)
    assert all(fine.numbers(fine.mask(each)) == each for each in (*constants, *more))


masks = st.integers(0, 255)
actions = st.sampled_from(["ACCEPT", "DROP", "RETURN"])
rules = st.lists(st.tuples(masks, actions), max_size=200)


@given(rules, st.integers(-1, 200), st.integers(0, 201))
def test_a_block_takes_what_its_rules_take_one_by_one(
    listed: list[tuple[int, str]], after: int, before: int
) -> None:
    block = Block(range(len(listed)), [m for m, _ in listed], [a for _, a in listed])
    expected: dict[str, int] = {}
    taken = 0
    for place, (mask, action) in enumerate(listed):
        if after < place < before and mask & ~taken:
            expected[action] = expected.get(action, 0) | (mask & ~taken)
        taken |= mask
    found = {action: mask for action, mask in block.between(after, before).items() if mask}
    assert found == expected
