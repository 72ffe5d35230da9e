"""What a change of a far host is made with: the same programs, run over the shell there."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from dockerwall.applying.bench import Bench
from dockerwall.applying.decisions import is_overdue, settle
from dockerwall.applying.document import Written
from dockerwall.applying.far.store import LOCK, FarStore, Runner
from dockerwall.applying.far.waybacktext import UnwritableError, watchdog_script, way_back
from dockerwall.applying.firewall import Firewall, FirewallError, Kernel, Mark
from dockerwall.applying.history import by_change, is_lost
from dockerwall.applying.journal import Event
from dockerwall.applying.outcome import ArmingError
from dockerwall.applying.scratch import as_printed
from dockerwall.applying.state import BusyError, State
from dockerwall.applying.trial import Standing, Trial, trials
from dockerwall.applying.wayback import RESTARTED, take_back
from dockerwall.model.kinds import Family, Variant
from dockerwall.programs import Answer

# The watchdog leaves this session at once: by systemd where that runs, else in a session of its
# own, deaf to the end of the connection. It has armed itself once its number is written down.
_START = (
    "cd /run/dockerwall || exit 1; how='detached process'; "
    "if test -d /run/systemd/system && command -v systemd-run >/dev/null && "
    'test "$(readlink /proc/self/ns/net)" = "$(readlink /proc/1/ns/net)" && '
    'systemd-run --quiet --collect --unit="dockerwall-trial-$1" '
    'sh "/run/dockerwall/$1.sh" "$1" "$2"; '
    'then how="systemd unit dockerwall-trial-$1.service"; '
    "else trap '' HUP; "
    "if command -v setsid >/dev/null; "
    'then setsid sh "/run/dockerwall/$1.sh" "$1" "$2" </dev/null >/dev/null 2>&1 & '
    'else sh "/run/dockerwall/$1.sh" "$1" "$2" </dev/null >/dev/null 2>&1 & fi; fi; '
    'tries=0; while test ! -s "$1.pid"; do tries=$((tries + 1)); '
    "test $tries -lt 10 || exit 1; sleep 1; done; "
    'kill -0 "$(cat "$1.pid")" && echo "$how"'
)

_SOON = 0.5
"""Seconds in which a lock that is nobody's is found to be so."""
_WHILE_THERE = (
    'test -e "/run/dockerwall/$1" || { echo "the change was decided meanwhile" >&2; exit 1; }; '
    'shift; exec "$@"'
)


class FarKernel(Kernel):
    """The far host's rules: what its own programs say, over the shell there."""

    def mark(self, variant: Variant, family: Family) -> Mark:
        """Nothing is told from afar: the rules are looked at again."""
        return None

    def while_there(self, name: str) -> Firewall:
        """The same; what is sent over a link that hangs may arrive when the watchdog was there."""
        return replace(self, runner=partial(_while_there, self.runner, name))

    def _lock_holder(self) -> str:
        return ""  # the locks of this machine are others


def _while_there(
    run: Runner, name: str, argv: Sequence[str], *, given: bytes = b"", held: Sequence[int] = ()
) -> Answer:
    """Run a program there unless a file is gone by then."""
    answer = run(["sh", "-c", _WHILE_THERE, "sh", name, *argv], given=given, held=held)
    return replace(answer, program=argv[0])


class FarClock:
    """The far host's time since boot, asked for once for each connection and then reckoned."""

    def __init__(self, run: Runner, connection: Callable[[], object]) -> None:
        """`connection` is another one after each loss of the link: the host may have restarted."""
        self._run = run
        self._connection = connection
        self._asked: object = None
        self._ahead = 0.0
        self._boot = ""

    def uptime(self) -> float:
        """See Clock."""
        self._ask()
        return time.monotonic() + self._ahead

    def boot(self) -> str:
        """See Clock."""
        self._ask()
        return self._boot

    def _ask(self) -> None:
        connection = self._connection()
        if self._asked == connection:
            return
        said = self._run(["cat", "/proc/uptime", "/proc/sys/kernel/random/boot_id"]).text.split()
        if len(said) != 3:
            raise FirewallError("the host does not say how long it has been up.")
        self._ahead = float(said[0]) - time.monotonic()
        self._boot, self._asked = said[2], connection


