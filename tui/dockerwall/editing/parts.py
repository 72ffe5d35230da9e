"""One family's part of a plan, or why there is none."""

from __future__ import annotations

from typing import NamedTuple

from dockerwall.editing.plan import ChainRef, Change, Objection
from dockerwall.editing.setchange import SetChange


class Part(NamedTuple):
    """What a planner of one kind of intent comes to in one family and chain."""

    where: ChainRef | None
    changes: tuple[Change, ...] = ()
    reasons: tuple[str, ...] = ()
    objections: tuple[Objection, ...] = ()
    """Why there are no changes, or what they do not bring about."""
    sets: tuple[SetChange, ...] = ()
    beyond: bool = False
    """Whether some of it goes through processes of the host, so that only INPUT can do it."""
    done: bool = False
    """Whether everything is as wished already."""
