"""Fixtures of the engine tier: every case is observed once, and judged by several tests."""

from __future__ import annotations

import pytest
from tests.engine.engines import Engine, installed_engines, missing
from tests.engine.observation import Observation, observe
from tests.engine.scenario import Case
from tests.engine.scenarios import CASES


def _case_name(case: Case) -> str:
    return case.name


@pytest.fixture(scope="session")
def engines() -> dict[str, Engine]:
    """The Docker engines of this machine by version; skips where none can be started."""
    if reason := missing():
        pytest.skip(reason)
    return installed_engines()


@pytest.fixture(scope="session", params=CASES, ids=_case_name)
def observation(
    request: pytest.FixtureRequest,
    engines: dict[str, Engine],
    tmp_path_factory: pytest.TempPathFactory,
) -> Observation:
    """What one case shows; skips where its engine is not installed."""
    case: Case = request.param
    if case.engine not in engines:
        pytest.skip(f"Docker {case.engine} is not installed (see .ci/packages)")
    return observe(case, engines[case.engine], tmp_path_factory.mktemp("host") / "snapshot")
