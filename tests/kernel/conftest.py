"""Topologies of the kernel tier, shared by its tests and removed after them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.kernel.topology import can_build
from tests.kernel.worlds import Worlds


@pytest.fixture(scope="session")
def worlds() -> Iterator[Worlds]:
    """Topologies by kind; the tests are skipped where namespaces or iptables are missing."""
    reason = can_build()
    if reason:
        pytest.skip(reason)
    found = Worlds()
    yield found
    found.close()
