"""How a change ended: refused, taken back, kept, or not to be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dockerwall.app.editing.dialog import Dialog
from dockerwall.changes import ChangeError, Ending, Past
from dockerwall.present.pieces import Tone
from dockerwall.present.plan_sheet import BLANK, Paragraph, heading, plan_paragraphs, said

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk
    from dockerwall.editing.plan import Plan

_TITLES = {
    Ending.REFUSED: ("Refused", "Nothing was changed."),
    Ending.TAKEN_BACK: ("Taken back", "The change is taken back."),
    Ending.STUCK: ("Not taken back yet", "The change could not be taken back yet."),
    Ending.LOST: ("Link lost", "The host was lost on the way: what came of it is not known yet."),
}


class EndPage(Dialog):
    """One page that says how it ended."""

    def __init__(self, desk: Desk, title: str, paragraphs: Sequence[Paragraph]) -> None:
        super().__init__(desk, title)
        self.sheet.put(paragraphs)


def of_error(error: Exception) -> tuple[str, list[Paragraph]]:
    """The title and the words for what went wrong."""
    ending = error.ending if isinstance(error, ChangeError) else None
    if ending is None:
        words = [heading("It failed.", Tone.WARN), said(f"{type(error).__name__}: {error}")]
        words.append(said("What was done, if anything, is in the history: 5."))
        return "Failed", words
    title, first = _TITLES[ending]
    words = [heading(first, Tone.WARN), said(_sentence(str(error)))]
    if ending is Ending.STUCK:
        words.append(said("Its watchdog goes on trying; see the journal.", Tone.WARN, " ! "))
    if ending is Ending.LOST:
        words.append(said("The link is tried again; a trial that runs there is shown again then."))
    difference = error.difference if isinstance(error, ChangeError) else ()
    if difference:
        words += [BLANK, heading("The difference"), *map(_difference, difference)]
        words += [BLANK, said("The host is read again: look at it, and plan anew.")]
    return title, words


def _difference(line: str) -> Paragraph:
    tone = {"+": Tone.ACCEPT, "-": Tone.DROP, "@": Tone.FAINT}.get(line[:1], Tone.PLAIN)
    return said(line, tone)


def _sentence(text: str) -> str:
    # A program's name in front stays as it is.
    return text[:1].upper() + text[1:] if text.partition(" ")[0].isalpha() else text


def of_past(past: Past) -> list[Paragraph]:
    """Everything the journal knows of a change."""
    words = [heading(f"{past.summary}."), said(f"Change {past.change}, {past.at}, by {past.by}.")]
    words.append(said(f"It was {past.standing}." if past.standing != "on trial" else "On trial."))
    commands = () if past.plan is None else past.plan.commands
    words += [said(_sentence(line)) for line in past.lines if line not in commands]
    if past.plan is not None:
        words += [BLANK, heading("Rules"), *plan_paragraphs(past.plan)]
        words += [BLANK, heading("Commands"), *(said(line) for line in commands)]
        for where, texts in past.plan.before.items():
            name = f"{where.chain} before it, {where.family.label}"
            words += [BLANK, heading(name), *(said(text) for text in texts or ("no rules",))]
    return words


def of_decision(title: str, plan: Plan, said_of_it: str) -> list[Paragraph]:
    """The words for a trial that was decided here."""
    words = [heading(f"{title}: {plan.summary}.")]
    if said_of_it:
        words.append(said(_sentence(said_of_it)))
    if title == "Kept":
        words.append(said("5 shows what was changed so far; u undoes the last change."))
    return [*words, BLANK, heading("Rules"), *plan_paragraphs(plan)]
