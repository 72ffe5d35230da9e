"""The kernel's rules as a plan needs them: chains read, scripts tested and committed.

`Firewall` is what the executor asks for; `Kernel` asks this host's own programs. Rules are read
with `-S CHAIN`, which prints what iptables-save prints, for one chain and without counters.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from dockerwall.applying.generation import generation
from dockerwall.applying.holder import lock_holder
from dockerwall.applying.together import at_once
from dockerwall.editing.plan import WAIT, ChainRef
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.value import value
from dockerwall.programs import Answer, Failure, run

LOCK = Path("/run/xtables.lock")
"""The lock of the legacy programs (iptables/xshared.c)."""
_NAMES = {Family.IPV4: "iptables", Family.IPV6: "ip6tables"}
_BUSY = "xtables lock"
_FAILED_LINE = re.compile(r"Error in line (\d+):")

Mark = int | bytearray | None
"""The kernel's count of changes, or all rules as the kernel holds them."""


class FirewallError(Exception):
    """The host did not do what it was asked: one sentence."""


class SetsError(FirewallError):
    """Lines that change ipsets were not all done: one sentence."""

    def __init__(self, problem: str, done: int | None) -> None:
        """`done` is how many of the lines were done before one failed; None if that is not told."""
        super().__init__(problem)
        self.done = done


class LockedError(FirewallError):
    """Somebody else holds the xtables lock: one sentence that says who."""


class Firewall(Protocol):
    """The rules and sets of one host."""

    def rules(self, wheres: Sequence[ChainRef]) -> Mapping[ChainRef, tuple[str, ...]]:
        """The rules of chains as printed, without counters; those that are gone are left out."""
        ...

    def test(self, variant: Variant, family: Family, script: str) -> None:
        """Have a script parsed by the kernel's own programs; FirewallError if they refuse it."""
        ...

    def commit(self, variant: Variant, family: Family, script: str) -> None:
        """Make all changes of a script or none; FirewallError if the kernel refused them."""
        ...

    def while_there(self, name: str) -> Firewall:
        """The same, whose words do nothing if they arrive when the file of a trial is gone."""
        ...

    def sets(self) -> tuple[IpSet, ...]:
        """Every ipset with its entries."""
        ...

    def change_sets(self, lines: Sequence[str]) -> None:
        """Run lines of `ipset restore`; SetsError at the first that fails: those before stay."""
        ...

    def saved(self, variant: Variant, family: Family) -> bytes:
        """All rules with their counters, for people; FirewallError where they cannot be read."""
        ...

    def mark(self, variant: Variant, family: Family) -> Mark:
        """What is another one after any change of any rule; None where nothing is told."""
        ...


@value
class Kernel:
    """This host's own."""

    held: Sequence[int] = ()
    """Open files that every program keeps open until it ends (see `programs.run`)."""
    wait: int = WAIT
    """Seconds to wait for the xtables lock."""
    runner: Callable[..., Answer] = run
    """What runs the programs."""

    def rules(self, wheres: Sequence[ChainRef]) -> Mapping[ChainRef, tuple[str, ...]]:
        """The rules of chains as printed, without counters; those that are gone are left out."""
        found = zip(wheres, at_once([partial(self.texts, where) for where in wheres]), strict=True)
        return {where: texts for where, texts in found if texts is not None}

    def texts(self, where: ChainRef) -> tuple[str, ...] | None:
        """A chain's rules as printed, without counters; None where there is no such chain."""
        program = f"{_NAMES[where.family]}-{where.variant}"
        listing = [program, "-w", str(self.wait), "-S"]
        answer = self.runner([*listing, where.chain], held=self.held)
        if answer.failure is Failure.FAILED and answer.status == 1:
            # The status does not tell an absent chain from other failures: look for it in the list.
            chains = self._run(listing).text.split("\n")
            if not any(line.split(" ")[1:2] == [where.chain] for line in chains):
                return None
        text = self._done(answer).text
        return tuple(line for line in text.split("\n") if line.startswith("-A "))

    def test(self, variant: Variant, family: Family, script: str) -> None:
        """Have a script parsed by the kernel's own programs; FirewallError if they refuse it."""
        self._run([*self._restore(variant, family), "--test"], script)

    def commit(self, variant: Variant, family: Family, script: str) -> None:
        """Make all changes of a script or none; FirewallError if the kernel refused them."""
        self._run(self._restore(variant, family), script)

    def while_there(self, _name: str) -> Firewall:
        """The same: here nothing arrives late."""
        return self

    def sets(self) -> tuple[IpSet, ...]:
        """Every ipset with its entries."""
        return parse_ipsets(self._run(["ipset", "save"]).text)

    def change_sets(self, lines: Sequence[str]) -> None:
        """Run lines of `ipset restore`; SetsError at the first that fails: those before stay."""
        if not lines:
            return
        given = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
        answer = self.runner(["ipset", "restore"], given=given, held=self.held)
        if answer.failure is not None:
            at = _FAILED_LINE.search(answer.complaint)
            raise SetsError(answer.problem(), int(at[1]) - 1 if at is not None else None)

    def saved(self, variant: Variant, family: Family) -> bytes:
        """All rules with their counters, for people; FirewallError where they cannot be read."""
        return self._run([f"{_NAMES[family]}-{variant}-save", "-c"]).output

    def mark(self, variant: Variant, family: Family) -> Mark:
        """What is another one after any change of any rule; None where nothing is told."""
        if variant is Variant.NFT:
            return generation()
        from dockerwall.applying.legacy_table import legacy_table  # it loads ctypes

        return legacy_table(family)

    def _restore(self, variant: Variant, family: Family) -> list[str]:
        program = f"{_NAMES[family]}-{variant}-restore"
        return [program, "--noflush", "--wait", str(self.wait)]

    def _run(self, argv: Sequence[str], script: str = "") -> Answer:
        given = script.encode("utf-8", "surrogateescape")
        return self._done(self.runner(argv, given=given, held=self.held))

    def _done(self, answer: Answer) -> Answer:
        if answer.failure is None:
            return answer
        if _BUSY in answer.complaint:
            raise LockedError(f"another program{self._lock_holder()} holds the xtables lock.")
        raise FirewallError(answer.problem())

    def _lock_holder(self) -> str:
        try:
            found = lock_holder(os.stat(LOCK))
        except OSError:
            return ""
        return f" ({found})" if found else ""
