"""Every trouble in a change, on a firewall in memory: all of it is made, or nothing."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from tests.applying.fake_firewall import FakeFirewall
from tests.applying.fake_watchdog import FakeWatchdog

from dockerwall.applying.bench import Bench
from dockerwall.applying.clock import NoClock
from dockerwall.applying.decisions import keep, settle
from dockerwall.applying.executor import apply
from dockerwall.applying.firewall import FirewallError
from dockerwall.applying.history import history
from dockerwall.applying.outcome import ArmingError, RefusedError, TakenBackError
from dockerwall.applying.state import State
from dockerwall.applying.trial import Standing, Trial, read_trial
from dockerwall.applying.watchdog import end
from dockerwall.applying.wayback import decided_back, take_back
from dockerwall.editing.plan import ChainRef, Change, Plan
from dockerwall.model.kinds import Family, Variant

V4 = ChainRef(Variant.NFT, Family.IPV4, "DOCKER-USER")
V6 = ChainRef(Variant.NFT, Family.IPV6, "DOCKER-USER")
OLD = "-A DOCKER-USER -s 192.0.2.0/24 -j RETURN"
NEW = "-A DOCKER-USER -s 203.0.113.9/32 -j DROP"
NEW6 = "-A DOCKER-USER -s 2001:db8::9/128 -j DROP"
START = {V4: [OLD], V6: []}
PLAN = Plan(
    "A change for a test.",
    {V4: (OLD,), V6: ()},
    (Change(V4, True, 1, NEW), Change(V6, True, 1, NEW6)),
)


@dataclass
class Scene:
    """A firewall and the bench around it."""

    firewall: FakeFirewall
    bench: Bench

    @property
    def events(self) -> list[str]:
        """What the journal says."""
        return [entry.event.value for entry in self.bench.journal.read()]

    @property
    def unchanged(self) -> bool:
        """Whether the rules are as at the start."""
        return self.firewall.chains == START

    @property
    def files(self) -> list[str]:
        """What is left in the folder of trials."""
        return list(self.bench.state.names())


@pytest.fixture
def watchdog() -> FakeWatchdog:
    """Who watches over the changes of the scene."""
    return FakeWatchdog()


@pytest.fixture
def scene(tmp_path: Path, watchdog: FakeWatchdog) -> Scene:
    """A firewall without trouble."""
    firewall = FakeFirewall(copy.deepcopy(START))
    state = State(tmp_path / "state")
    return Scene(firewall, Bench(state, lambda _: firewall, watchdog, {}, patience=0.1))


def failing(*when: str) -> Callable[[str], None]:
    """Trouble whenever one of these is about to be done."""

    def trouble(what: str) -> None:
        if what in when:
            raise FirewallError(f"{what} failed.")

    return trouble


def test_a_teller_that_fails_keeps_no_change_from_being_read_back(scene: Scene) -> None:
    """Such as one that writes into a pipe that nobody reads any more."""

    def tell(_: object) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        apply(scene.bench, PLAN, 60, in_force=tell)
    assert scene.events == ["planned", "armed", "applied"]
    keep(scene.bench)
    assert scene.events[-1] == "kept"


def test_nobody_watches_over_what_was_taken_back_at_once(
    scene: Scene, watchdog: FakeWatchdog
) -> None:
    scene.firewall.trouble = failing("commit ipv6")
    with pytest.raises(TakenBackError):
        apply(scene.bench, PLAN, 60)
    assert scene.unchanged
    (change,) = {entry.change for entry in scene.bench.journal.read()}
    assert watchdog.stood_down == [change]


def test_a_change_without_trouble(scene: Scene) -> None:
    applied = apply(scene.bench, PLAN, 60)
    assert {where: tuple(texts) for where, texts in scene.firewall.chains.items()} == PLAN.after
    assert scene.firewall.done == ["commit ipv4", "commit ipv6"]
    assert keep(scene.bench).id == applied.trial.id
    assert scene.events == ["planned", "armed", "applied", "kept"]
    assert scene.files == []


@pytest.mark.parametrize("what", ["texts ipv6", "test ipv4", "test ipv6"])
def test_trouble_beforehand_leaves_no_trace(scene: Scene, what: str) -> None:
    scene.firewall.trouble = failing(what)
    with pytest.raises(RefusedError, match="failed"):
        apply(scene.bench, PLAN, 60)
    assert scene.unchanged
    assert scene.events == []
    assert scene.files == []


def test_the_first_family_fails(scene: Scene) -> None:
    scene.firewall.trouble = failing("commit ipv4")
    with pytest.raises(RefusedError, match="commit ipv4 failed"):
        apply(scene.bench, PLAN, 60)
    assert scene.unchanged
    assert scene.events == ["planned", "armed", "failed"]
    assert scene.files == []


def test_the_second_family_fails(scene: Scene) -> None:
    scene.firewall.trouble = failing("commit ipv6")
    with pytest.raises(TakenBackError, match="commit ipv6 failed"):
        apply(scene.bench, PLAN, 60)
    assert scene.unchanged
    assert scene.events == ["planned", "armed", "taken back"]


def test_the_outcome_is_not_what_was_predicted(scene: Scene) -> None:
    """Somebody edits in the very moment of the transaction: theirs stays, ours goes."""
    theirs = "-A DOCKER-USER -s 198.51.100.0/24 -j DROP"

    def trouble(what: str) -> None:
        if what == "commit ipv6" and theirs not in scene.firewall.chains[V6]:
            scene.firewall.chains[V6].append(theirs)

    scene.firewall.trouble = trouble
    with pytest.raises(TakenBackError, match="predicted"):
        apply(scene.bench, PLAN, 60)
    assert scene.firewall.chains == {V4: [OLD], V6: [theirs]}


def test_no_watchdog(scene: Scene) -> None:
    def no_arm(_trial: Trial) -> str:
        raise ArmingError("no process.")

    scene.bench = replace(scene.bench, watchdog=FakeWatchdog(no_arm))
    with pytest.raises(RefusedError, match="no change without a way back"):
        apply(scene.bench, PLAN, 60)
    assert scene.unchanged
    assert scene.events == ["planned", "failed"]
    assert scene.files == []


def test_edited_while_the_watchdog_starts(scene: Scene) -> None:
    def slow_arm(_trial: Trial) -> str:
        scene.firewall.chains[V4].clear()
        return "somebody"

    scene.bench = replace(scene.bench, watchdog=FakeWatchdog(slow_arm))
    with pytest.raises(RefusedError) as refused:
        apply(scene.bench, PLAN, 60)
    assert f"-{OLD}" in refused.value.difference
    assert scene.firewall.chains == {V4: [], V6: []}
    assert scene.events == ["planned", "armed", "failed"]


@pytest.mark.parametrize("then_fails", [False, True])
def test_a_program_that_stood_still_until_its_watchdog_was_done(
    scene: Scene, then_fails: bool
) -> None:
    """What it makes afterwards does not stay: nobody would take it back any more."""

    def trouble(what: str) -> None:
        if what == "commit ipv4" and scene.files:
            (armed,) = (name for name in scene.files if name.endswith(".armed"))
            trial = read_trial(scene.bench.state, armed)
            scene.firewall.trouble = failing("commit ipv6") if then_fails else failing()
            assert decided_back(scene.bench, trial)
            assert take_back(scene.bench, trial, "it was not confirmed in time", patience=0)

    scene.firewall.trouble = trouble
    with pytest.raises(TakenBackError, match="by its watchdog"):
        apply(scene.bench, PLAN, 60)
    assert scene.unchanged
    assert scene.events == ["planned", "armed", "taken back"]
    assert scene.files == []


def test_kept_or_taken_back_never_both(scene: Scene) -> None:
    applied = apply(scene.bench, PLAN, 60)
    trial = read_trial(scene.bench.state, applied.trial.name(Standing.ARMED))
    assert trial == applied.trial
    keep(scene.bench)
    assert end(scene.bench, trial, "it was late") == 0
    assert scene.events[-1] == "kept"
    assert NEW in scene.firewall.chains[V4]


def test_the_next_command_ends_what_is_overdue(scene: Scene) -> None:
    trial = apply(scene.bench, PLAN, 60).trial
    replace(trial, deadline=trial.deadline - 3600).arm(scene.bench.state)
    (said,) = settle(scene.bench)
    assert "taken back" in said
    assert scene.unchanged
    assert settle(scene.bench) == ()


def test_after_a_restart_of_the_host_nothing_is_touched(scene: Scene) -> None:
    """Its rules are gone with the kernel that held them; equal ones are somebody else's."""
    trial = apply(scene.bench, PLAN, 60).trial
    replace(trial, boot="another").arm(scene.bench.state)
    (said,) = settle(scene.bench)
    assert "restarted" in said
    assert NEW in scene.firewall.chains[V4]
    assert scene.events[-1] == "lost"
    assert scene.files == []
    (past,) = history(scene.bench)
    assert past.standing == "lost"
    assert any("restarted before the change was confirmed" in line for line in past.lines)
    with pytest.raises(RefusedError, match="is lost: the host restarted"):
        keep(scene.bench, trial.id)


