"""This host as the screen changes it, on a firewall in memory."""

from __future__ import annotations

import argparse
import copy
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.applying.fake_firewall import FakeFirewall
from tests.applying.fake_watchdog import FakeWatchdog
from tests.applying.test_executor import NEW, PLAN, START, V4

from dockerwall.applying.bench import Bench
from dockerwall.applying.far.bench import follow_far
from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.state import State
from dockerwall.changes import ChangeError, Denial, Ending, OnTrial
from dockerwall.cli.workbench import Workbench, denial_of
from dockerwall.model.unreadable import UnreadableError


@pytest.fixture
def firewall() -> FakeFirewall:
    """The rules."""
    return FakeFirewall(copy.deepcopy(START))


@pytest.fixture
def host(firewall: FakeFirewall, tmp_path: Path) -> Workbench:
    """The host, with a watchdog that does nothing."""

    def held(_: Sequence[int]) -> Firewall:
        return firewall

    who = {"user": "root", "sudo_user": "alice", "ssh": "192.0.2.1"}
    bench = Bench(State(tmp_path / "state"), held, FakeWatchdog(), who, 0.2)
    return Workbench(None, lambda: bench)


def test_a_change_is_made_shown_as_on_trial_and_kept(
    host: Workbench, firewall: FakeFirewall
) -> None:
    trial = host.apply(PLAN, 60, None)
    assert firewall.chains[V4][0] == NEW
    assert (trial.by, trial.watchdog) == ("alice from 192.0.2.1", "nobody")
    (waiting,) = host.trials()
    assert waiting.change == trial.change
    assert 0 < waiting.left <= 60
    host.keep(trial.change)
    assert host.trials() == ()
    (past,) = host.history()
    assert (past.standing, past.can_be_undone) == ("kept", True)
    assert past.plan == PLAN


def test_a_change_is_told_of_before_it_was_read_back(
    host: Workbench, firewall: FakeFirewall
) -> None:
    told: list[OnTrial] = []

    def tell(trial: OnTrial) -> None:
        assert firewall.chains[V4][0] == NEW
        assert [past.standing for past in host.history()] == ["on trial"]
        with pytest.raises(ChangeError, match="another dockerwall-tui"):
            host.keep(trial.change)
        told.append(trial)

    trial = host.apply(PLAN, 60, None, tell)
    assert [each.change for each in told] == [trial.change]
    host.keep(trial.change)


def test_a_change_is_taken_back_by_hand(host: Workbench, firewall: FakeFirewall) -> None:
    trial = host.apply(PLAN, 60, None)
    assert "taken back" in host.take_back(trial.change)
    assert firewall.chains == START
    assert host.history()[0].standing == "taken back"
    assert not host.history()[0].can_be_undone


def test_a_kept_change_is_undone_as_a_change_of_its_own(
    host: Workbench, firewall: FakeFirewall
) -> None:
    first = host.apply(PLAN, 60, None)
    host.keep(first.change)
    undoing = host.undoing(None)
    assert undoing.change == first.change
    second = host.apply(undoing.plan, 60, undoing.change)
    host.keep(second.change)
    assert firewall.chains == START
    assert [past.can_be_undone for past in host.history()] == [False, True]


def test_what_is_not_as_planned_is_refused_with_the_difference(
    host: Workbench, firewall: FakeFirewall
) -> None:
    firewall.chains[V4].append("-A DOCKER-USER -j LOG")
    with pytest.raises(ChangeError) as caught:
        host.apply(PLAN, 60, None)
    assert caught.value.ending is Ending.REFUSED
    assert "+-A DOCKER-USER -j LOG" in caught.value.difference


def test_what_fails_half_way_is_taken_back(host: Workbench, firewall: FakeFirewall) -> None:
    def trouble(what: str) -> None:
        if what == "commit ipv6":
            raise FirewallError("no room.")

    firewall.trouble = trouble
    with pytest.raises(ChangeError) as caught:
        host.apply(PLAN, 60, None)
    assert caught.value.ending is Ending.TAKEN_BACK
    assert firewall.chains == START


def test_no_change_is_on_trial_and_none_can_be_undone(host: Workbench) -> None:
    assert host.trials() == ()
    assert host.history() == ()
    with pytest.raises(ChangeError, match="no change to undo"):
        host.undoing(None)
    with pytest.raises(ChangeError, match="there is no change"):
        host.keep("20261120-140201-ab12")


def test_read_only_comes_before_everything() -> None:
    denial = denial_of(argparse.Namespace(read_only=True))
    assert denial is not None
    assert denial.word == "--read-only"


# A host that is reached over a link.


@pytest.fixture
def bench(firewall: FakeFirewall, tmp_path: Path) -> Bench:
    """Of the host there, whose watchdog a test plays."""

    def held(_: Sequence[int]) -> Firewall:
        return firewall

    return Bench(State(tmp_path / "state"), held, FakeWatchdog(), {"user": "root"}, 0.2)


def test_a_trial_is_there_until_the_watchdog_there_is_done(
    bench: Bench, firewall: FakeFirewall
) -> None:
    far = Workbench(None, lambda: bench, lambda: None, follow_far)
    change = far.apply(PLAN, 60, None).change
    assert bench.state.rename(f"{change}.armed", f"{change}.back")
    assert [each.change for each in far.trials()] == [change]
    firewall.chains = copy.deepcopy(START)
    bench.state.put(f"{change}.done", b"")
    assert far.trials() == ()
    assert [past.standing for past in far.history()] == ["taken back"]


def test_who_only_looks_ends_nothing(bench: Bench) -> None:
    far = Workbench(None, lambda: bench, lambda: None, follow_far)
    change = far.apply(PLAN, 60, None).change
    bench.state.rename(f"{change}.armed", f"{change}.back")
    bench.state.put(f"{change}.done", b"")
    denial = Denial("--read-only", "Nothing is changed.")
    looking = Workbench(denial, lambda: bench, lambda: None, follow_far)
    assert [each.change for each in looking.trials()] == [change]
    assert bench.state.has(f"{change}.back")


def test_a_host_that_is_lost_says_so_and_is_found_again(
    bench: Bench, firewall: FakeFirewall
) -> None:
    made: list[Bench] = []

    def make() -> Bench:
        made.append(bench)
        return bench

    far = Workbench(None, make, lambda: None, follow_far)

    def trouble(what: str) -> None:
        if what.startswith("commit"):
            raise UnreadableError("The link to far was lost.")

    firewall.trouble = trouble
    with pytest.raises(ChangeError, match=r"was lost\. If a change is on trial there") as caught:
        far.apply(PLAN, 60, None)
    assert caught.value.ending is Ending.LOST
    firewall.trouble = lambda what: None
    (waiting,) = far.trials()
    assert len(made) == 2
    with pytest.raises(ChangeError, match="cut short while it was made"):
        far.keep(waiting.change)
    assert far.take_back(waiting.change)
    assert firewall.chains == START
