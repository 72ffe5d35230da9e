"""A short run of the differential; `python -m tests.kernel.differential` is the long one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.kernel.differential import Layout, Run, Tally
from tests.kernel.rules import VARIANTS, Variant
from tests.kernel.worlds import Worlds

pytestmark = pytest.mark.kernel

FIRST_SEED, SEEDS = 1, 4
KEPT: dict[str, tuple[int, int, Layout]] = {
    "redirect of a packet for ::1 in a bridge": (77113, 6, "both"),
    "a link-local answer to a masqueraded packet, in a bridge": (88025, 6, "nft"),
}
"""Rule sets in which model and kernel disagreed."""
_TOTAL = Tally()


@pytest.fixture(scope="module", autouse=True)
def _report() -> Iterator[None]:
    """Print the counts of the whole run at its end."""
    yield
    print(f"\n{_TOTAL.line()}")


@pytest.mark.parametrize("seed", range(FIRST_SEED, FIRST_SEED + SEEDS))
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("variant", VARIANTS)
def test_random_rules(
    worlds: Worlds, tmp_path: Path, variant: Variant, version: int, seed: int
) -> None:
    """Deliveries, conversations and counters of one random rule set are as the model says."""
    tally = Run(worlds, tmp_path).one(seed, version, variant)
    _TOTAL.add(tally)
    assert not tally.violations, "\n".join(map(str, tally.violations[:20]))


@pytest.mark.parametrize("name", KEPT)
def test_rules_that_once_were_judged_wrongly(worlds: Worlds, tmp_path: Path, name: str) -> None:
    tally = Run(worlds, tmp_path).one(*KEPT[name])
    _TOTAL.add(tally)
    assert not tally.violations, "\n".join(map(str, tally.violations[:20]))
