"""A host as the screen changes it: `dockerwall.changes.Changing`, by the rooms that apply."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING

from dockerwall.changes import ChangeError, Denial, Ending, OnTrial, Past, Undoing
from dockerwall.cli.changing import is_read_only, own_bench
from dockerwall.cli.connecting import connect
from dockerwall.cli.opening import destination_of
from dockerwall.cli.whose import IF_MADE, bench_of, operator_at, own_connection

if TYPE_CHECKING:
    from dockerwall.applying import history
    from dockerwall.applying.bench import Bench
    from dockerwall.applying.operator import SshConnection
    from dockerwall.applying.trial import Trial
    from dockerwall.editing.guard import Ssh
    from dockerwall.editing.plan import Plan
    from dockerwall.editing.preview import ReachChange


def denial_of(arguments: argparse.Namespace) -> Denial | None:
    """Why this user may not change the host that is named; None if they may."""
    if is_read_only(arguments):
        return Denial("--read-only", "Nothing is changed: --read-only was given.")
    destination = destination_of(arguments)
    if destination is not None:
        if connect(destination).may_change:
            return None
        return Denial("not root there", f"Changing the firewall of {destination} needs root there.")
    if os.geteuid() != 0:
        return Denial("not root", "Changing the firewall needs root: start it again with sudo.")
    return None


def workbench_of(arguments: argparse.Namespace) -> Workbench:
    """The host that is named, ready to be changed; UnreadableError where it cannot be reached."""
    return Workbench(
        denial_of(arguments), partial(bench_of, arguments), partial(operator_at, arguments)
    )


class Workbench:
    """One host; every answer comes from its kernel and from the folder its journal is in."""

    def __init__(
        self,
        denial: Denial | None,
        bench: Callable[[], Bench] = own_bench,
        operator: Callable[[], SshConnection | None] = own_connection,
    ) -> None:
        """`operator` says how whoever works here came to that host, where it was by SSH."""
        self._denial = denial
        self._make_bench = bench
        self._operator = operator

    @property
    def denial(self) -> Denial | None:
        """See Changing."""
        return self._denial

    @cached_property
    def _bench(self) -> Bench:
        return self._make_bench()

    @cached_property
    def _ssh(self) -> Ssh | None:
        from dockerwall.editing.guard import Ssh

        found = self._operator()
        return None if found is None else Ssh(*found)

    def ssh(self) -> Ssh | None:
        """See Changing."""
        return self._ssh

    def rehearse(self, plan: Plan) -> None:
        """See Changing."""
        from dockerwall.applying.executor import rehearse

        with _said():
            rehearse(self._bench, plan)

    def apply(self, plan: Plan, seconds: float, undoes: str | None) -> OnTrial:
        """See Changing."""
        from dockerwall.applying.executor import apply

        with _said():
            applied = apply(self._bench, plan, seconds, undoes)
        return _on_trial(applied.trial)._replace(watchdog=applied.watchdog)

    def keep(self, change: str) -> None:
        """See Changing."""
        from dockerwall.applying.decisions import keep

        with _said():
            keep(self._bench, change)

    def take_back(self, change: str) -> str:
        """See Changing."""
        from dockerwall.applying.decisions import take_back_now

        with _said():
            return take_back_now(self._bench, change)

    def trials(self) -> tuple[OnTrial, ...]:
        """See Changing; a trial whose watchdog was killed is ended on the way."""
        from dockerwall.applying.decisions import is_overdue, pending, settle

        with _said():
            waiting = pending(self._bench)
            if self._denial is None and any(is_overdue(trial) for trial in waiting):
                settle(self._bench)
                waiting = pending(self._bench)
            return tuple(_on_trial(trial) for trial in waiting)

    def history(self) -> tuple[Past, ...]:
        """See Changing."""
        from dockerwall.applying.history import history

        with _said():
            return tuple(_past(each) for each in history(self._bench))

    def undoing(self, change: str | None) -> Undoing:
        """See Changing."""
        from dockerwall.applying.undoing import undoing

        with _said():
            found = undoing(self._bench, change)
        return Undoing(found.change.id, found.plan, found.notes)

    def end_connections(self, reaches: Sequence[ReachChange]) -> int:
        """See Changing."""
        from dockerwall.applying.connections import endings

        with _said():
            if not self._bench.connections.can_end():
                raise ChangeError("conntrack is not installed: established connections go on.")
            return self._bench.connections.end(endings(reaches))


@contextmanager
def _said() -> Iterator[None]:
    """What goes wrong in applying, in the words of `dockerwall.changes`."""
    from dockerwall.applying.journal import JournalError
    from dockerwall.applying.outcome import NotTakenBackError, RefusedError, TakenBackError
    from dockerwall.applying.state import StateError
    from dockerwall.model.unreadable import UnreadableError

    try:
        yield
    except UnreadableError as error:
        raise ChangeError(f"{error} {IF_MADE}", Ending.STUCK) from error
    except RefusedError as error:
        raise ChangeError(str(error), difference=error.difference) from error
    except (StateError, JournalError, OSError) as error:
        raise ChangeError(str(error)) from error
    except TakenBackError as error:
        raise ChangeError(str(error), Ending.TAKEN_BACK) from error
    except NotTakenBackError as error:
        raise ChangeError(str(error), Ending.STUCK) from error


def _on_trial(trial: Trial) -> OnTrial:
    from dockerwall.applying.operator import in_words

    return OnTrial(trial.id, trial.plan, in_words(trial.who), trial.left)


def _past(past: history.Past) -> Past:
    plan: Plan | None
    try:
        plan = past.plan
    except (KeyError, ValueError):
        plan = None
    undoable = past.standing == "kept" and past.undone_by is None and plan is not None
    return Past(past.id, past.at, past.by, past.standing, past.summary, past.lines, plan, undoable)
