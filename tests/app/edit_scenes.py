"""The pictures of changes: what can be wished, what it would do, the trial, and how it ended."""

from __future__ import annotations

from tests.app.changing import OPENED, PLAN, FakeChanging, past_of
from tests.app.driving import WIDE
from tests.app.hosts import FakeHost, recorded
from tests.app.scene import REST, Scene

from dockerwall.app.terminal import Terminal
from dockerwall.changes import ChangeError, Denial, Ending, OnTrial

CHANGED = (
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


def _docker(changing: FakeChanging | None = None) -> FakeHost:
    host = FakeHost(recorded("docker-28").read())
    host.changing = changing or FakeChanging()
    return host


def _recorded() -> FakeHost:
    return FakeHost(recorded("docker-28").read(), live=False)


def _read_only() -> FakeHost:
    return _docker(
        FakeChanging(Denial("--read-only", "Nothing is changed: --read-only was given."))
    )


def _refusing(*words: object) -> FakeHost:
    changing = FakeChanging()

    def trouble(what: str) -> None:
        if what == "apply":
            raise ChangeError(*words)  # type: ignore[arg-type]

    changing.trouble = trouble
    return _docker(changing)


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
    return _docker(changing)


def _cut_off() -> FakeHost:
    changing = FakeChanging()
    changing.past = [past_of(OnTrial("20261120-140112-ab12", OPENED, "root", 60), "kept")]
    return _docker(changing)


CLOSE = ("j", "x", REST)
APPLY = (*CLOSE, *"apply", "enter", REST)
RULE = ("slash", *"office", "enter", "escape")
ANSI = Terminal(theme="ansi", ascii=True)

EDITS = (
    Scene("change", _docker, keys=("j", "e"), view="1"),
    Scene("change-wide", _docker, WIDE, ("j", "e"), view="1"),
    Scene("change-rule", _docker, keys=(*RULE, "e")),
    Scene("change-source", _docker, keys=("j", "e", "a"), view="1"),
    Scene("change-wrong", _docker, keys=("j", "e", "a", *"lo", "enter"), view="1"),
    Scene("preview", _docker, keys=CLOSE, view="1"),
    Scene("preview-wide", _docker, WIDE, CLOSE, view="1"),
    Scene("preview-ascii", _docker, keys=CLOSE, terminal=ANSI, view="1"),
    Scene("preview-family", _docker, keys=(*CLOSE, "f", REST), view="1"),
    Scene("preview-typed", _docker, keys=(*CLOSE, *"apply"), view="1"),
    Scene("preview-input", _docker, keys=("x", REST), view="1"),
    Scene("preview-recorded", _recorded, keys=CLOSE, view="1"),
    Scene("preview-cut-off", _cut_off, keys=("u", REST), view="1"),
    Scene("preview-none", _docker, keys=("u", REST), view="1"),
    Scene("trial", _docker, keys=APPLY, view="1"),
    Scene("trial-wide", _docker, WIDE, APPLY, view="1"),
    Scene("trial-ascii", _docker, keys=APPLY, terminal=ANSI, view="1"),
    Scene("trial-connections", _docker, keys=(*APPLY, *"end", "enter", REST), view="1"),
    Scene("trial-left", _docker, keys=(*APPLY, "escape"), view="1"),
    Scene("trial-left-wide", _docker, WIDE, (*APPLY, "escape"), view="1"),
    Scene("kept", _docker, keys=(*APPLY, *"keep", "enter", REST), view="1"),
    Scene("taken-back", _docker, keys=(*APPLY, *"undo", "enter", REST), view="1"),
    Scene("refused", lambda: _refusing(*CHANGED), keys=APPLY, view="1"),
    Scene("refused-wide", lambda: _refusing(*CHANGED), WIDE, APPLY, view="1"),
    Scene(
        "not-taken-back",
        lambda: _refusing("ip6tables-nft-restore: the lock is held.", Ending.STUCK),
        keys=APPLY,
        view="1",
    ),
    Scene("history", _remembering, keys=("5", REST, "j"), view="1"),
    Scene("history-wide", _remembering, WIDE, ("5", REST, "j"), view="1"),
    Scene("history-change", _remembering, keys=("5", REST, "enter"), view="1"),
    Scene("history-empty", _docker, keys=("5", REST), view="1"),
    Scene("read-only", _read_only, keys=("e",), view="1"),
    Scene("locked", _docker, keys=("f10",), view="1"),
    Scene("kept-wide", _docker, WIDE, (*APPLY, *"keep", "enter", REST), view="1"),
    Scene("taken-back-wide", _docker, WIDE, (*APPLY, *"undo", "enter", REST), view="1"),
    Scene("history-change-wide", _remembering, WIDE, ("5", REST, "enter"), view="1"),
    Scene("history-empty-wide", _docker, WIDE, ("5", REST), view="1"),
    Scene("read-only-wide", _read_only, WIDE, ("e",), view="1"),
    Scene("locked-wide", _docker, WIDE, ("f10",), view="1"),
)
"""Every dialog and state of a change."""

EDIT_SHOTS = (
    Scene("edit-preview", _docker, (120, 36), CLOSE, view="1"),
    Scene("edit-preview-80x24", _docker, keys=CLOSE, view="1"),
    Scene("trial", _docker, (120, 30), APPLY, view="1"),
    Scene("change", _docker, (100, 24), ("j", "e"), view="1"),
)
"""What the README shows of changes."""
