"""What every command that changes the host shares: who may, and how it ends."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from dockerwall.cli.status import Status, complain

if TYPE_CHECKING:
    from dockerwall.applying.bench import Bench


class DeniedError(Exception):
    """Whoever works here may not change this host: one sentence."""


def add_read_only(parser: argparse.ArgumentParser) -> None:
    """The option that takes away every change; before or after the command's name."""
    parser.add_argument(
        "--read-only",
        action="store_true",
        default=argparse.SUPPRESS,
        help="change nothing, whatever is asked",
    )


def is_read_only(arguments: argparse.Namespace) -> bool:
    """Whether changes were taken away."""
    return bool(getattr(arguments, "read_only", False))


def demand_changing(arguments: argparse.Namespace) -> None:
    """DeniedError unless this user may change this host."""
    if is_read_only(arguments):
        raise DeniedError("nothing is changed: --read-only was given.")
    if getattr(arguments, "ssh", None):
        return  # who one is there is found out there
    if os.geteuid() != 0:
        raise DeniedError("changing the firewall needs root: run it again with sudo.")


def own_bench() -> Bench:
    """What a change of this host is made with: always the same, as it remembers what it saw."""
    return _bench_of(os.environ.get("DOCKERWALL_STATE", ""))


@lru_cache(maxsize=1)
def _bench_of(_folder: str) -> Bench:
    from dockerwall.applying.bench import this_bench

    return this_bench()


def ended(work: Callable[[], int]) -> int:
    """The exit status of a change, with one line for people where it was not made."""
    from dockerwall.applying.journal import JournalError
    from dockerwall.applying.outcome import NotTakenBackError, RefusedError, TakenBackError
    from dockerwall.applying.state import StateError

    try:
        return work()
    except DeniedError as error:
        complain(str(error))
        return Status.DENIED
    except RefusedError as error:
        complain(str(error))
        for line in error.difference:
            complain(line)
        return Status.REFUSED
    except (StateError, JournalError) as error:
        complain(str(error))
        return Status.REFUSED
    except (TakenBackError, NotTakenBackError) as error:
        complain(str(error))
        return Status.ROLLED_BACK


def settle(arguments: argparse.Namespace) -> None:
    """End changes whose watchdog was killed, and say so: before any command of root."""
    from dockerwall.applying.state import state_of

    if os.geteuid() != 0 or is_read_only(arguments):
        return
    if not _has_files(state_of(os.environ).trials):
        return
    from dockerwall.applying import decisions

    for sentence in decisions.settle(own_bench()):
        complain(sentence)


def _has_files(folder: os.PathLike[str]) -> bool:
    try:
        with os.scandir(folder) as files:
            return any(True for _ in files)
    except OSError:
        return False
