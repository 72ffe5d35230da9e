"""Every named kernel fact, measured again: the kernel's word is the standard for the model."""

from __future__ import annotations

import pytest
from tests.kernel.case import Case
from tests.kernel.cases import ALL
from tests.kernel.rules import Variant
from tests.kernel.run_case import run_case
from tests.kernel.worlds import Worlds

pytestmark = pytest.mark.kernel

RUNS = [(case, variant) for case in ALL for variant in case.variants]


def test_case_names_are_unique() -> None:
    """Facts are cited by name, so no name may occur twice."""
    names = [case.name for case in ALL]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("case", "variant"), RUNS, ids=[f"{case.name}-{variant}" for case, variant in RUNS]
)
def test_kernel_fact(worlds: Worlds, case: Case, variant: Variant) -> None:
    """The kernel does with each packet what the case says, and the stated rules count it."""
    complaints = [measured.complaint for measured in run_case(worlds, case, variant)]
    assert not any(complaints), "\n".join([case.says, *filter(None, complaints)])
