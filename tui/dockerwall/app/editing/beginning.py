"""From where the cursor is to what can be wished there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockerwall.app.editing.choices import (
    WHOLE_HOST,
    Choice,
    Unchangeable,
    of_exposure,
    of_line,
    wish_of,
)
from dockerwall.app.footing import LOOK_AGAIN
from dockerwall.app.recognition import place_among
from dockerwall.present.plain import plain

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk
    from dockerwall.app.screens.main import MainScreen
    from dockerwall.present.exposures import Row

Parts = Sequence[tuple[str, Sequence[Choice]]]

DIRECT = {"close_or_delete": "xc", "insert_rule": "i"}
"""Commands that choose in the menu at once: by the choices' keys there, the first there is."""


def begin(desk: Desk, main: MainScreen, command: str) -> None:
    """Ask for what is missing, or plan at once."""
    if command in WHOLE_HOST:
        _take(desk, WHOLE_HOST[command])
        return
    if not main.footing.firm:
        main.refuse(LOOK_AGAIN)
        return
    try:
        parts = _parts(main)
    except Unchangeable as reason:
        if command != "change":
            main.refuse(str(reason))
            return
        parts = ()
    if command == "change":
        whole = ("This host", list(WHOLE_HOST.values()))
        desk.planner.ask("What should hold?", (*parts, whole))
        return
    choices = [choice for _, listed in parts for choice in listed]
    named = {each.key: each for each in reversed(choices)}
    choice = next((named[key] for key in DIRECT[command] if key in named), None)
    if choice is None:
        main.refuse(_WRONG_PLACE[command])
    else:
        _take(desk, choice)


_WRONG_PLACE = {
    "close_or_delete": "Go to a published port first, view 1, or to a rule, view 2.",
    "insert_rule": "Go to a rule of the filter table first: view 2.",
}


def _take(desk: Desk, choice: Choice) -> None:
    if choice.question:
        desk.planner.ask(choice.title.capitalize(), (), choice)
    else:
        desk.planner.plan(wish_of(choice))


def _parts(main: MainScreen) -> Parts:
    """The choices for what is under the cursor, under the names of the things."""
    if main.active is main.traversal:
        return _of_tree(main)
    row = main.exposures.current
    if main.active is main.findings:
        row = _row_of_finding(main)
    elif main.active is not main.exposures:
        row = None
    if row is None:
        raise Unchangeable("Go to a published port first, view 1, or to a rule, view 2.")
    return (_of_row(row, main),)


def _of_tree(main: MainScreen) -> Parts:
    """A rule's choices; while a proof is shown, also those of the port it is about."""
    of_port = () if main.proof.about is None else _of_proof(main.proof.about, main)
    node = main.traversal.node
    try:
        choices = of_line(node)
    except Unchangeable:
        if not of_port:
            raise
        return of_port
    assert node is not None
    assert node.place is not None
    name = plain(node.place.chain)
    if node.rule is not None:
        name = f"Rule {node.rule.number} of {name}"
    return ((name, choices), *of_port)


def _of_proof(about: Row, main: MainScreen) -> Parts:
    """The choices for the port that a proof is about, as it is now."""
    rows = main.exposures.records
    place = place_among(rows, about)
    return () if place is None else (_of_row(rows[place], main),)


def _row_of_finding(main: MainScreen) -> Row | None:
    finding = main.findings.current
    if finding is None or finding.exposure is None:
        return None
    rows = main.exposures.records
    return next((r for r in rows if any(e.key == finding.exposure for e in r.exposures)), None)


def _of_row(row: Row, main: MainScreen) -> tuple[str, Sequence[Choice]]:
    choices = of_exposure(row, main.exposures.records)
    name = f"{row.port} of {row.container}: reached by {row.reachable}"
    if not choices:
        name += " (no port of this host leads to it)"
    return name, choices
