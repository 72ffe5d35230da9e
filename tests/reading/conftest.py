"""Throw-away network namespaces as hosts to be read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.kernel.namespace import Namespace, make_namespace
from tests.kernel.topology import can_build


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """An empty namespace, removed after the test; skips where none can be made."""
    if reason := can_build():
        pytest.skip(reason)
    made = make_namespace("r")
    yield made
    made.remove()
