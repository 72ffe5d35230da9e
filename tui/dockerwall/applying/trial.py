"""A change on trial: a file whose name says how it stands, and who may decide it.

`ID.armed` becomes `ID.kept` or `ID.back`, by one rename: whoever renames it has decided, and the
other finds it gone. The file goes once the journal holds what was decided; one that is left
behind tells the next command what was cut short.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from dockerwall.applying.document import plan_document, plan_from
from dockerwall.applying.state import State, sync_folder, write_whole
from dockerwall.editing.plan import Plan

ROOM = 1 << 16
"""Bytes set aside on the disk for what the journal will have to say at the end of a trial."""


class Standing(StrEnum):
    """How a trial stands: the end of its file's name."""

    ARMED = "armed"
    KEPT = "kept"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Trial:
    """One change, and until when it waits to be confirmed."""

    id: str
    plan: Plan
    who: Mapping[str, Any]
    deadline: float
    """Seconds since boot, suspended time included (CLOCK_BOOTTIME)."""
    boot: str
    """Which boot that is."""
    seconds: float
    """How long it lasts."""
    room: int = ROOM

    @property
    def left(self) -> float:
        """Seconds until it is taken back; nothing after a restart of the host."""
        return self.deadline - uptime() if self.boot == this_boot() else 0.0

    @property
    def rebooted(self) -> bool:
        """Whether the host was restarted since, so that the kernel's rules are gone."""
        return self.boot != this_boot()

    def file(self, state: State, standing: Standing) -> Path:
        """Its file, if it stands like this."""
        return state.trials / f"{self.id}.{standing}"

    def arm(self, state: State) -> None:
        """Write its file and set room aside for the journal; OSError, and no file, if it cannot."""
        room = self._room(state)
        try:
            write_whole(room, bytes(self.room))
            write_whole(self.file(state, Standing.ARMED), json.dumps(self._document()).encode())
        except OSError:
            room.unlink(missing_ok=True)
            raise

    def decide(self, state: State, standing: Standing) -> bool:
        """Decide it; False where it has been decided already."""
        try:
            self.file(state, Standing.ARMED).rename(self.file(state, standing))
        except FileNotFoundError:
            return False
        sync_folder(state.trials)
        return True

    def is_armed(self, state: State) -> bool:
        """Whether nobody has decided yet."""
        return self.file(state, Standing.ARMED).exists()

    def is_open(self, state: State) -> bool:
        """Whether it may still have to be taken back."""
        return self.is_armed(state) or self.file(state, Standing.BACK).exists()

    def free_room(self, state: State) -> None:
        """Give back the room set aside, right before it is needed."""
        self._room(state).unlink(missing_ok=True)

    def close(self, state: State) -> None:
        """Forget it: the journal holds its end."""
        self.free_room(state)
        for standing in Standing:
            self.file(state, standing).unlink(missing_ok=True)

    def _room(self, state: State) -> Path:
        return state.trials / f"{self.id}.room"

    def _document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "who": dict(self.who),
            "deadline": self.deadline,
            "boot": self.boot,
            "seconds": self.seconds,
            "plan": plan_document(self.plan),
        }


def new_trial(plan: Plan, who: Mapping[str, Any], seconds: float) -> Trial:
    """A trial that begins now."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    change = f"{stamp}-{secrets.token_hex(2)}"
    return Trial(change, plan, who, uptime() + seconds, this_boot(), seconds)


def read_trial(path: Path) -> Trial:
    """The trial in a file; OSError or ValueError where there is none."""
    content = path.read_bytes()
    try:
        document = json.loads(content)
        return Trial(
            str(document["id"]),
            plan_from(document["plan"]),
            document["who"],
            float(document["deadline"]),
            str(document["boot"]),
            float(document["seconds"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not the file of a trial") from error


def trials(state: State) -> Iterator[tuple[Trial, Standing]]:
    """Every trial that is not closed, oldest first, and how it stands."""
    if not state.trials.is_dir():
        return
    for path in sorted(state.trials.iterdir()):
        suffix = path.suffix[1:]
        if path.name.startswith(".") or suffix not in list(Standing):
            continue
        try:
            yield read_trial(path), Standing(suffix)
        except (OSError, ValueError):
            continue


def uptime() -> float:
    """Seconds since boot, suspended time included."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def this_boot() -> str:
    """What tells this boot from any other."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return os.uname().nodename
