"""A throw-away machine with a DOCKER-USER chain in both families, and changes made on it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.engine.enclosure import Enclosure
from tests.engine.host import poll

from dockerwall.applying.document import plan_document
from dockerwall.editing.plan import ChainRef, Change, Plan
from dockerwall.model.kinds import Family, Variant

ROOT = Path(__file__).parent.parent.parent
TREE = {
    "PYTHONPATH": f"{ROOT / 'tui'}:{ROOT}",
    "PYTHONDONTWRITEBYTECODE": "1",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
}
RULES = {
    Family.IPV4: (
        "-A DOCKER-USER -s 192.0.2.0/24 -j RETURN",
        '-A DOCKER-USER -p tcp -m tcp --dport 81 -m comment --comment "two words" -j DROP',
        "-A DOCKER-USER -s 198.51.100.7/32 -j DROP",
    ),
    Family.IPV6: (
        "-A DOCKER-USER -s 2001:db8:1::/48 -j RETURN",
        "-A DOCKER-USER -s 2001:db8:2::/48 -j DROP",
    ),
}
"""What stands in DOCKER-USER at the beginning."""
PROGRAMS = {Family.IPV4: "iptables", Family.IPV6: "ip6tables"}


class Machine:
    """Rules, a state folder and processes of their own; gone with everything when it is closed."""

    def __init__(self, variant: Variant, *, path: str = "") -> None:
        """`path` is a folder whose programs come before the system's."""
        self.variant = variant
        system = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
        environment = {**TREE, "PATH": f"{path}:{system}" if path else system}
        self.environment = environment
        self.enclosure = Enclosure("machine", environment)
        for family, rules in RULES.items():
            lines = ["*filter", ":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER", *rules]
            self.restore(family, [*lines, "COMMIT"])

    def __enter__(self) -> Self:
        """The machine itself, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the machine."""
        self.enclosure.close()

    def where(self, family: Family) -> ChainRef:
        """The DOCKER-USER chain of a family."""
        return ChainRef(self.variant, family, "DOCKER-USER")

    def restore(self, family: Family, lines: Sequence[str]) -> None:
        """Load rules beside those that are there."""
        program = f"{PROGRAMS[family]}-{self.variant}-restore"
        text = "\n".join([*lines, ""])
        self.enclosure.run(["/usr/sbin/" + program, "--noflush"], text)

    def edit(self, family: Family, *words: str) -> None:
        """One iptables command, as somebody else would type it."""
        self.enclosure.run([f"/usr/sbin/{PROGRAMS[family]}-{self.variant}", *words])

    def rules(self, family: Family) -> tuple[str, ...]:
        """DOCKER-USER's rules as saved, without counters."""
        saved = self.enclosure.run([f"/usr/sbin/{PROGRAMS[family]}-{self.variant}-save"])
        return tuple(line for line in saved.splitlines() if line.startswith("-A DOCKER-USER"))

    def chains(self) -> dict[Family, tuple[str, ...]]:
        """DOCKER-USER's rules of both families."""
        return {family: self.rules(family) for family in Family}

    def plan(self, *changes: tuple[Family, bool, int, str]) -> Plan:
        """A plan of changes to DOCKER-USER (family, insert?, position, text) as it is now."""
        chains = self.chains()
        made = tuple(
            Change(self.where(family), insert, position, f"-A DOCKER-USER {words}")
            for family, insert, position, words in changes
        )
        before = {where: chains[where.family] for where in dict.fromkeys(c.where for c in made)}
        return Plan("A change for a test.", before, made)

    def command(self, *words: str) -> list[str]:
        """The command line of the program itself, run inside."""
        return self.enclosure.inside([sys.executable, "-m", "dockerwall", *words])

    def run(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        """Run the program itself to its end."""
        return self._run(self.command(*words), stdin)

    def apply(
        self, plan: Plan, seconds: float = 60, step: int = 0, **scripts: str
    ) -> subprocess.CompletedProcess[str]:
        """Make a change; its process dies before its given step. For `scripts` see the driver."""
        words = [str(seconds), str(step)]
        for name, script in scripts.items():
            words += [f"--{name.replace('_', '-')}", script]
        driver = [sys.executable, "-m", "tests.applying.driver", *words]
        return self._run(self.enclosure.inside(driver), json.dumps(plan_document(plan)))

    def _run(self, argv: Sequence[str], stdin: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=self.environment,
            timeout=120,
        )

    def journal(self) -> list[Mapping[str, Any]]:
        """Every entry of the journal."""
        read = self.enclosure.attempt(["cat", "/var/lib/dockerwall/journal.jsonl"])
        return [json.loads(line) for line in read.stdout.decode().splitlines()]

    def events(self) -> list[str]:
        """What happened, in order."""
        return [entry["event"] for entry in self.journal()]

    def open_trials(self) -> list[str]:
        """The files of trials that are not ended."""
        return self.enclosure.attempt(["ls", "/var/lib/dockerwall/trials"]).stdout.decode().split()

    def until_settled(self) -> None:
        """Wait until no trial is left."""
        poll("the end of all trials", lambda: not self.open_trials())


def missing() -> str:
    """Why no machine can be made here, as one sentence; "" when nothing is in the way."""
    from tests.engine import engines

    return engines.missing()
