"""`dockerwall-tui audit`: every exposure of a host, as a report or as JSON."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from dockerwall.cli.choosing import add_lan_option, chosen, complain_of_flaws, demand_sound
from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.fleet import Question, add_fleet_options, audit_fleet, fleet_of
from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import Status, complain, complain_of_gaps, reading_status

if TYPE_CHECKING:
    from dockerwall.analysis.judgement import Judgement
    from dockerwall.model.snapshot import Snapshot
    from dockerwall.reading.destination import Destination
    from dockerwall.session import Session

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

FAIL_ON = ("exposed", "allowlisted", "unknown", "finding")
"""What can make an audit fail, worst first; each includes those before it."""


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "audit",
        help="say who can reach every container's ports, and why",
        description="Judge every way into every container: who can open a connection, which "
        "rules decide, and what is wrong with the rules.",
        allow_abbrev=False,
    )
    add_host_options(parser)
    add_fleet_options(parser)
    add_lan_option(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--format",
        choices=("text", "markdown", "html", "json"),
        help="text: for this terminal; markdown: for a ticket; html: one file for a browser or "
        "for paper; json: dockerwall-audit/1 (default: what the name after -o ends in, or text)",
    )
    form.add_argument(
        "--json",
        action="store_const",
        const="json",
        dest="format",
        help="print one JSON object, as --format json",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help="write the report to a file that only you can read, whole or not at all",
    )
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with status 1 if there is anything this bad or worse that is not declared as "
        "expected; finding: or any finding that is not a mere notice",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit the host, or all that are named; the answer is the exit status."""
    hosts = fleet_of(arguments)
    if hosts:
        return _run_fleet(arguments, hosts)
    gc.disable()  # there are no cycles to speak of in all that an audit makes
    session = open_session(arguments, judging=True)
    snapshot = session.read()
    judgement = session.judge(snapshot)
    _write(session, snapshot, arguments.format, arguments.output)
    complain_of_gaps(snapshot)
    status = reading_status(snapshot, live=session.live)
    if status is not Status.DONE:
        return status
    return Status.NO if fails(judgement, arguments.fail_on) else Status.DONE


def _run_fleet(arguments: argparse.Namespace, hosts: tuple[Destination, ...]) -> int:
    if arguments.output is not None:
        raise WrongUseError("many hosts are reported on standard output: leave out -o")
    file = chosen(arguments)
    demand_sound(file)
    complain_of_flaws(file)

    def is_bad(judgement: Judgement) -> bool:
        return fails(judgement, arguments.fail_on)

    return audit_fleet(hosts, Question(file.settings, is_bad), arguments.format)


def _write(session: Session, snapshot: Snapshot, form: str | None, output: Path | None) -> None:
    """Print the report, or put it into a file; WrongUseError if it cannot be put there."""
    if output is not None:
        from dockerwall.private_file import NotWrittenError

        try:
            session.write_report(snapshot, output, form)
        except NotWrittenError as error:
            raise WrongUseError(str(error)) from None
        complain(f"wrote the report to {output}")
        return
    if form in ("markdown", "html"):  # what a file holds is UTF-8, whatever the terminal speaks
        text = session.report(snapshot, form)
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8"))
    else:
        for part in session.report_parts(snapshot, form or "text"):
            sys.stdout.write(part)
    sys.stdout.flush()


def fails(judgement: Judgement, fail_on: str | None) -> bool:
    """Whether there is anything as bad as asked for, or worse, that nobody declared expected."""
    from dockerwall.analysis.findings.finding import Level

    if fail_on is None:
        return False
    counted = FAIL_ON[: FAIL_ON.index(fail_on) + 1]
    if any(
        each.severity.value in counted and not judgement.is_expected(each)
        for each in judgement.exposures
    ):
        return True
    return fail_on == "finding" and any(
        each.severity is not Level.NOTICE for each in judgement.findings
    )
