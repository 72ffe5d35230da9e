"""Which places bring rules back on a host, and what each of them holds."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerwall.analysis.boot import firewalld, ufw
from dockerwall.analysis.boot.own import GUARD
from dockerwall.model.boot import FIREWALLD_DIRECT, FOLDER, RULES, UFW_AFTER, Boot
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.value import value

_DOCKERS = re.compile(r"^:DOCKER(?!-USER )[A-Z0-9-]* ", re.MULTILINE)


@value
class Place:
    """A place that brings rules back, at boot or when its service is reloaded."""

    name: str
    """`systemd`, `ufw`, `firewalld`, or the path of a saved file: stable, for other programs."""
    sentence: str
    dockers: bool = False
    """Whether it holds chains of Docker's own, which go stale there."""


def places(snapshot: Snapshot) -> tuple[Place, ...]:
    """The places of a host; none where it was not read how it begins."""
    return () if snapshot.boot is None else tuple(_places(snapshot, snapshot.boot))


def _places(snapshot: Snapshot, boot: Boot) -> Iterator[Place]:
    if boot.has_unit:
        early = ", and before it" if boot.has_early_unit else ""
        yield Place(
            "systemd", f"dockerwall-rules.service puts your rules back after Docker starts{early}."
        )
    elif any(path in boot.files for path in RULES.values()):
        yield Place(FOLDER, "Your rules are kept there, but no unit of systemd puts them back.")
    for family in Family:
        path = boot.save_file(family)
        if path is not None:
            dockers = _DOCKERS.search(boot.files[path]) is not None
            stale = " It holds chains of Docker's own, which go stale there." if dockers else ""
            yield Place(path, f"Restored at boot, before Docker starts.{stale}", dockers)
    if ufw.is_on(boot):
        yield Place("ufw", " ".join(_ufw(boot)))
    if firewalld.is_on(boot, snapshot):
        brings = firewalld.guard_rules(boot.files.get(FIREWALLD_DIRECT, ""), Family.IPV4)
        back = f"{FIREWALLD_DIRECT} brings {len(brings)} IPv4 rules back" if brings else (
            "nothing brings them back"
        )  # fmt: skip
        yield Place("firewalld", f"`firewall-cmd --reload` empties {GUARD}; {back}.")


def _ufw(boot: Boot) -> Iterator[str]:
    """What a reload of ufw does, both families in one sentence where they are alike."""
    said = {family: _ufw_reload(boot, family) for family in Family}
    for sentence in dict.fromkeys(said.values()):
        names = [family.label for family in Family if said[family] == sentence]
        yield f"`ufw reload` {sentence} ({' and '.join(names)})."


def _ufw_reload(boot: Boot, family: Family) -> str:
    if ufw.empties_all(boot, family):
        return "empties every chain, Docker's too"
    if ufw.makes_guard(boot, family) or ufw.BEGIN in boot.files.get(UFW_AFTER[family], ""):
        return f"makes {GUARD} anew: what its files lack is lost"
    return f"leaves {GUARD} alone"
