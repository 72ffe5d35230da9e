"""Several programs at once: each is waited for in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def at_once(works: Sequence[Callable[[], T]]) -> list[T]:
    """What each piece of work comes to, in order; once all have ended, the first one's error.

    Nobody who leaves the program waits for the threads.
    """
    found: dict[int, T] = {}
    troubles: dict[int, Exception] = {}

    def do(place: int) -> None:
        try:
            found[place] = works[place]()
        except Exception as error:
            troubles[place] = error

    others = [threading.Thread(target=do, args=(n,), daemon=True) for n in range(1, len(works))]
    for each in others:
        each.start()
    if works:
        do(0)
    for each in others:
        each.join()
    if troubles:
        raise troubles[min(troubles)]
    return [found[place] for place in range(len(works))]
