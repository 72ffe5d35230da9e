"""Machines of the applying tests, closed after each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.applying.machine import Machine, missing

from dockerwall.model.kinds import Variant


@pytest.fixture(params=list(Variant), ids=str)
def machine(request: pytest.FixtureRequest) -> Iterator[Machine]:
    """A machine of each variant; skips where none can be made."""
    if reason := missing():
        pytest.skip(reason)
    with Machine(request.param) as made:
        yield made


@pytest.fixture
def nft_machine() -> Iterator[Machine]:
    """One machine, where the variant does not matter."""
    if reason := missing():
        pytest.skip(reason)
    with Machine(Variant.NFT) as made:
        yield made
