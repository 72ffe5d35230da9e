"""`dockerwall-tui audit` of many hosts: side by side, with progress, in one report."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.status import Status, complain, reading_status
from dockerwall.model.value import value

if TYPE_CHECKING:
    from dockerwall.model.settings import Settings
    from dockerwall.present.fleet import Audited
    from dockerwall.reading.destination import Destination

SIDE_BY_SIDE = 8
"""Hosts that are asked at the same time."""
_WORST = (Status.WRONG, Status.DENIED, Status.NO, Status.DONE)
"""The whole ends as its worst host, in this order."""


def add_fleet_options(parser: argparse.ArgumentParser) -> None:
    """The options that name many hosts at once."""
    parser.add_argument(
        "--hosts",
        metavar="FILE",
        type=Path,
        help="audit the hosts of a file over SSH: one [user@]host[:port] a line, # for comments",
    )
    parser.add_argument(
        "--inventory",
        metavar="PATH",
        type=Path,
        help="audit the hosts of an Ansible inventory over SSH (needs ansible-inventory)",
    )


def fleet_of(arguments: argparse.Namespace) -> tuple[Destination, ...]:
    """The hosts that are to be audited together; empty where it is a single one."""
    named: list[Destination] = getattr(arguments, "ssh", None) or []
    if arguments.hosts is None and arguments.inventory is None:
        return tuple(named) if len(named) > 1 else ()
    if hasattr(arguments, "snapshot") or hasattr(arguments, "demo"):
        raise WrongUseError("--hosts and --inventory name live hosts: leave out the recorded one")
    from dockerwall.reading.hosts_file import hosts_in, hosts_of_inventory

    found = list(named)
    if arguments.hosts is not None:
        found += hosts_in(arguments.hosts)
    if arguments.inventory is not None:
        found += hosts_of_inventory(arguments.inventory)
    return tuple(dict.fromkeys(found))


@value
class Question:
    """What is asked of every host."""

    settings: Settings
    fails: Callable[..., bool]
    """Whether a judgement is as bad as `--fail-on` says."""


def audit_fleet(hosts: Sequence[Destination], question: Question, form: str | None) -> int:
    """Audit all of them and print one report; the worst status of all."""
    from dockerwall.present.fleet import fleet_document, fleet_lines

    if form not in (None, "text", "json"):
        raise WrongUseError("many hosts are reported as text or as json")
    audits = _audits(hosts, question)
    if form == "json":
        json.dump(fleet_document(audits), sys.stdout)
        sys.stdout.write("\n")
    else:
        for line in fleet_lines(audits):
            sys.stdout.write(line + "\n")
    sys.stdout.flush()
    for each in audits:
        if each.error:
            complain(each.error)
    statuses = {each.status for each in audits}
    return next(each for each in _WORST if each in statuses)


def _audits(hosts: Sequence[Destination], question: Question) -> list[Audited]:
    """Every host's audit, in the order they were named."""
    from queue import Empty, SimpleQueue

    from dockerwall.cli.connecting import Password
    from dockerwall.present.fleet import summary

    one_at_a_time = threading.Lock()

    def ask_for() -> Callable[[str], str | None]:
        password = Password()

        def ask(prompt: str) -> str | None:
            with one_at_a_time:
                return password.ask(prompt)

        return ask

    waiting: SimpleQueue[tuple[Destination, Callable[[str], str | None]]] = SimpleQueue()
    finished: SimpleQueue[tuple[Destination, Audited]] = SimpleQueue()

    def work() -> None:
        while True:
            try:
                host, ask = waiting.get_nowait()
            except Empty:
                return
            finished.put((host, _audit(host, ask, question)))

    for host in hosts:
        waiting.put((host, ask_for()))
    for _ in range(min(SIDE_BY_SIDE, len(hosts))):  # daemons: leaving waits for none of them
        threading.Thread(target=work, daemon=True).start()
    found: dict[Destination, Audited] = {}
    watched = sys.stderr.isatty()
    while len(found) < len(hosts):
        host, audited = finished.get()
        found[host] = audited
        if watched:
            complain(f"{len(found)} of {len(hosts)}: {host}: {summary(audited)}")
    return [found[host] for host in hosts]


def _audit(host: Destination, ask: Callable[[str], str | None], question: Question) -> Audited:
    """One host; whatever goes wrong with it is its own."""
    from dockerwall.analysis.judgement import judge
    from dockerwall.model.unreadable import UnreadableError
    from dockerwall.present.fleet import Audited
    from dockerwall.reading.remote import RemoteHost
    from dockerwall.reading.remote_shell import RemoteShell

    def connect() -> RemoteShell:
        return RemoteShell(host, ask)

    remote = RemoteHost(host, connect)
    try:
        remote.open(connect())
        snapshot = remote.read()
        judgement = judge(snapshot, question.settings)
    except UnreadableError as error:
        status = Status.DENIED if error.denied else Status.WRONG
        return Audited(str(host), status, error=str(error))
    except Exception as error:  # of one host's odd data: the others are audited all the same
        reason = f"{host}: unexpected error: {type(error).__name__}: {error}"
        return Audited(str(host), Status.WRONG, error=reason)
    finally:
        remote.close()
    status = reading_status(snapshot, live=True)
    if status is Status.DONE and question.fails(judgement):
        status = Status.NO
    return Audited(str(host), status, judgement)
