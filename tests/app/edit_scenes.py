"""The pictures of changes: what can be wished, what it would do, the trial, and how it ended."""

from __future__ import annotations

from tests.app.changing import OPENED, PLAN, FakeChanging, past_of
from tests.app.driving import WIDE
from tests.app.hosts import FakeHost
from tests.app.scene import REST, Scene
from tests.app.working import docker, failing

from dockerwall.app.terminal import Terminal
from dockerwall.changes import ChangeError, Denial, Ending, OnTrial

CHANGED = ChangeError(
    "the rules are no longer those the plan was made from: look again and plan anew.",
    Ending.REFUSED,
    (
        "--- ipv4 DOCKER-USER as planned from",
        "+++ ipv4 DOCKER-USER now",
        "@@ -1 +1,2 @@",
        " -A DOCKER-USER -m conntrack --ctstate RELATED,ESTABLISHED -j RETURN",
        "+-A DOCKER-USER -s 198.51.100.0/24 -j DROP",
    ),
)


def _recorded() -> FakeHost:
    return docker(live=False)


def _read_only() -> FakeHost:
    return docker(FakeChanging(Denial("--read-only", "Nothing is changed: --read-only was given.")))


def _refusing(error: ChangeError) -> FakeHost:
    changing = FakeChanging()
    changing.trouble = failing("apply", error)
    return docker(changing)


def _remembering() -> FakeHost:
    changing = FakeChanging()
    made = (
        ("20261118-091500-77aa", "alice from 192.0.2.1", "kept", ""),
        ("20261119-180210-03fe", "root", "taken back", "it was not confirmed in time"),
        ("20261120-140112-ab12", "root from 203.0.113.9", "kept", ""),
    )
    changing.past = [
        past_of(OnTrial(change, PLAN, by, 60), standing, reason)
        for change, by, standing, reason in made
    ]
    return docker(changing)


def _cut_off() -> FakeHost:
    changing = FakeChanging()
    changing.past = [past_of(OnTrial("20261120-140112-ab12", OPENED, "root", 60), "kept")]
    return docker(changing)


CLOSE = ("j", "x", REST)
APPLY = (*CLOSE, *"apply", "enter", REST)
RULE = ("slash", *"office", "enter", "escape")
ANSI = Terminal(theme="ansi", ascii=True)

EDITS = (
    Scene("change", docker, keys=("j", "e"), view="1"),
    Scene("change-wide", docker, WIDE, ("j", "e"), view="1"),
    Scene("change-rule", docker, keys=(*RULE, "e")),
    Scene("change-source", docker, keys=("j", "e", "a"), view="1"),
    Scene("change-wrong", docker, keys=("j", "e", "a", *"lo", "enter"), view="1"),
    Scene("preview", docker, keys=CLOSE, view="1"),
    Scene("preview-wide", docker, WIDE, CLOSE, view="1"),
    Scene("preview-ascii", docker, keys=CLOSE, terminal=ANSI, view="1"),
    Scene("preview-family", docker, keys=(*CLOSE, "f", REST), view="1"),
    Scene("preview-typed", docker, keys=(*CLOSE, *"apply"), view="1"),
    Scene("preview-input", docker, keys=("x", REST), view="1"),
    Scene("preview-recorded", _recorded, keys=CLOSE, view="1"),
    Scene("preview-cut-off", _cut_off, keys=("u", REST), view="1"),
    Scene("preview-none", docker, keys=("u", REST), view="1"),
    Scene("trial", docker, keys=APPLY, view="1"),
    Scene("trial-wide", docker, WIDE, APPLY, view="1"),
    Scene("trial-ascii", docker, keys=APPLY, terminal=ANSI, view="1"),
    Scene("trial-connections", docker, keys=(*APPLY, *"end", "enter", REST), view="1"),
    Scene("trial-left", docker, keys=(*APPLY, "escape"), view="1"),
    Scene("trial-left-wide", docker, WIDE, (*APPLY, "escape"), view="1"),
    Scene("kept", docker, keys=(*APPLY, *"keep", "enter", REST), view="1"),
    Scene("taken-back", docker, keys=(*APPLY, *"undo", "enter", REST), view="1"),
    Scene("refused", lambda: _refusing(CHANGED), keys=APPLY, view="1"),
    Scene("refused-wide", lambda: _refusing(CHANGED), WIDE, APPLY, view="1"),
    Scene(
        "not-taken-back",
        lambda: _refusing(ChangeError("ip6tables-nft-restore: the lock is held.", Ending.STUCK)),
        keys=APPLY,
        view="1",
    ),
    Scene("history", _remembering, keys=("5", REST, "j"), view="1"),
    Scene("history-wide", _remembering, WIDE, ("5", REST, "j"), view="1"),
    Scene("history-change", _remembering, keys=("5", REST, "enter"), view="1"),
    Scene("history-empty", docker, keys=("5", REST), view="1"),
    Scene("read-only", _read_only, keys=("e",), view="1"),
    Scene("locked", docker, keys=("f10",), view="1"),
    Scene("kept-wide", docker, WIDE, (*APPLY, *"keep", "enter", REST), view="1"),
    Scene("taken-back-wide", docker, WIDE, (*APPLY, *"undo", "enter", REST), view="1"),
    Scene("history-change-wide", _remembering, WIDE, ("5", REST, "enter"), view="1"),
    Scene("history-empty-wide", docker, WIDE, ("5", REST), view="1"),
    Scene("read-only-wide", _read_only, WIDE, ("e",), view="1"),
    Scene("locked-wide", docker, WIDE, ("f10",), view="1"),
)
"""Every dialog and state of a change."""

EDIT_SHOTS = (
    Scene("edit-preview", docker, (120, 36), CLOSE, view="1"),
    Scene("edit-preview-80x24", docker, keys=CLOSE, view="1"),
    Scene("trial", docker, (120, 30), APPLY, view="1"),
    Scene("change", docker, (100, 24), ("j", "e"), view="1"),
)
"""What the README shows of changes."""
