"""A plan as the lines by which `watchdog.sh` takes it back, on a host without this program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from dockerwall.editing.plan import ChainRef, Plan, program
from dockerwall.editing.sameness import meaning


class UnwritableError(ValueError):
    """A plan whose texts do not fit the lines: one sentence."""


def watchdog_script() -> str:
    """The text of `watchdog.sh`."""
    return (Path(__file__).parent / "watchdog.sh").read_text(encoding="utf-8")


def way_back(plan: Plan) -> str:
    """The lines that `watchdog.sh` describes; UnwritableError where a text holds a line break."""
    lines = list(_lines(plan))
    if any("\n" in line or "\0" in line for line in lines):
        raise UnwritableError("a rule holds a line break.")
    return "".join(f"{line}\n" for line in lines)


def _lines(plan: Plan) -> Iterator[str]:
    inverse = [each.inverse for each in reversed(plan.sets)]
    yield from (f"P {each.line}" for each in inverse if each.builds)
    for where in plan.chains:
        yield f"C {program(where)} {where.chain}"
        yield from (f"B {text}" for text in plan.before.get(where, ()))
        yield from _chain(plan, where)
    yield from (f"S {each.line}" for each in inverse if not each.builds)


def _chain(plan: Plan, where: ChainRef) -> Iterator[str]:
    """What the plan did to one chain."""
    before, after = plan.before.get(where, ()), plan.after[where]
    places: list[int | None] = list(range(len(before)))
    for change in plan.changes:
        if change.where == where and change.insert:
            places.insert(change.position - 1, None)
        elif change.where == where:
            del places[change.position - 1]
    stayed = {place for place in places if place is not None}
    taken = [place for place in range(len(before)) if place not in stayed]
    was = [meaning(text, where.family) for text in before]
    equal: Counter[object] = Counter()
    ranked: list[str] = []
    for place, origin in enumerate(places):
        if origin is not None:
            continue
        rule = meaning(after[place], where.family)
        if rule not in was:
            equal[rule] += 1
            yield f"I {equal[rule]} {after[place]}"
            continue
        text = before[was.index(rule)]
        rank = sum(1 for each in after[: place + 1] if meaning(each, where.family) == rule)
        moved = next((each for each in taken if was[each] == rule), None)
        if moved is None:
            ranked.append(f"N {rank} {text}")
        else:
            taken.remove(moved)
            ranked.append(f"M {rank} {moved + 1}")
    yield from reversed(ranked)  # so that taking one out leaves the others their number
    yield from (f"D {place + 1}" for place in taken)