class Restarted:
    """The clock of the same host after a restart."""

    def uptime(self) -> float:
        """See Clock."""
        return 1.0

    def boot(self) -> str:
        """See Clock."""
        return "another"


@pytest.mark.parametrize("cut_at", ["planned", "armed", "applied"])
def test_after_a_power_cut_the_journal_alone_tells_that_a_change_is_lost(
    scene: Scene, cut_at: str
) -> None:
    """Its trial's file need not have reached the disk, or only its name."""
    trial = apply(scene.bench, PLAN, 60).trial
    journal = Path(scene.bench.state.journal_name)
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[: ["planned", "armed", "applied"].index(cut_at) + 1]))
    scene.bench.state.put(trial.name(Standing.ARMED), b"")
    after = replace(scene.bench, clock=Restarted())
    assert [past.standing for past in history(after)] == ["lost"]
    assert settle(after) == ()
    assert scene.files == []
    assert [past.standing for past in history(after)] == ["lost"]


def test_a_decision_in_the_journal_outlives_a_power_cut(scene: Scene) -> None:
    """The old name of a trial's file may be back, as the new one had not reached the disk."""
    trial = apply(scene.bench, PLAN, 60).trial
    keep(scene.bench)
    trial.arm(scene.bench.state)
    after = replace(scene.bench, clock=Restarted())
    assert [past.standing for past in history(after)] == ["kept"]
    assert settle(after) == ()
    assert scene.events[-1] == "kept"
    assert scene.files == []


def test_a_host_that_is_not_asked_leaves_the_end_open(scene: Scene) -> None:
    """As when the journal of a far host is read without a connection to it."""
    apply(scene.bench, PLAN, 60)
    elsewhere = State(Path(scene.bench.state.journal_name).parent.parent / "elsewhere")
    elsewhere.prepare()
    shutil.copy(scene.bench.state.journal_name, elsewhere.journal)
    (past,) = history(replace(scene.bench, state=elsewhere, clock=NoClock()))
    assert past.standing == "not known"
    assert any("once the host is asked" in line for line in past.lines)


def test_a_take_back_that_fails_is_done_by_the_next(scene: Scene) -> None:
    trial = apply(scene.bench, PLAN, 60).trial
    trial.decide(scene.bench.state, Standing.BACK)
    scene.firewall.trouble = failing("commit ipv4", "commit ipv6")
    (said,) = settle(scene.bench)
    assert "failed" in said
    scene.firewall.trouble = failing()
    settle(scene.bench)
    assert scene.unchanged
    assert scene.events == ["planned", "armed", "applied", "taken back"]
    assert scene.files == []
