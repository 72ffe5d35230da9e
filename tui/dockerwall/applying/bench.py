"""What a change is made with: the folder, the firewall, the watchdog, and in whose name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dockerwall.applying.firewall import Firewall, Kernel
from dockerwall.applying.journal import Event, Journal
from dockerwall.applying.operator import operator
from dockerwall.applying.state import State, state_of
from dockerwall.applying.trial import Trial

PATIENCE = 5.0
"""Seconds to wait for another copy of this program."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that is needed to change this host."""

    state: State
    firewall: Callable[[Sequence[int]], Firewall]
    """The firewall, whose programs keep these open files (`programs.run`)."""
    arm: Callable[[Trial, State], str]
    """Starts the watchdog of a trial and says what it is; ArmingError if it cannot."""
    who: Mapping[str, Any]
    patience: float = PATIENCE

    @property
    def journal(self) -> Journal:
        """The journal of this folder."""
        return Journal(self.state.journal)

    def note(self, trial: Trial, event: Event, **facts: Any) -> None:
        """Write what happened to a trial; JournalError if it cannot be."""
        self.journal.write(trial.id, event, self.who, facts)


def this_bench(arm: Callable[[Trial, State], str]) -> Bench:
    """The bench of this host and this user."""
    return Bench(state_of(os.environ), kernel, arm, operator(os.environ))


def kernel(held: Sequence[int]) -> Firewall:
    """This host's own firewall."""
    return Kernel(held)
