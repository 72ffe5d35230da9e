"""What holds for all tests: how long one takes says nothing of whether it is right, and those that
share what they set up run in one process, where several run at once (pytest-xdist).
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import settings
from tests.engine.scenario import Case

settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist looks at the marks
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Tests of one file go together, but those of an engine's case with others of that case."""
    for item in items:
        call = getattr(item, "callspec", None)
        case = call.params.get("observation") if call is not None else None
        group = case.name.replace("@", "-") if isinstance(case, Case) else item.path.stem
        item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}-{group}"))
