"""Everything that is judged of one snapshot, together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from dockerwall.analysis.audit import audited, told
from dockerwall.analysis.expectations import expected, unmet
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.findings import Finding
from dockerwall.analysis.findings.catalogue import find_on
from dockerwall.analysis.findings.finding import Level
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.world import World, build_world
from dockerwall.model.settings import Settings
from dockerwall.model.snapshot import Snapshot


@dataclass(frozen=True)
class Judgement:
    """What an audit says."""

    ground: Ground
    """The host and its exposures, with what was worked out for the findings."""
    findings: tuple[Finding, ...]
    expected: frozenset[tuple[object, ...]]
    """The keys of the exposures that are as the operator declared them."""
    judged: tuple[Exposure, ...] = ()
    """Everything that is offered, by container and port, also what there is nothing to tell of."""
    settings: Settings = field(default_factory=Settings)
    """What it rests on beside the snapshot."""

    @property
    def world(self) -> World:
        """The host that was judged."""
        return self.ground.world

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """Worst first."""
        return self.ground.exposures

    def is_expected(self, exposure: Exposure) -> bool:
        """Whether the operator declared this exposure intended."""
        return exposure.key in self.expected


def judge(snapshot: Snapshot, settings: Settings | None = None) -> Judgement:
    """Judge a snapshot as the settings have it."""
    settings = settings or Settings()
    world = build_world(snapshot, settings.lan)
    judged = audited(world)
    exposures = told(judged)
    ground = Ground(world, exposures)
    meant = expected(world, exposures, settings.expected)
    found = [each for each in find_on(ground) if not _as_meant(each, meant)]
    closed = _closed(exposures, settings) if snapshot.docker is not None else ()
    return Judgement(ground, (*found, *closed), meant, judged, settings)


def _as_meant(finding: Finding, meant: frozenset[tuple[object, ...]]) -> bool:
    """A port that is open on purpose is no finding for being open."""
    return finding.id == "sensitive-port-open" and finding.exposure in meant


def _closed(exposures: tuple[Exposure, ...], settings: Settings) -> Iterator[Finding]:
    for each in unmet(exposures, settings.expected):
        who = f" of {each.container}" if each.container else ""
        yield Finding(
            "expected-but-closed",
            Level.WARNING,
            f"Port {each.port}/{each.protocol}{who} is declared as meant to be reachable, "
            "and nobody outside the LAN can reach it.",
            fix="Open it, or take the declaration out of the settings file.",
        )
