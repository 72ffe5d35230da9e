"""`dockerwall-tui persist`: your own rules made to last across boots, or not any more."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dockerwall.cli.applying import confirmed, demand_live
from dockerwall.cli.changing import add_read_only, demand_changing, ended, is_read_only, own_bench
from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.opening import add_host_options, destination_of, open_session
from dockerwall.cli.status import PROGRAM, Status, complain, complain_of_gaps, reading_status
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
        from dockerwall.reading.boot import boot_of

        session = open_session(arguments)
        if not arguments.status:
            demand_live(arguments, live=session.live)
            if not arguments.dry_run:
                demand_changing(arguments)
                if destination_of(arguments) is not None:
                    raise WrongUseError(
                        "what a boot brings is written on the host itself: add --dry-run to see it"
                    )
        snapshot = session.read()
        complain_of_gaps(snapshot)
        status = reading_status(snapshot, live=session.live)
        if status is not Status.DONE:
            return status
        here = session.live and destination_of(arguments) is None
        if here:  # to the byte, which a snapshot's text of them is not
            snapshot = replace(snapshot, boot=boot_of())
        if snapshot.boot is None:
            raise WrongUseError("the snapshot does not say how its host begins (boot.txt)")
        if arguments.remove:
            from dockerwall.editing.lasting.planning import unpersist

            return _write(arguments, snapshot, unpersist(snapshot.boot))
        planned = _planned(arguments, snapshot, snapshot.boot, here=here)
        if arguments.status:
            return _compare(arguments, snapshot, planned)
        return _write(arguments, snapshot, planned)

    return ended(work)


def _planned(
    arguments: argparse.Namespace, snapshot: Snapshot, boot: Boot, *, here: bool
) -> Persisting:
    """What has to be written so that saved and live are the same."""
    from dockerwall.analysis.boot.own import lasting
    from dockerwall.applying.lasting.keeping import placed
    from dockerwall.applying.lasting.script import restore_script
    from dockerwall.editing.lasting.planning import persist

    read = {family for _, family in snapshot.rules}
    for family, path in RULES.items():
        if path in boot.files and family not in read:
            raise WrongUseError(
                f"the {family.value} rules cannot be read now: what {path} holds would be lost"
            )
    early = boot.has_early_unit if arguments.early is None else arguments.early
    ours = placed(own_bench()) if here else frozenset()
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
            f"What is saved is not what is there now: {PROGRAM} persist"
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
    from dockerwall.applying.lasting.keeping import carry_out

    assert not is_read_only(arguments)
    troubles = carry_out(own_bench(), planned)
    for sentence in troubles:
        complain(sentence)
    count = len(planned.changes)
    complain(f"{count} files written" if not arguments.remove else f"{count} files put back")
    _done(arguments, snapshot, planned, written=True)
    return Status.NO if troubles else Status.DONE


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
