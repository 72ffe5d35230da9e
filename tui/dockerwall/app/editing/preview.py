"""The preview of a change: what it does to whom, and what speaks against it, before it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from dockerwall.app.commands import Where, bindings
from dockerwall.app.editing.confirm import Confirm
from dockerwall.app.editing.dialog import Dialog
from dockerwall.app.widgets.footer import Footer
from dockerwall.changes import Planned, Wish
from dockerwall.model.kinds import Family
from dockerwall.present.pieces import Tone
from dockerwall.present.plan_sheet import preview_sheet, said

if TYPE_CHECKING:
    from dockerwall.app.editing.desk import Desk

APPLY = "apply"
"""What has to be typed before anything is changed."""
INSIST = "apply anyway"
"""What has to be typed where the change may cut the operator's own session."""
_FAMILIES: tuple[tuple[Family, ...], ...] = (tuple(Family), (Family.IPV4,), (Family.IPV6,))
_NAMES = {(Family.IPV4,): "IPv4 only", (Family.IPV6,): "IPv6 only"}
_SINGLE = ("delete", "move", "off", "on", "set")
"""Intents that are about one family, or about none."""


class PreviewPage(Dialog):
    """Shows a plan once it is made; nothing is applied before the word is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings(Where.PREVIEW),
        *bindings(Where.PREVIEW_INPUT),
    ]
    out = "Cancel"

    def __init__(self, desk: Desk, wish: Wish | None) -> None:
        """`wish` is None where a change is undone."""
        super().__init__(desk, "Preview: nothing is changed yet")
        self.wish = wish
        self.planned: Planned | None = None
        self.applying = False
        self.sheet.put([said("Working out what it would change...", Tone.FAINT)])

    def wait(self) -> None:
        """Another plan is being made."""
        self.planned = None
        self.sheet.put([said("Working out what it would change...", Tone.FAINT)])
        self.confirm.offer((), "Cancel")

    def show(self, planned: Planned) -> None:
        """Show what was planned."""
        self.planned, self.wish = planned, planned.wish
        answer = planned.answer
        paragraphs = preview_sheet(
            planned.preview,
            answer.stage.world,
            (*planned.notes, *self._notes(planned)),
            done=answer.done,
        )
        self.sheet.put(paragraphs)
        denial = self.desk.denial
        if planned.can_be_applied and denial is None:
            self.confirm.offer(((APPLY, f"and Enter: {self._trial()}"),), "Cancel")
        elif planned.can_be_insisted_on and denial is None:
            self.confirm.offer(((INSIST, f"and Enter: {self._trial()}"),), "Cancel")
        else:
            self.confirm.offer((), "Close")
        self._say_keys()

    def _say_keys(self) -> None:
        """Show the keys that do something here."""
        places = [Where.PAGE]
        if self._has_families:
            places.append(Where.PREVIEW)
        if self._has_input:
            places.append(Where.PREVIEW_INPUT)
        self.query_one(Footer).show(*places)

    def fail(self, sentence: str) -> None:
        """Say why there is no plan."""
        self.planned = None
        self.sheet.put([said("There is no plan for it."), said(sentence, Tone.WARN, " ! ")])
        self.confirm.offer((), "Close")

    def _trial(self) -> str:
        return f"make the change, on trial for {self.desk.seconds:g} s"

    def _notes(self, planned: Planned) -> tuple[str, ...]:
        """What the keys of this page could do here."""
        notes = []
        wish = planned.wish
        if wish is not None and len(wish.families) == 1 and self._has_families:
            notes.append(f"This is for {_NAMES[wish.families]}: press f for the other, or both.")
        for each in planned.answer.alternatives:
            notes.append(f"{each.sentence.removesuffix('.')}: press i for that.")
        if planned.notes and wish is not None and wish.use_input:
            notes.append("Press i for a plan without rules in INPUT.")
        denial = self.desk.denial
        if denial is not None and not planned.preview.blocked:
            notes.append(denial.sentence)
        return tuple(notes)

    @property
    def _has_families(self) -> bool:
        return self.wish is not None and self.wish.words[0] not in _SINGLE

    @property
    def _has_input(self) -> bool:
        if self.planned is None or self.wish is None:
            return False
        return bool(self.planned.answer.alternatives) or bool(self.wish.use_input)

    @property
    def text_to_copy(self) -> str:
        """The exact commands, a line each; empty until there is a plan."""
        return "" if self.planned is None else "\n".join(self.planned.answer.plan.commands)

    def action_plan_families(self) -> None:
        """Plan for both families, IPv4 alone, IPv6 alone."""
        if self.wish is None or self.planned is None or not self._has_families:
            return
        place = (_FAMILIES.index(self.wish.families) + 1) % len(_FAMILIES)
        self.desk.planner.replan(self, self.wish._replace(families=_FAMILIES[place]))

    def action_plan_input(self) -> None:
        """Plan with rules in INPUT, or without them."""
        if self.wish is None or self.planned is None:
            return
        if self._has_input:
            self.desk.planner.replan(self, self.wish._replace(use_input=not self.wish.use_input))

    def on_confirm_typed(self, message: Confirm.Typed) -> None:
        """Make the change."""
        if message.word in (APPLY, INSIST) and self.planned is not None:
            self.applying = True
            self.confirm.offer((), "Applying...")
            self.desk.planner.apply(self, self.planned)

    def leave(self) -> None:
        """Go back, unless the change is being made."""
        if not self.applying:
            super().leave()
