"""What a command changes the host with that it names: this host's own means, or over SSH."""

from __future__ import annotations

import argparse
import functools
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from dockerwall.cli.changing import DeniedError, is_read_only, own_bench
from dockerwall.cli.opening import destination_of
from dockerwall.cli.status import complain

if TYPE_CHECKING:
    from dockerwall.applying.bench import Bench
    from dockerwall.applying.operator import SshConnection
    from dockerwall.applying.state import State
    from dockerwall.reading.destination import Destination


IF_MADE = (
    "If a change is on trial there, the host takes it back by itself at its end, unless it is kept "
    "before that."
)
"""What becomes of a change whose host is lost."""


def bench_of(arguments: argparse.Namespace) -> Bench:
    """The bench of the host that is named; what was left over on a far one is ended first.

    DeniedError where one may not change it, UnreadableError where it cannot be reached.
    """
    destination = destination_of(arguments)
    if destination is None:
        return own_bench()
    return _far_bench_of(destination, is_read_only(arguments))


@functools.cache
def _far_bench_of(destination: Destination, read_only: bool) -> Bench:
    from dockerwall.applying.far.bench import settle_far
    from dockerwall.cli.connecting import connect

    if not connect(destination).may_change:
        raise DeniedError(
            f"changing the firewall of {destination} needs root: log in as root, or with sudo."
        )
    bench = far_bench_at(destination)
    if not read_only:
        for sentence in settle_far(bench):
            complain(sentence)
    return bench


def far_bench_at(destination: Destination) -> Bench:
    """A new bench of a far host, as it is found there; nothing is ended, and nobody is asked."""
    from dockerwall.applying.far.bench import far_bench
    from dockerwall.applying.operator import operator
    from dockerwall.cli.connecting import connect

    state = state_for(destination, os.environ)
    host = connect(destination)
    return far_bench(
        host.run, state, str(destination), operator(os.environ), lambda: host.connections
    )


def journal_of(arguments: argparse.Namespace) -> Bench:
    """The bench of the host that is named, for its journal alone: nothing is connected to."""
    destination = destination_of(arguments)
    if destination is None:
        return own_bench()
    from dockerwall.applying.bench import this_bench
    from dockerwall.applying.clock import NoClock

    return replace(this_bench(), state=state_for(destination, os.environ), clock=NoClock())


def state_for(destination: Destination, environment: Mapping[str, str]) -> State:
    """The folder of this machine that holds a far host's journal."""
    from dockerwall.applying.state import USUAL, VARIABLE, State

    name = environment.get(VARIABLE)
    if name:
        base = Path(name)
    elif os.geteuid() == 0:
        base = USUAL
    else:
        home = environment.get("XDG_STATE_HOME", "")
        own = Path(home) if home.startswith("/") else Path.home() / ".local" / "state"
        base = own / "dockerwall"
    return State(base / "hosts" / quote(str(destination), safe="@"))


def operator_at(arguments: argparse.Namespace) -> SshConnection | None:
    """The operator's own connection to the host that is named, as that host sees it."""
    from dockerwall.applying.operator import parse_connection

    destination = destination_of(arguments)
    if destination is None:
        return own_connection()
    from dockerwall.cli.connecting import connect

    return parse_connection(connect(destination).came_by)


def own_connection() -> SshConnection | None:
    """The operator's connection to this host."""
    from dockerwall.applying.operator import ssh_connection

    return ssh_connection(os.environ)
