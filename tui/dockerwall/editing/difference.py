"""What a plan does to the lines of the chains it touches."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.editing.plan import ChainRef, Plan
from dockerwall.editing.preview import DiffLine

CONTEXT = 2
"""Unchanged rules shown around changed ones."""


def diff(plan: Plan) -> Iterator[DiffLine]:
    """Each touched chain's lines around what changes."""
    after = plan.after
    for where in plan.chains:
        lines = list(_lines(plan, where, after[where]))
        near = {
            other
            for place, line in enumerate(lines)
            if line.mark != " "
            for other in range(place - CONTEXT, place + CONTEXT + 1)
        }
        yield from (line for place, line in enumerate(lines) if place in near)


def _lines(plan: Plan, where: ChainRef, willed: tuple[str, ...]) -> Iterator[DiffLine]:
    origins: list[int | None] = list(range(len(plan.before.get(where, ()))))
    gone: list[tuple[int, str]] = []
    for change in plan.changes:
        if change.where != where:
            continue
        if change.insert:
            origins.insert(change.position - 1, None)
        else:
            origin = origins.pop(change.position - 1)
            if origin is not None:
                gone.append((origin, change.text))
    gone.sort()
    for place, (origin, text) in enumerate(zip(origins, willed, strict=True)):
        while gone and origin is not None and gone[0][0] < origin:
            number, old = gone.pop(0)
            yield DiffLine(where, "-", number + 1, old)
        mark = "+" if origin is None else " "
        yield DiffLine(where, mark, place + 1, text)
    for number, old in gone:
        yield DiffLine(where, "-", number + 1, old)
