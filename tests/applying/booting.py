"""Machines that look as if systemd ran on them, and what a boot does to their rules."""

from __future__ import annotations

from pathlib import Path

from tests.applying.machine import PROGRAMS, Machine
from tests.engine.host import poll

from dockerwall.model.boot import UNIT
from dockerwall.model.kinds import Family, Variant

# `systemctl start UNIT` runs the unit's own command line with nothing but the environment that
# systemd gives; everything else succeeds and is written down.
SYSTEMCTL = """#!/bin/sh
printf '%s\\n' "$*" >>"${0%/*}/systemctl-words"
[ "$1" = is-active ] && echo active
[ "$1" = start ] || exit 0
command=$(sed -n 's/^ExecStart=//p' "/etc/systemd/system/$2")
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin $command
"""
ENVIRONMENT = ("env", "-i", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin")
SHORT = "DOCKERWALL_WAIT=1"
"""So that a test need not wait for a chain that never comes."""


def systemd_machine(folder: Path, variant: Variant = Variant.NFT) -> Machine:
    """A machine whose systemctl is the one above."""
    (folder / "systemctl").write_text(SYSTEMCTL)
    (folder / "systemctl").chmod(0o755)
    machine = Machine(variant, path=str(folder))
    machine.enclosure.run(["mkdir", "-p", "/run/systemd/system", "/etc/systemd/system"])
    return machine


def unit_command(machine: Machine, unit: str = UNIT) -> list[str]:
    """The words of a unit's ExecStart."""
    return unit_words(machine.enclosure.run(["cat", unit]))


def unit_words(text: str) -> list[str]:
    """The words of ExecStart in a unit's text."""
    lines = text.splitlines()
    found = [line.removeprefix("ExecStart=") for line in lines if line.startswith("ExecStart=")]
    return found[0].split()


def run_unit(machine: Machine, unit: str = UNIT) -> tuple[int, str]:
    """Run what the unit would run, as it would; its status and what goes to the journal."""
    done = machine.enclosure.attempt([*ENVIRONMENT, SHORT, *unit_command(machine, unit)])
    return done.returncode, done.stderr.decode()


def forget(machine: Machine, docker: tuple[str, ...] | None = ()) -> None:
    """Empty everything as a boot does; then Docker makes its chain, unless None, with its rules."""
    for family in Family:
        program = f"/usr/sbin/{PROGRAMS[family]}-{machine.variant}"
        for words in (["-F"], ["-X"], ["-P", "FORWARD", "ACCEPT"]):
            machine.enclosure.run([program, *words])
        if docker is not None:
            rules = [f"-A DOCKER-USER {rule}" for rule in docker]
            lines = ["*filter", ":DOCKER-USER - [0:0]", "-A FORWARD -j DOCKER-USER", *rules]
            machine.restore(family, [*lines, "COMMIT"])
    poll("the end of all sets", lambda: _destroyed(machine))


def _destroyed(machine: Machine) -> bool:
    """Whether no set is left; the kernel frees one a moment after the last rule that asks it."""
    names = machine.enclosure.run(["ipset", "list", "-n"]).split()
    for name in names:
        machine.enclosure.attempt(["ipset", "destroy", name])
    return not names
