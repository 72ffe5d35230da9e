"""The time and the network a trial lives in: those of the host whose rules are changed."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What a trial's deadline is measured by."""

    def uptime(self) -> float:
        """Seconds since the host's boot, suspended time included (CLOCK_BOOTTIME)."""
        ...

    def boot(self) -> str:
        """What tells this boot from any other; empty where it is not known."""
        ...


class OwnClock:
    """This host's own."""

    def uptime(self) -> float:
        """See Clock."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def boot(self) -> str:
        """See Clock."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return os.uname().nodename


class NoClock:
    """Of a host that is not asked."""

    def uptime(self) -> float:
        """See Clock."""
        return 0.0

    def boot(self) -> str:
        """See Clock; empty, as it is not known."""
        return ""


HERE = OwnClock()


def this_space() -> str:
    """The network namespace this program is in, as the kernel names it: `net:[4026531840]`."""
    try:
        return os.readlink("/proc/self/ns/net")
    except OSError:
        return ""
