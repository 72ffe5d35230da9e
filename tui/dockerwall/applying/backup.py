"""All rules as they were before the first change, as iptables-save prints them: for people."""

from __future__ import annotations

import contextlib

from dockerwall.applying.firewall import Firewall, FirewallError
from dockerwall.applying.store import Store
from dockerwall.editing.plan import Plan
from dockerwall.model.kinds import Family

_FILES = {Family.IPV4: "iptables-save", Family.IPV6: "ip6tables-save"}


def back_up(store: Store, firewall: Firewall, plan: Plan, name: str) -> str | None:
    """Save all rules of the variants a plan touches, unless there is a backup already.

    OSError or FirewallError, and no backup, if that cannot be done.
    """
    if store.has_backup():
        return None
    files = {}
    for variant in dict.fromkeys(where.variant for where in plan.chains):
        for family, file in _FILES.items():
            # A family the host does not have cannot be saved, unless the plan is about it.
            with contextlib.nullcontext() if family in plan.families else _forgiving():
                files[f"{file}.{variant}"] = firewall.saved(variant, family)
    return store.back_up(name, files)


def _forgiving() -> contextlib.AbstractContextManager[None]:
    return contextlib.suppress(FirewallError)
