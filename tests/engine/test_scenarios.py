"""What is known of each scenario beforehand holds on a real daemon."""

import pytest
from tests.engine.observation import Observation

pytestmark = pytest.mark.engine


def test_known_answers_hold(observation: Observation) -> None:
    """Every probe with a known answer gets it from the kernel."""
    assert observation.expectations
    assert observation.broken() == []
