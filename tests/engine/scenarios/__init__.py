"""Every scenario, by theme; `CASES` holds each one on each of its engines."""

from tests.engine.scenario import Case, Scenario
from tests.engine.scenarios import (
    companions,
    detours,
    hosts,
    matches,
    modes,
    publishing,
    recipes,
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
    *hosts.SCENARIOS,
)

CASES: tuple[Case, ...] = tuple(
    Case(scenario, engine) for scenario in SCENARIOS for engine in scenario.engines
)
