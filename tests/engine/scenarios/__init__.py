"""Every scenario, by theme; `CASES` holds each one on each of its engines."""

from tests.engine.engines import installed_engines
from tests.engine.scenario import Case, Scenario
from tests.engine.scenarios import (
    companions,
    detours,
    hosts,
    matches,
    mixtures,
    modes,
    publishing,
    recipes,
    uplinks,
    ways,
)

SCENARIOS: tuple[Scenario, ...] = (
    *publishing.SCENARIOS,
    *ways.SCENARIOS,
    *modes.SCENARIOS,
    *recipes.SCENARIOS,
    *matches.SCENARIOS,
    *companions.SCENARIOS,
    *detours.SCENARIOS,
    *uplinks.SCENARIOS,
    *mixtures.SCENARIOS,
    *hosts.SCENARIOS,
)

NEWEST = "28.5"
"""The newest engine that .ci/packages unpacks."""


def engines_of(scenario: Scenario) -> tuple[str, ...]:
    """Its own engines; what runs on the newest also runs on newer ones unpacked by hand."""
    if NEWEST not in scenario.engines:
        return scenario.engines
    newer = (version for version in installed_engines() if _number(version) > _number(NEWEST))
    return (*scenario.engines, *newer)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


CASES: tuple[Case, ...] = tuple(
    Case(scenario, engine) for scenario in SCENARIOS for engine in engines_of(scenario)
)
