"""Work that is done at once: all of it ends, in order, and the first trouble is told."""

from __future__ import annotations

import threading

import pytest

from dockerwall.applying.together import at_once


def test_each_waits_for_the_other() -> None:
    both = threading.Barrier(2, timeout=20)
    assert at_once([lambda: both.wait() * 0 + 1, lambda: both.wait() * 0 + 2]) == [1, 2]
    assert at_once([]) == []
    assert at_once([lambda: "one"]) == ["one"]


def test_the_first_trouble_is_told_once_all_have_ended() -> None:
    done: list[str] = []

    def fail(name: str) -> None:
        raise ValueError(name)

    def work() -> None:
        done.append("third")

    with pytest.raises(ValueError, match="first"):
        at_once([lambda: fail("first"), lambda: fail("second"), work])
    assert done == ["third"]
