"""Every id is documented, unique and stable in form."""

from __future__ import annotations

import re
from pathlib import Path

from dockerwall.analysis.findings.catalogue import KINDS, meanings

README = Path(__file__).parents[3] / "README.md"
ELSEWHERE = {"expected-but-closed"}
"""Ids given where expectations are judged."""


def test_the_readme_lists_every_id_with_its_meaning() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9-]+)` \| (.+?) \|$", README.read_text(), re.MULTILINE))
    listed = {id: rows.get(id) for id in meanings()}
    assert listed == dict(meanings())
    assert set(rows) & ELSEWHERE == ELSEWHERE


def test_no_id_is_given_by_two_kinds() -> None:
    ids = [id for kind in KINDS for id in kind.IDS]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", id) for id in ids)
