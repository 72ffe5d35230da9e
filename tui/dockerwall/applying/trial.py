"""A change on trial: a file whose name says how it stands, and who may decide it.

`ID.armed` becomes `ID.kept` or `ID.back`, by one rename: whoever renames it has decided, and the
other finds it gone. The file goes once the journal holds what was decided; one that is left
behind tells the next command what was cut short.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import field, replace
from enum import StrEnum
from typing import Any

from dockerwall.applying.clock import HERE, Clock
from dockerwall.applying.document import Written, as_json, plan_from, written
from dockerwall.applying.store import Store
from dockerwall.editing.plan import Plan
from dockerwall.model.value import value

ROOM = 1 << 16
"""Bytes set aside on the disk for what the journal will have to say at the end of a trial."""


class Standing(StrEnum):
    """How a trial stands: the end of its file's name."""

    ARMED = "armed"
    KEPT = "kept"
    BACK = "back"


@value
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

    space: str = ""
    """The network namespace whose rules were changed; empty where that is not known."""
    clock: Clock = field(default=HERE, repr=False, compare=False)
    text: Written | None = field(default=None, repr=False, compare=False)
    """The plan, where it is written already."""

    @property
    def left(self) -> float:
        """Seconds until it is taken back; nothing after a restart of the host."""
        return 0.0 if self.rebooted else self.deadline - self.clock.uptime()

    @property
    def rebooted(self) -> bool:
        """Whether the host was restarted since, so that the kernel's rules are gone."""
        return self.boot != self.clock.boot()

    def begun(self, seconds: float) -> Trial:
        """The draft as a trial that begins now."""
        stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
        return replace(
            self,
            id=f"{stamp}-{os.urandom(2).hex()}",
            deadline=self.clock.uptime() + seconds,
            boot=self.clock.boot(),
            seconds=seconds,
        )

    def name(self, standing: Standing) -> str:
        """The name of its file, if it stands like this."""
        return f"{self.id}.{standing}"

    def arm(self, store: Store) -> None:
        """Write its file and set room aside for the journal; OSError, and no file, if it cannot."""
        store.put(self.name(Standing.ARMED), as_json(self._document()))
        try:  # whoever is killed here leaves a trial behind, which the next command closes
            store.reserve(self._room, self.room)
        except OSError:
            store.remove(self.name(Standing.ARMED))
            raise

    def decide(self, store: Store, standing: Standing) -> bool:
        """Decide it; False where it has been decided already."""
        return store.rename(self.name(Standing.ARMED), self.name(standing))

    def stands(self, store: Store, standing: Standing) -> bool:
        """Whether it stands like this."""
        return store.has(self.name(standing))

    def is_armed(self, store: Store) -> bool:
        """Whether nobody has decided yet."""
        return self.stands(store, Standing.ARMED)

    def is_open(self, store: Store) -> bool:
        """Whether it may still have to be taken back."""
        return self.is_armed(store) or self.stands(store, Standing.BACK)

    def free_room(self, store: Store) -> None:
        """Give back the room set aside, right before it is needed."""
        store.remove(self._room)

    def close(self, store: Store) -> None:
        """Forget it: the journal holds its end."""
        self.free_room(store)
        for standing in Standing:
            store.remove(self.name(standing))

    @property
    def _room(self) -> str:
        return f"{self.id}.room"

    def _document(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "who": dict(self.who),
            "deadline": self.deadline,
            "boot": self.boot,
            "space": self.space,
            "seconds": self.seconds,
            "plan": self.text or written(self.plan),
        }


def draft(
    plan: Plan,
    who: Mapping[str, Any],
    space: str = "",
    clock: Clock = HERE,
    text: Written | None = None,
) -> Trial:
    """A trial that has not begun; `text` is its plan, where that is written already."""
    return Trial("", plan, who, 0.0, "", 0.0, space=space, clock=clock, text=text)


def read_trial(store: Store, name: str, clock: Clock = HERE, drafted: Trial | None = None) -> Trial:
    """The trial in a file; OSError or ValueError where there is none.

    The plan of a draft is not read once more.
    """
    content, plan = store.read(name), None
    text = None if drafted is None else drafted.text
    if drafted is not None and text is not None and content.endswith(text, 0, len(content) - 1):
        content, plan = content[: -len(text) - 1] + b"null}", drafted.plan
    try:
        document = json.loads(content)
        return Trial(
            str(document["id"]),
            plan or plan_from(document["plan"]),
            document["who"],
            float(document["deadline"]),
            str(document["boot"]),
            float(document["seconds"]),
            space=str(document.get("space", "")),
            clock=clock,
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{name} is not the file of a trial") from error


def sweep(store: Store) -> None:
    """Take away files that are cut short: only a crash of the kernel does that to one, and the
    rules it was about went with it. The journal holds the rest.
    """
    for name in store.names():
        stem, _, suffix = name.rpartition(".")
        if suffix not in list(Standing):
            continue
        with suppress(OSError):
            try:
                json.loads(store.read(name))
            except ValueError:
                store.remove(name)
                store.remove(f"{stem}.room")


def trials(store: Store, clock: Clock = HERE) -> Iterator[tuple[Trial, Standing]]:
    """Every trial that is not closed, oldest first, and how it stands."""
    for name in store.names():
        suffix = name.rpartition(".")[2]
        if suffix not in list(Standing):
            continue
        try:
            yield read_trial(store, name, clock), Standing(suffix)
        except (OSError, ValueError):
            continue
