"""The garbage collector never looks at all that a large host is made of at once."""

from __future__ import annotations

import gc

from dockerwall.app.collector import MANY, Collector


def test_what_was_made_meanwhile_is_out_of_its_sight() -> None:
    collector = Collector()
    before = gc.get_freeze_count()
    try:
        with collector.held():
            assert not gc.isenabled()
            made: list[list[int]] = [[] for _ in range(2 * MANY)]
        assert gc.isenabled()
        assert gc.get_freeze_count() - before >= len(made)
        assert gc.get_count()[0] < MANY
    finally:
        gc.unfreeze()


def test_a_little_is_left_to_it() -> None:
    before = gc.get_freeze_count()
    with Collector().held():
        made: list[list[object]] = [[] for _ in range(10)]
    assert made
    assert gc.get_freeze_count() == before


def test_it_waits_for_the_last_who_wants_it_to() -> None:
    collector = Collector()
    with collector.held():
        with collector.held():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()
