"""All rules as they were before the first change, as iptables-save prints them: for people."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.state import State, sync_folder, write_whole
from dockerwall.editing.plan import Plan
from dockerwall.model.kinds import Family

_FILES = {Family.IPV4: "iptables-save", Family.IPV6: "ip6tables-save"}


def back_up(state: State, firewall: Firewall, plan: Plan, name: str) -> Path | None:
    """Save all rules of the variants a plan touches, unless there is a backup already.

    OSError or FirewallError, and no backup, if that cannot be done.
    """
    if any(path.name[0] != "." for path in state.backups.iterdir()):
        return None
    part = state.backups / f".{name}"
    try:
        part.mkdir(mode=0o700)
        for variant in dict.fromkeys(where.variant for where in plan.chains):
            for family, file in _FILES.items():
                # A family the host does not have cannot be saved, unless the plan is about it.
                with contextlib.nullcontext() if family in plan.families else _forgiving():
                    write_whole(part / f"{file}.{variant}", firewall.saved(variant, family))
        part.rename(state.backups / name)
    except (OSError, FirewallError):
        shutil.rmtree(part, ignore_errors=True)
        raise
    sync_folder(state.backups)
    return state.backups / name


def _forgiving() -> contextlib.AbstractContextManager[None]:
    return contextlib.suppress(FirewallError)
