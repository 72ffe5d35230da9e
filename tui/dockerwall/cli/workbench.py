"""A host as the screen changes it: `dockerwall.changes.Changing`, by the rooms that apply."""

from __future__ import annotations

import argparse
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Protocol

from dockerwall.changes import ChangeError, Denial, Ending, OnTrial, Past, Undoing, unheard
from dockerwall.cli.changing import is_read_only, own_bench
from dockerwall.cli.connecting import connect
from dockerwall.cli.opening import destination_of
from dockerwall.cli.whose import IF_MADE, far_bench_at, operator_at, own_connection

if TYPE_CHECKING:
    from dockerwall.applying import history
    from dockerwall.applying.bench import Bench
    from dockerwall.applying.operator import SshConnection
    from dockerwall.applying.outcome import Applied
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
        advice = connect(destination).why_not_root
        if not advice:
            return None
        needs = f"Changing the firewall of {destination} needs root there."
        return Denial("not root there", f"{needs} {advice}")
    if os.geteuid() != 0:
        return Denial("not root", "Changing the firewall needs root: start it again with sudo.")
    return None


def workbench_of(arguments: argparse.Namespace) -> Workbench:
    """The host that is named, ready to be changed; UnreadableError where it cannot be reached."""
    denial, destination = denial_of(arguments), destination_of(arguments)
    if destination is None:
        return Workbench(denial)
    from dockerwall.applying.far.bench import follow_far

    return Workbench(
        denial, partial(far_bench_at, destination), partial(operator_at, arguments), follow_far
    )


class Follow(Protocol):
    """Says which trials run on a host."""

    def __call__(self, bench: Bench, *, settling: bool) -> Sequence[Trial]:
        """With `settling`, trials that came to their end otherwise are ended on the way."""
        ...


def follow(bench: Bench, *, settling: bool) -> Sequence[Trial]:
    """See Follow: this host's own trials, of which one whose watchdog was killed is ended."""
    from dockerwall.applying.decisions import is_overdue, pending, settle

    waiting = pending(bench)
    if settling and any(is_overdue(trial) for trial in waiting):
        settle(bench)
        waiting = pending(bench)
    return waiting


@cache
def _own_connection() -> SshConnection | None:
    return own_connection()


class Workbench:
    """One host; every answer comes from its kernel and from the folder its journal is in.

    Several threads may ask it. A host that was lost on the way is looked at with a new bench: it
    may have been restarted.
    """

    def __init__(
        self,
        denial: Denial | None,
        bench: Callable[[], Bench] = own_bench,
        operator: Callable[[], SshConnection | None] = _own_connection,
        follow: Follow = follow,
    ) -> None:
        """`operator` says how whoever works here came to that host, where it was by SSH."""
        self._denial = denial
        self._make_bench = bench
        self._operator = operator
        self._follow = follow
        self._made: Bench | None = None
        self._making = threading.Lock()

    @property
    def denial(self) -> Denial | None:
        """See Changing."""
        return self._denial

    @property
    def _bench(self) -> Bench:
        with self._making:
            if self._made is None:
                self._made = self._make_bench()
            return self._made

    def ssh(self) -> Ssh | None:
        """See Changing; a link that was made anew is another connection."""
        from dockerwall.editing.guard import Ssh

        found = self._operator()
        return None if found is None else Ssh(*found)

    def rehearse(self, plan: Plan) -> None:
        """See Changing."""
        from dockerwall.applying.looking import rehearse

        with self._said():
            rehearse(self._bench, plan)

    def apply(
        self,
        plan: Plan,
        seconds: float,
        undoes: str | None,
        in_force: Callable[[OnTrial], object] = unheard,
    ) -> OnTrial:
        """See Changing."""
        from dockerwall.applying.executor import apply

        with self._said():
            applied = apply(
                self._bench, plan, seconds, undoes, lambda made: in_force(_watched(made))
            )
        return _watched(applied)

    def keep(self, change: str) -> None:
        """See Changing."""
        from dockerwall.applying.decisions import keep

        with self._said():
            keep(self._bench, change)

    def take_back(self, change: str) -> str:
        """See Changing."""
        from dockerwall.applying.decisions import take_back_now

        with self._said():
            return take_back_now(self._bench, change)

    def trials(self) -> tuple[OnTrial, ...]:
        """See Changing; what came to its end otherwise is ended on the way."""
        with self._said():
            waiting = self._follow(self._bench, settling=self._denial is None)
            return tuple(_on_trial(trial) for trial in waiting)

    def history(self) -> tuple[Past, ...]:
        """See Changing."""
        from dockerwall.applying.history import history

        with self._said():
            return tuple(_past(each) for each in history(self._bench))

    def undoing(self, change: str | None) -> Undoing:
        """See Changing."""
        from dockerwall.applying.undoing import undoing

        with self._said():
            found = undoing(self._bench, change)
        return Undoing(found.change.id, found.plan, found.notes)

    def end_connections(self, reaches: Sequence[ReachChange]) -> int:
        """See Changing."""
        from dockerwall.applying.connections import endings

        with self._said():
            if not self._bench.connections.can_end():
                raise ChangeError("conntrack is not installed: established connections go on.")
            return self._bench.connections.end(endings(reaches))

    @contextmanager
    def _said(self) -> Iterator[None]:
        """The same words for a host that is lost on the way."""
        from dockerwall.model.unreadable import UnreadableError

        try:
            with _said():
                yield
        except UnreadableError as error:
            with self._making:
                self._made = None
            raise ChangeError(f"{error} {IF_MADE}", Ending.LOST) from error


@contextmanager
def _said() -> Iterator[None]:
    """What goes wrong in applying, in the words of `dockerwall.changes`."""
    from dockerwall.applying.journal import JournalError
    from dockerwall.applying.outcome import NotTakenBackError, RefusedError, TakenBackError
    from dockerwall.applying.state import StateError

    try:
        yield
    except RefusedError as error:
        raise ChangeError(str(error), difference=error.difference) from error
    except (StateError, JournalError, OSError) as error:
        raise ChangeError(str(error)) from error
    except TakenBackError as error:
        raise ChangeError(str(error), Ending.TAKEN_BACK) from error
    except NotTakenBackError as error:
        raise ChangeError(str(error), Ending.STUCK) from error


def _watched(applied: Applied) -> OnTrial:
    return _on_trial(applied.trial)._replace(watchdog=applied.watchdog)


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
