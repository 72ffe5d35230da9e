"""From a plan to a change on trial: shown, confirmed, applied, and kept if the operator says so."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dockerwall.cli.changing import add_read_only
from dockerwall.cli.choosing import add_trial_option, trial_seconds
from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.opening import at_host
from dockerwall.cli.status import PROGRAM, Status, complain
from dockerwall.cli.whose import IF_MADE, bench_of

if TYPE_CHECKING:
    from dockerwall.applying.bench import Bench
    from dockerwall.applying.outcome import Applied
    from dockerwall.applying.trial import Trial
    from dockerwall.editing.planner import Answer
    from dockerwall.editing.preview import Preview

WORD = "apply"
"""What has to be typed before anything is changed."""


def add_apply_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that changes rules."""
    parser.add_argument("--dry-run", action="store_true", help="only show what would be done")
    parser.add_argument("--yes", action="store_true", help="apply without asking")
    add_trial_option(parser)
    add_json(parser)
    parser.add_argument(
        "--end-connections",
        action="store_true",
        help="also end the established connections of those who lose access (conntrack)",
    )
    parser.add_argument(
        "--force-lockout",
        action="store_true",
        help="make even a change that may cut your own SSH session; it is taken back all the same "
        "unless it is kept",
    )
    add_read_only(parser)


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option for other programs; what is said for people goes to standard error."""
    parser.add_argument("--json", action="store_true", help="print one JSON object")


class Report:
    """What is said on standard output: lines for people, or one JSON object at the end."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self._document: dict[str, Any] = {"schema": "dockerwall-change/1"}

    def preview(self, preview: Preview, answer: Answer) -> None:
        """What a plan will change."""
        from dockerwall.present.plan_words import plan_document, plan_lines

        others, done = answer.alternatives, answer.done
        if self.as_json:
            self._document["plan"] = plan_document(preview, others, done=done)
            return
        for line in plan_lines(preview, answer.stage.world, others, done=done):
            sys.stdout.write(line + "\n")

    def applied(self, applied: Applied, connections_ended: int | None) -> None:
        """That the change is made."""
        self._document["applied"] = {
            "change": applied.trial.id,
            "trial_seconds": applied.trial.seconds,
            "watchdog": applied.watchdog,
            "connections_ended": connections_ended,
        }

    def notes(self, notes: Sequence[str]) -> None:
        """What others have changed since a change that is to be undone."""
        self._document["notes"] = list(notes)
        for note in notes:
            complain(note)

    def decided(self, trial: Trial, standing: str, note: str) -> None:
        """What became of a change on trial: its standing in the words of `history`."""
        self._document["decided"] = {
            "change": trial.id,
            "standing": standing,
            "summary": trial.plan.summary,
            "note": note,
        }
        complain(note)

    def end(self) -> None:
        """Print what has been gathered."""
        if self.as_json:
            sys.stdout.write(json.dumps(self._document) + "\n")
        sys.stdout.flush()


def carry_out(
    arguments: argparse.Namespace,
    preview: Preview,
    report: Report,
    undoes: str | None = None,
) -> int:
    """Apply a plan that was shown, once it is confirmed; the exit status."""
    if arguments.dry_run:
        report.end()
        return Status.DONE
    if not arguments.yes and not confirmed():
        report.end()
        complain("nothing was changed")
        return Status.NO
    from dockerwall.applying.executor import apply

    bench = bench_of(arguments)
    with taken_back_if_lost(), _telling(arguments) as tell:
        applied = apply(bench, preview.plan, trial_seconds(arguments), undoes, tell)
    ended = _end_connections(bench, preview) if arguments.end_connections else None
    report.applied(applied, ended)
    report.end()
    if ended is not None:
        complain(f"{ended} established connections were ended")
    if arguments.json or arguments.yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return Status.DONE
    from dockerwall.cli.countdown import wait_for_word

    with taken_back_if_lost():
        return wait_for_word(bench, applied.trial, at_host(arguments))


@contextmanager
def taken_back_if_lost() -> Iterator[None]:
    """Say what becomes of a change whose host is lost while it is made or on trial."""
    from dockerwall.applying.outcome import TakenBackError
    from dockerwall.model.unreadable import UnreadableError

    try:
        yield
    except UnreadableError as error:
        raise TakenBackError(f"{error} {IF_MADE}") from error


def is_refused(preview: Preview) -> bool:
    """Whether something forbids the plan, and says so; a recorded host goes as far as a plan."""
    from dockerwall.editing.plan import LOCKOUT

    found = [each for each in preview.objections if each.blocking and each.id != "recorded-host"]
    if any(each.id == LOCKOUT for each in found):
        complain("nothing is changed: it may cut your own session; --force-lockout does it anyway")
    return bool(found)


def confirmed() -> bool:
    """Whether the operator types the word; anything else, or an end of input, is a no."""
    sys.stdout.flush()
    sys.stderr.write(f"Type {WORD} and Enter to make this change, anything else to leave it: ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not sys.stdin.isatty():
        sys.stderr.write("\n")
    return answer.strip() == WORD


@contextmanager
def _telling(arguments: argparse.Namespace) -> Iterator[Callable[[Applied], None]]:
    """Says that a change is in force, on a thread: a terminal that stands still holds up nothing
    while the change is read back.
    """
    tellers: list[threading.Thread] = []

    def tell(applied: Applied) -> None:
        teller = threading.Thread(target=_tell, args=(applied, arguments), daemon=True)
        tellers.append(teller)
        teller.start()

    try:
        yield tell
    finally:
        for teller in tellers:
            teller.join()


def _tell(applied: Applied, arguments: argparse.Namespace) -> None:
    trial = applied.trial
    keep = f"{PROGRAM} keep{at_host(arguments)}"
    complain(f"change {trial.id} is made, and taken back in {trial.left:.0f} s unless it is kept:")
    complain(f"  {keep} {trial.id}    (test a new connection first, also from elsewhere)")


def _end_connections(bench: Bench, preview: Preview) -> int:
    from dockerwall.applying.connections import endings

    if not bench.connections.can_end():
        complain("conntrack is not installed: established connections go on")
        return 0
    return bench.connections.end(endings(preview.reaches))


def demand_live(arguments: argparse.Namespace, *, live: bool) -> None:
    """A recorded host can only be planned for."""
    if not live and not arguments.dry_run:
        raise WrongUseError("a recorded host cannot be changed: add --dry-run to see the plan")
