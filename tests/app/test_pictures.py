"""The screen looks as it did when somebody last looked: every view, every state, both sizes.

After a change that is meant: `python -m tests.app.screenshots`, and look at what changed.
"""

from __future__ import annotations

import difflib
import re
from html import unescape
from pathlib import Path

import pytest
from tests.app.keytable import README, with_table
from tests.app.scene import Scene
from tests.app.scenes import GOLDENS, SCREENSHOTS, SHOTS, STATES, drawn

from dockerwall.app.commands import Where, commands_for, footer_commands
from dockerwall.app.widgets.footer import fitting


@pytest.mark.parametrize("scene", STATES, ids=lambda scene: scene.name)
def test_a_state_looks_as_it_did(scene: Scene) -> None:
    assert changed(drawn(scene), GOLDENS / f"{scene.name}.svg") == []


@pytest.mark.parametrize("scene", SHOTS, ids=lambda scene: scene.name)
def test_the_screenshots_are_those_of_this_version(scene: Scene) -> None:
    assert changed(drawn(scene), SCREENSHOTS / f"{scene.name}.svg") == []


def changed(now: str, file: Path) -> list[str]:
    """What a picture no longer says, or says now, line by line; its markup where that is all."""
    before = file.read_text()
    if now == before:
        return []
    lines = list(difflib.unified_diff(words(before), words(now), "before", "now", "", "", 0, ""))
    return lines or ["the same words, drawn otherwise"]


def words(picture: str) -> list[str]:
    """The words of a picture, line by line."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for x, y, text in _WORDS.findall(picture):
        rows.setdefault(float(y), []).append((float(x), unescape(text)))
    return [" ".join(text for _, text in sorted(rows[y])) for y in sorted(rows)]


_WORDS = re.compile(r'<text [^>]*?x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')


def test_no_picture_is_left_over() -> None:
    for folder, scenes in ((SCREENSHOTS, SHOTS), (GOLDENS, STATES)):
        assert {path.stem for path in folder.glob("*.svg")} == {scene.name for scene in scenes}


def test_the_readme_lists_the_keys_there_are() -> None:
    text = README.read_text()
    assert text == with_table(text)


def test_the_footer_fits_eighty_columns_and_ends_with_the_way_out() -> None:
    for place in (Where.TREE, Where.RECORDS):
        places = (Where.ANYWHERE, Where.VIEW, Where.CHANGE, place)
        shown = fitting(footer_commands(*places), 79)
        assert sum(len(f"{each.key_names[0]} {each.label}  ") for each in shown) <= 79
        assert shown[-1].id == "quit"


def test_no_key_clashes_and_none_ends_a_split_escape_sequence() -> None:
    for place in (Where.TREE, Where.RECORDS, Where.LIST):
        keys = [
            key
            for command in commands_for(Where.ANYWHERE, Where.VIEW, Where.CHANGE, place)
            for key in command.keys
        ]
        assert len(keys) == len(set(keys))
        assert not set(keys) & set("ABCDFHOPQRS[]~")
