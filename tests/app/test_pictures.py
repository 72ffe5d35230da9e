"""The screen looks as it did when somebody last looked: every view, every state, both sizes.

After a change that is meant: `python -m tests.app.screenshots`, and look at what changed.
"""

from __future__ import annotations

import pytest
from tests.app.scenes import GOLDENS, SCREENSHOTS, SHOTS, STATES, Scene, drawn


@pytest.mark.parametrize("scene", STATES, ids=lambda scene: scene.name)
def test_a_state_looks_as_it_did(scene: Scene) -> None:
    assert drawn(scene) == (GOLDENS / f"{scene.name}.svg").read_text()


@pytest.mark.parametrize("scene", SHOTS, ids=lambda scene: scene.name)
def test_the_screenshots_are_those_of_this_version(scene: Scene) -> None:
    assert drawn(scene) == (SCREENSHOTS / f"{scene.name}.svg").read_text()


def test_no_picture_is_left_over() -> None:
    for folder, scenes in ((SCREENSHOTS, SHOTS), (GOLDENS, STATES)):
        assert {path.stem for path in folder.glob("*.svg")} == {scene.name for scene in scenes}
