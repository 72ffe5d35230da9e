"""`python -m tests.app.screenshots` draws the screenshots, the goldens, and the key table."""

from __future__ import annotations

from pathlib import Path

from tests.app.keytable import README, with_table
from tests.app.scene import Scene
from tests.app.scenes import GOLDENS, SCREENSHOTS, SHOTS, STATES, drawn


def draw_all(folder: Path, scenes: tuple[Scene, ...]) -> None:
    """Draw the scenes into a folder, and remove pictures that are no longer among them."""
    folder.mkdir(exist_ok=True)
    names = {f"{scene.name}.svg" for scene in scenes}
    for old in folder.glob("*.svg"):
        if old.name not in names:
            old.unlink()
    for scene in scenes:
        (folder / f"{scene.name}.svg").write_text(drawn(scene))


if __name__ == "__main__":
    draw_all(SCREENSHOTS, SHOTS)
    draw_all(GOLDENS, STATES)
    README.write_text(with_table(README.read_text()))
