"""What a change is made with: where it is kept, the firewall, the watchdog, and in whose name.

Everything of a host that a change deals with is reached through the protocols named here, and
nothing beside them looks at this machine: so a host that is only reached over SSH, with no Python
there, is another `Bench`. It needs
- a `Store` (store.py) in a folder of that host, where its watchdog sees what is decided;
- a `Firewall` (firewall.py) that runs the same programs there;
- a `Watchdog`, started there, that at the deadline renames `ID.armed` to `ID.back` and, if it was
  the one to do so, undoes the plan; it may be a script that was written from the plan;
- a `Clock` (clock.py) that reads that host's time since boot, by which deadlines are counted;
- `printed`, which says how that host's programs print a rule (scratch.py), and `Connections`;
- the network namespace those rules are of, and who works there.
The order of things, and every refusal, are the executor's, and the same everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from dockerwall.applying.arming import OwnWatchdog
from dockerwall.applying.clock import HERE, Clock, this_space
from dockerwall.applying.connections import OwnConnections
from dockerwall.applying.document import Written
from dockerwall.applying.firewall import Firewall, Kernel
from dockerwall.applying.journal import Event, Journal
from dockerwall.applying.operator import operator
from dockerwall.applying.rehearsal import Rehearsal
from dockerwall.applying.scratch import as_printed
from dockerwall.applying.state import state_of
from dockerwall.applying.store import Store
from dockerwall.applying.trial import Trial
from dockerwall.editing.plan import Plan
from dockerwall.model.ipsets import IpSet
from dockerwall.model.value import value

PATIENCE = 5.0
"""Seconds to wait for another copy of this program."""


class Watchdog(Protocol):
    """What takes a change back that nobody confirms."""

    def prepare(self, plan: Written | None = None) -> None:
        """Begin to start what can be started before there is a trial; nothing is waited for.

        `plan` is what the trial will be of, where that is known.
        """
        ...

    def arm(self, trial: Trial) -> Callable[[], str]:
        """Have a trial watched over; what it gives waits until it is, and says what does so.

        Both may raise ArmingError: nothing can.
        """
        ...

    def entrust(self, trial: Trial) -> str | None:
        """Hand the trial over to what no kill reaches, where there is such a thing; what it is."""
        ...

    def stand_down(self, trial: Trial) -> None:
        """End what watches over a trial that is decided; one that still comes does nothing."""
        ...


class Connections(Protocol):
    """What conntrack knows."""

    def can_end(self) -> bool:
        """Whether established connections can be ended."""
        ...

    def end(self, commands: Iterable[Sequence[str]]) -> int:
        """Run commands of `connections.endings`; how many connections were ended."""
        ...


@value
class Bench:
    """Everything that is needed to change one host."""

    state: Store
    firewall: Callable[[Sequence[int]], Firewall]
    """The firewall, whose programs keep these open files (`programs.run`)."""
    watchdog: Watchdog
    who: Mapping[str, Any]
    patience: float = PATIENCE
    space: str = ""
    """The network namespace whose rules are changed; empty where that is not known."""
    clock: Clock = HERE
    printed: Callable[[Plan, Sequence[IpSet]], Plan] = as_printed
    """A plan with hand-written rules as the host's programs print them; FirewallError."""
    connections: Connections = field(default_factory=OwnConnections)
    rehearsals: list[Rehearsal] = field(default_factory=list, compare=False, repr=False)
    """The last plan that was looked at, and as what the rules were found."""

    @property
    def journal(self) -> Journal:
        """The journal of this host."""
        return Journal(self.state)

    def note(self, trial: Trial, event: Event, *, lasting: bool = True, **facts: Any) -> None:
        """Write what happened to a trial; JournalError if it cannot be."""
        self.journal.write(trial.id, event, self.who, facts, lasting=lasting)


def this_bench() -> Bench:
    """The bench of this host and this user."""
    state = state_of(os.environ)
    return Bench(state, kernel, OwnWatchdog(state), operator(os.environ), space=this_space())


def kernel(held: Sequence[int]) -> Firewall:
    """This host's own firewall."""
    return Kernel(held)
