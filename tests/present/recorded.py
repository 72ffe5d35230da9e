"""Recorded hosts: real daemons, read once, with what real packets found beside them."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from dockerwall.analysis.audit import audit
from dockerwall.analysis.world import World, build_world
from dockerwall.model.snapshot import Snapshot
from dockerwall.present.exposures import Row, rows
from dockerwall.reading.recorded import RecordedHost

HOSTS = Path(__file__).parents[1] / "hosts"
NAMES = sorted(path.name for path in HOSTS.iterdir() if (path / "meta.json").exists())


@cache
def snapshot_of(name: str) -> Snapshot:
    """The recorded snapshot."""
    return RecordedHost(HOSTS / name).read()


@cache
def world_of(name: str) -> World:
    """The same, ready to be judged."""
    return build_world(snapshot_of(name))


@cache
def rows_of(name: str) -> tuple[Row, ...]:
    """Its exposures as rows."""
    return rows(world_of(name), audit(world_of(name)))
