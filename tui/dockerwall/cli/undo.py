"""`dockerwall-tui undo [CHANGE]`: take back a change, on trial or kept."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from dockerwall.cli.applying import (
    Report,
    add_apply_options,
    carry_out,
    is_refused,
    taken_back_if_lost,
)
from dockerwall.cli.changing import demand_changing, ended
from dockerwall.cli.opening import add_ssh_option, open_session
from dockerwall.cli.status import Status, complain, complain_of_gaps
from dockerwall.cli.whose import bench_of, operator_at

if TYPE_CHECKING:
    from dockerwall.applying.bench import Bench
    from dockerwall.applying.undoing import Undoing

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "undo",
        help="take back a change, the one on trial or one that was kept",
        description="Take back the change that is on trial, at once; or undo the last one that "
        "was kept, or the one that is named, if its rules are still there.",
        allow_abbrev=False,
    )
    parser.add_argument("change", nargs="?", help="its id (see history)")
    add_ssh_option(parser)
    add_apply_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Take it back; undoing a kept change is a change like any other."""

    def work() -> int:
        from dockerwall.applying.decisions import pending
        from dockerwall.applying.undoing import undoing

        if not arguments.dry_run:
            demand_changing(arguments)
        bench, report = bench_of(arguments), Report(arguments.json)
        if any(arguments.change in (None, trial.id) for trial in pending(bench)):
            _take_back(arguments, bench, report)
            report.end()
            return Status.DONE
        found = undoing(bench, arguments.change)
        report.notes(found.notes)
        if not found.plan:
            complain(f"nothing of change {found.change.id} is left to undo")
            report.end()
            return Status.NO
        return _undo(arguments, found, report)

    return ended(work)


def _take_back(arguments: argparse.Namespace, bench: Bench, report: Report) -> None:
    """End the trial that is meant, or say which it would be."""
    from dockerwall.applying.decisions import chosen, take_back_now

    trial = chosen(bench, arguments.change)
    if arguments.dry_run:
        report.decided(trial, "on trial", f"change {trial.id}, on trial, would be taken back")
    else:
        with taken_back_if_lost():
            said = take_back_now(bench, trial.id)
        report.decided(trial, "taken back", said)


def _undo(arguments: argparse.Namespace, found: Undoing, report: Report) -> int:
    """Show what undoing does to whom, and do it."""
    from dockerwall.applying.looking import rehearse
    from dockerwall.editing import foresight
    from dockerwall.editing.guard import Circumstances, Ssh
    from dockerwall.editing.ofplan import of_plan

    session = open_session(arguments)
    snapshot = session.read()
    complain_of_gaps(snapshot)
    judgement = session.judge(snapshot)
    answer = of_plan(judgement, found.plan)
    operator = operator_at(arguments)
    ssh = None if operator is None else Ssh(*operator)
    around = Circumstances(ssh, insists=arguments.force_lockout)
    preview = foresight.preview(judgement, answer, around)
    report.preview(preview, answer)
    if is_refused(preview):
        report.end()
        return Status.NO
    if not arguments.dry_run:
        rehearse(bench_of(arguments), answer.plan)
    return carry_out(arguments, preview, report, undoes=found.change.id)
