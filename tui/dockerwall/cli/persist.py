"""`dockerwall-tui persist`: your own rules made to last across boots, or not any more."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from dockerwall.cli.applying import confirmed, demand_live
from dockerwall.cli.changing import add_read_only, demand_changing, ended, is_read_only
from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.opening import add_host_options, at_host, destination_of, open_session
from dockerwall.cli.status import PROGRAM, Status, complain, complain_of_gaps, reading_status
from dockerwall.cli.whose import bench_of, journal_of
from dockerwall.model.boot import RULES, Boot

if TYPE_CHECKING:
    from dockerwall.editing.lasting.planning import Persisting
    from dockerwall.model.snapshot import Snapshot

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "persist",
        help="make your own rules last across boots, or say whether they do",
        description="Write your own rules (those in DOCKER-USER and those kept changes put "
        "elsewhere, with their ipsets, and none of Docker's) to where the next boot, a restart of "
        "Docker and a reload of ufw or firewalld bring them back from. Shows first what would be "
        "written.",
        allow_abbrev=False,
    )
    add_host_options(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--status",
        action="store_true",
        help="say what brings rules back, and exit with 1 if it is not what is there now",
    )
    what.add_argument(
        "--remove", action="store_true", help="undo it: files and units are as they were before"
    )
    what.add_argument(
        "--early",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="put the rules there before Docker starts, too, so that no port is open meanwhile",
    )
    parser.add_argument("--dry-run", action="store_true", help="only show what would be written")
    parser.add_argument("--yes", action="store_true", help="write without asking")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    add_read_only(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Show, ask, write; or compare, or undo."""

    def work() -> int:
        session = open_session(arguments)
        if not arguments.status:
            demand_live(arguments, live=session.live)
            if not arguments.dry_run:
                demand_changing(arguments)
                bench_of(arguments)
        snapshot = session.read()
        complain_of_gaps(snapshot)
        status = reading_status(snapshot, live=session.live)
        if status is not Status.DONE:
            return status
        if session.live:  # to the byte, which a snapshot's text of them is not
            snapshot = replace(snapshot, boot=_boot(arguments))
        if snapshot.boot is None:
            raise WrongUseError("the snapshot does not say how its host begins (boot.txt)")
        if arguments.remove:
            from dockerwall.editing.lasting.planning import unpersist

            return _write(arguments, snapshot, unpersist(snapshot.boot))
        planned = _planned(arguments, snapshot, snapshot.boot, live=session.live)
        if arguments.status:
            return _compare(arguments, snapshot, planned)
        return _write(arguments, snapshot, planned)

    return ended(work)


def _boot(arguments: argparse.Namespace) -> Boot:
    """How the host that is named begins."""
    destination = destination_of(arguments)
    if destination is None:
        from dockerwall.reading.boot import boot_of

        return boot_of()
    from dockerwall.cli.connecting import connect

    return connect(destination).boot()


def _planned(
    arguments: argparse.Namespace, snapshot: Snapshot, boot: Boot, *, live: bool
) -> Persisting:
    """What has to be written so that saved and live are the same."""
    from dockerwall.analysis.boot.own import lasting
    from dockerwall.applying.lasting.keeping import placed
    from dockerwall.applying.lasting.script import restore_script
    from dockerwall.editing.lasting.own_files import saved_elsewhere
    from dockerwall.editing.lasting.planning import persist

    read = {family for _, family in snapshot.rules}
    for family, path in RULES.items():
        if path in boot.files and family not in read:
            raise WrongUseError(
                f"the {family.value} rules cannot be read now: what {path} holds would be lost"
            )
    early = boot.has_early_unit if arguments.early is None else arguments.early
    ours = saved_elsewhere(boot) | (placed(journal_of(arguments)) if live else frozenset())
    return persist(snapshot, lasting(snapshot, ours), restore_script(), early=early)


def _compare(arguments: argparse.Namespace, snapshot: Snapshot, planned: Persisting) -> int:
    from dockerwall.present.lasting_words import changed_lines, place_lines

    if arguments.json:
        _print_json(snapshot, planned, written=False)
    else:
        for line in place_lines(snapshot):
            print(line)
        for line in changed_lines(planned):
            print(line)
        for sentence in planned.warnings:
            print(f"warning: {sentence}")
        print(
            f"What is saved is not what is there now: {PROGRAM} persist{at_host(arguments)}"
            if planned.touches_rules
            else "What is saved is what is there now."
        )
    return Status.NO if planned.touches_rules else Status.DONE


def _write(arguments: argparse.Namespace, snapshot: Snapshot, planned: Persisting) -> int:
    from dockerwall.present.lasting_words import persisting_lines

    if not arguments.json:
        for line in persisting_lines(planned):
            print(line)
    if not planned:
        complain("nothing to do: there is nothing of your own that is not as asked already")
    if arguments.dry_run or not planned:
        return _done(arguments, snapshot, planned, written=False)
    if not arguments.yes and not confirmed():
        complain("nothing was written")
        return Status.NO
    troubles = _carried_out(arguments, planned)
    for sentence in troubles:
        complain(sentence)
    count = len(planned.changes) + len(planned.unfinished)
    complain(f"{count} files written" if not arguments.remove else f"{count} files put back")
    _done(arguments, snapshot, planned, written=True)
    return Status.NO if troubles else Status.DONE


def _carried_out(arguments: argparse.Namespace, planned: Persisting) -> tuple[str, ...]:
    """Write it; sentences on what did not work then."""
    from dockerwall.applying.lasting.keeping import carry_out

    assert not is_read_only(arguments)
    destination = destination_of(arguments)
    if destination is None:
        return carry_out(bench_of(arguments), planned)
    from dockerwall.applying.far.lasting import write_far
    from dockerwall.cli.connecting import connect
    from dockerwall.model.unreadable import UnreadableError

    try:
        write = partial(write_far, connect(destination).run)
        return carry_out(bench_of(arguments), planned, write)
    except UnreadableError as error:
        command = f"{PROGRAM} persist{at_host(arguments)}"
        raise UnreadableError(
            f"{error} What had come there whole is written; {command} does what is left to do, and "
            f"{command} --remove undoes it."
        ) from error


def _done(
    arguments: argparse.Namespace, snapshot: Snapshot, planned: Persisting, *, written: bool
) -> int:
    if arguments.json:
        _print_json(snapshot, planned, written=written)
    return Status.DONE


def _print_json(snapshot: Snapshot, planned: Persisting, *, written: bool) -> None:
    from dockerwall.present.lasting_words import persisting_document, places_document

    document: dict[str, Any] = {
        "schema": "dockerwall-persist/1",
        "differ": planned.touches_rules,
        "written": written,
        "places": places_document(snapshot),
        **persisting_document(planned),
    }
    sys.stdout.write(json.dumps(document) + "\n")
