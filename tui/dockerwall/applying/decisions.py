"""The end of trials: kept, taken back by hand, or found cut short and ended now."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.applying.bench import Bench
from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.journal import Event, JournalError
from dockerwall.applying.looking import demand_made
from dockerwall.applying.outcome import NotTakenBackError, RefusedError, TakenBackError
from dockerwall.applying.state import BusyError
from dockerwall.applying.trial import Standing, Trial, sweep, trials
from dockerwall.applying.wayback import RESTARTED, decided_back, take_back

LATE = 5.0
"""Seconds after its deadline when a trial's watchdog must have come, or has died."""


def pending(bench: Bench) -> tuple[Trial, ...]:
    """The trials that wait to be confirmed, those of this network namespace first."""
    found = [t for t, how in trials(bench.state, bench.clock) if how is Standing.ARMED]
    return tuple(sorted(found, key=lambda trial: not is_here(bench, trial)))


def is_here(bench: Bench, trial: Trial) -> bool:
    """Whether its rules are those of the network namespace this program is in."""
    return "" in (trial.space, bench.space) or trial.space == bench.space


def keep(bench: Bench, change: str | None = None) -> Trial:
    """Confirm a change, by its id or the only one on trial, and say so in the journal.

    RefusedError where there is none to confirm, TakenBackError where it came too late.
    """
    trial = _demand_here(bench, chosen(bench, change))
    try:
        # Not while it is being made: half a change cannot be kept.
        with bench.state.changing(bench.patience) as held:
            if not was_applied(bench, trial):
                _read_back(bench, bench.firewall(held), trial)
            if trial.left <= 0 or not trial.decide(bench.state, Standing.KEPT):
                raise TakenBackError(_too_late(trial))
            _write_kept(bench, trial)
    except BusyError as error:
        raise RefusedError(str(error)) from error
    bench.watchdog.stand_down(trial)
    return trial


def _read_back(bench: Bench, firewall: Firewall, trial: Trial) -> None:
    """Read back a change that its maker could not, as when the link to the host broke, and write
    down that it is made; RefusedError where it is not, or where that cannot be told.
    """
    try:
        if trial.plan.sets_after or not trial.plan.chains:
            raise FirewallError("members of sets are not read back.")
        demand_made(firewall, trial.plan)
        bench.note(trial, Event.APPLIED)
    except (FirewallError, JournalError) as error:
        raise RefusedError(
            f"change {trial.id} was cut short while it was made, and will be taken back: {error}"
        ) from error


def take_back_now(bench: Bench, change: str | None = None) -> str:
    """Take back a change that is on trial, without waiting; what happened, as a sentence."""
    trial = _demand_here(bench, chosen(bench, change))
    if not decided_back(bench, trial):
        raise TakenBackError(_too_late(trial))
    said = take_back(bench, trial, "the operator took it back", patience=bench.patience)
    bench.watchdog.stand_down(trial)
    return said


def _demand_here(bench: Bench, trial: Trial) -> Trial:
    """RefusedError for a trial of another network namespace, whose rules are not seen here."""
    if is_here(bench, trial):
        return trial
    raise RefusedError(
        f"change {trial.id} was made in another network namespace ({trial.space}): "
        "run this there, as with ip netns exec or nsenter."
    )


def chosen(bench: Bench, change: str | None) -> Trial:
    """The trial that is meant; RefusedError where there is none."""
    waiting = pending(bench)
    found = [trial for trial in waiting if change in (None, trial.id)]
    if change is None and len(found) > 1:
        found = [trial for trial in found if is_here(bench, trial)] or found
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(trial.id for trial in found)
        raise RefusedError(f"several changes are on trial, say which: {names}.")
    if change is None:
        raise RefusedError("no change is on trial.")
    ends = [entry for entry in bench.journal.read() if entry.change == change]
    if not ends:
        raise RefusedError(f"there is no change {change}.")
    if ends[-1].event is Event.TAKEN_BACK:
        raise TakenBackError(f"change {change} was taken back at {ends[-1].at}.")
    if ends[-1].event is Event.LOST:
        raise RefusedError(f"change {change} is lost: {RESTARTED}.")
    raise RefusedError(f"change {change} is not on trial: it was {ends[-1].event} already.")


def was_applied(bench: Bench, trial: Trial) -> bool:
    """Whether the journal says that the change was made whole."""
    return any(
        entry.change == trial.id and entry.event is Event.APPLIED for entry in bench.journal.read()
    )


def settle(bench: Bench) -> tuple[str, ...]:
    """End what was cut short, as when a watchdog was killed; sentences on what was done."""
    return tuple(_settle(bench))


def _settle(bench: Bench) -> Iterator[str]:
    sweep(bench.state)
    for trial, standing in tuple(trials(bench.state, bench.clock)):
        if standing is not Standing.KEPT and not trial.rebooted and not is_here(bench, trial):
            if is_overdue(trial):
                yield (
                    f"change {trial.id} of another network namespace ({trial.space}) is overdue: "
                    "run any command of this program there."
                )
            continue
        try:
            if standing is Standing.KEPT:
                with bench.state.changing(0):
                    if trial.stands(bench.state, Standing.KEPT):
                        _write_kept(bench, trial)
            elif standing is Standing.BACK:
                yield from _ended(take_back(bench, trial, "an earlier attempt was cut short"))
            elif is_overdue(trial) and decided_back(bench, trial):
                yield from _ended(take_back(bench, trial, "it was not confirmed in time"))
        except (NotTakenBackError, RefusedError) as error:
            yield str(error)
        except BusyError:
            continue


def is_overdue(trial: Trial) -> bool:
    """Whether its watchdog must have come, or has died."""
    return trial.rebooted or trial.left < -LATE


def _ended(said: str) -> Iterator[str]:
    """What was said, unless another was quicker."""
    if said:
        yield said


def _write_kept(bench: Bench, trial: Trial) -> None:
    """Write that a trial was kept, and close it; its file stays if that cannot be written."""
    trial.free_room(bench.state)
    try:
        bench.note(trial, Event.KEPT)
    except JournalError as error:
        raise RefusedError(f"change {trial.id} stays, but {error}") from error
    trial.close(bench.state)


def _too_late(trial: Trial) -> str:
    return f"change {trial.id} was not confirmed in time and is taken back."
