"""`dockerwall-tui audit`: every exposure of a host, as a report or as JSON."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from dockerwall.cli.choosing import add_lan_option
from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import Status, complain_of_gaps, reading_status

if TYPE_CHECKING:
    from dockerwall.analysis.judgement import Judgement

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
    add_lan_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with status 1 if there is anything this bad or worse that is not declared as "
        "expected; finding: or any finding that is not a mere notice",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Audit the host; the answer is the exit status."""
    session = open_session(arguments, judging=True)
    snapshot = session.read()
    judgement = session.judge(snapshot)
    if arguments.json:
        from dockerwall.present.audit_document import audit_document

        document = audit_document(
            judgement.world, judgement.exposures, judgement.findings, judgement.expected
        )
        json.dump(document, sys.stdout)
        sys.stdout.write("\n")
    else:
        from dockerwall.present.audit_report import report_lines
        from dockerwall.present.exposures import rows

        table = rows(judgement.world, judgement.exposures, judgement.expected)
        for line in report_lines(judgement.world, table, judgement.findings):
            sys.stdout.write(line + "\n")
    sys.stdout.flush()
    complain_of_gaps(snapshot)
    status = reading_status(snapshot, live=session.live)
    if status is not Status.DONE:
        return status
    return Status.NO if fails(judgement, arguments.fail_on) else Status.DONE


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
