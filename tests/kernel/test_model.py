"""The model's word on every named kernel fact."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.kernel.case import Case
from tests.kernel.cases import ALL
from tests.kernel.judge_case import judge_case
from tests.kernel.rules import Variant
from tests.kernel.worlds import Worlds

pytestmark = pytest.mark.kernel

RUNS = [(case, variant) for case in ALL for variant in case.variants]


@pytest.mark.parametrize(
    ("case", "variant"), RUNS, ids=[f"{case.name}-{variant}" for case, variant in RUNS]
)
def test_model_agrees(worlds: Worlds, case: Case, variant: Variant, tmp_path: Path) -> None:
    """The kernel never does what the model excludes: it may be unsure, but not wrong."""
    found = judge_case(worlds, case, variant, tmp_path)
    wrong = [complaint for complaint in found if complaint.startswith("wrong")]
    assert not wrong, "\n".join([case.says, *wrong])
