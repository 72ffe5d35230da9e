"""Several programs at once: each is waited for in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each piece of work comes to, in order; once all have ended, the first one's error."""
    if len(works) < 2:
        return [work() for work in works]
    with ThreadPoolExecutor(len(works)) as pool:
        begun = [pool.submit(work) for work in works]
    return [each.result() for each in begun]