class FarWatchdog:
    """A shell script on the far host, which needs neither this program nor the connection."""

    def __init__(self, run: Runner, store: FarStore) -> None:
        self._run = run
        self._store = store

    def prepare(self, plan: Written | None = None) -> None:
        """There is nothing to start before there is a trial."""

    def arm(self, trial: Trial) -> Callable[[], str]:
        """See Watchdog."""
        try:
            self._store.put(f"{trial.id}.plan", way_back(trial.plan).encode(
                "utf-8", "surrogateescape"))  # fmt: skip
        except UnwritableError as error:
            raise ArmingError(str(error)) from error
        self._store.put(f"{trial.id}.sh", watchdog_script().encode())
        words = [trial.id, str(int(trial.deadline))]
        answer = self._run(["sh", "-c", _START, "sh", *words])
        if answer.failure is not None:
            raise ArmingError(f"the watchdog on the host could not be started: {answer.complaint}.")
        said = f"{answer.text.strip()} on the host"
        return lambda: said

    def entrust(self, trial: Trial) -> str | None:
        """It is as safe as can be from the start."""
        return None

    def stand_down(self, trial: Trial) -> None:
        """It ends within a second of the decision, by itself."""


class FarConnections:
    """What conntrack knows there."""

    def __init__(self, run: Runner) -> None:
        self._run = run

    def can_end(self) -> bool:
        """See Connections."""
        return self._run(["sh", "-c", "command -v conntrack"]).failure is None

    def end(self, commands: Iterable[Sequence[str]]) -> int:
        """See Connections."""
        return sum(len(self._run(argv).text.splitlines()) for argv in commands)


def far_bench(
    run: Runner,
    own: State,
    host: str,
    who: Mapping[str, Any],
    connection: Callable[[], object],
) -> Bench:
    """The bench of a far host; `own` is the folder of this machine that holds its journal.

    `connection` is another one after each loss of the link.
    """
    store = FarStore(run, own, host)

    def firewall(_held: Sequence[int]) -> Firewall:
        return FarKernel(runner=run)

    return Bench(
        store,
        firewall,
        FarWatchdog(run, store),
        {**who, "host": host},
        clock=FarClock(run, connection),
        printed=partial(as_printed, runner=run),
        connections=FarConnections(run),
    )


def follow_far(bench: Bench, *, settling: bool) -> tuple[Trial, ...]:
    """The trials there that have not come to their end, for one who looks again and again.

    What the watchdog is still taking back is one of them. With `settling`, what came to its end
    there is written down.
    """
    found = tuple(trials(bench.state, bench.clock))
    if settling and any(_came_to_its_end(bench, *each) for each in found):
        settle_far(bench)
        found = tuple(trials(bench.state, bench.clock))
    return tuple(trial for trial, standing in found if standing is not Standing.KEPT)


def _came_to_its_end(bench: Bench, trial: Trial, standing: Standing) -> bool:
    if standing is Standing.KEPT or is_overdue(trial):
        return True
    return standing is Standing.BACK and bench.state.has(f"{trial.id}.done")


def settle_far(bench: Bench) -> tuple[str, ...]:
    """Write down what the watchdog there did since, and end what was cut short; sentences."""
    if bench.state.has(LOCK):
        with suppress(BusyError), bench.state.changing(_SOON):
            pass  # one whose holder is gone goes with this
    said = [_lose(bench, change) for change in _lost(bench)]
    for trial, standing in tuple(trials(bench.state, bench.clock)):
        if standing is Standing.BACK and bench.state.has(f"{trial.id}.done"):
            said.append(take_back(bench, trial, "it was not confirmed in time"))
    return (*(each for each in said if each), *settle(bench))


def _lost(bench: Bench) -> list[str]:
    """The changes that a restart there has ended: /run went with the rules."""
    boot = bench.clock.boot()
    return [change for change, entries in by_change(bench).items() if is_lost(entries, boot)]


def _lose(bench: Bench, change: str) -> str:
    bench.journal.write(change, Event.LOST, bench.who, {"reason": RESTARTED})
    return f"Change {change} is lost: {RESTARTED}."
