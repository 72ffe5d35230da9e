"""Making own rules last on a host, and undoing it: one at a time, and never during a trial."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from dockerwall.applying.bench import Bench
from dockerwall.applying.decisions import pending
from dockerwall.applying.history import Past, history
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.lasting.writing import NotWrittenError, write_all
from dockerwall.applying.outcome import RefusedError
from dockerwall.applying.state import BusyError
from dockerwall.editing.lasting.orders import RELOAD, Order, orders, trouble
from dockerwall.editing.lasting.planning import Persisting
from dockerwall.model.kinds import Family
from dockerwall.programs import Answer, run

PATIENCE = 320.0
"""Seconds the unit may take: longer than it waits for Docker."""


class Write(Protocol):
    """Writes on a host, and then tells its systemd."""

    def __call__(self, planned: Persisting, told: Sequence[Order]) -> Sequence[Answer]:
        """Make all changes or none, and NotWrittenError; the answers to the orders that were run.

        Where telling systemd to look at its units again fails, it is told nothing more.
        """
        ...


def write_here(planned: Persisting, told: Sequence[Order]) -> Sequence[Answer]:
    """See Write: on this host."""
    write_all(planned.changes, unfinished=planned.unfinished)
    answers: list[Answer] = []
    for order in told:
        answers.append(run(["systemctl", order.verb, *order.units], patience=PATIENCE))
        if order.verb == RELOAD and answers[-1].failure is not None:
            break
    return answers


def placed(bench: Bench) -> frozenset[tuple[Family, str]]:
    """The rules that kept changes put in, whether they still stand or not."""
    try:
        changes = history(bench)
    except JournalError:
        return frozenset()
    return frozenset(
        rule for past in changes if past.standing == Event.KEPT for rule in _rules(past)
    )


def _rules(past: Past) -> Iterator[tuple[Family, str]]:
    try:
        plan = past.plan
    except (KeyError, ValueError, TypeError):
        return
    for change in plan.changes:
        if change.insert:
            yield change.where.family, change.text


def carry_out(bench: Bench, planned: Persisting, write: Write = write_here) -> tuple[str, ...]:
    """Write what is planned and have systemd look at it; sentences on what did not work then.

    RefusedError, and nothing written, where that cannot be done.
    """
    waiting = pending(bench)
    if waiting:
        raise RefusedError(
            f"change {waiting[0].id} is still on trial ({waiting[0].plan.summary}): "
            "keep it or undo it first."
        )
    told = orders(planned)
    try:
        bench.state.prepare()
        with bench.state.changing(bench.patience, goes_on=True):
            answers = write(planned, told)
    except (BusyError, NotWrittenError) as error:
        raise RefusedError(str(error)) from error
    return tuple(_troubles(told, answers))


def _troubles(told: Sequence[Order], answers: Sequence[Answer]) -> Iterator[str]:
    for order, answer in zip(told, answers, strict=False):
        if answer.failure is not None and (sentence := trouble(order, answer.problem())):
            yield sentence
