"""From a wish to everything that is seen before it is made; it changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerwall.changes import ChangeError, Changing, Planned, Undoing, Wish

if TYPE_CHECKING:
    from dockerwall.analysis.judgement import Judgement
    from dockerwall.editing.intents import Intent
    from dockerwall.editing.planner import Answer
    from dockerwall.editing.preview import Preview


def understood(wish: Wish, client: str | None = None) -> Intent:
    """The intent in a wish's words; ValueError with one sentence where there is none.

    `client` is the operator's own address, for sources that say `me`.
    """
    from dockerwall.editing.intent_words import parse_intent

    return parse_intent(wish.words, client)


def planned(
    judgement: Judgement, wish: Wish, changing: Changing | None, *, live: bool = True
) -> Planned:
    """A wish planned and previewed on a judged host; ValueError for words that are no intent.

    `changing` is the host itself, None where it cannot be changed from here, as a recorded one,
    which is not `live`; where it may be changed, the kernel's own parser has looked at the rules.
    What INPUT has to decide is written there unless the wish says otherwise.
    """
    from dockerwall.editing.planner import Choices, plan

    ssh = None if changing is None else changing.ssh()
    intent = understood(wish, None if ssh is None else ssh.client)
    answer = plan(judgement, intent, Choices(wish.families, bool(wish.use_input)))
    notes: tuple[str, ...] = ()
    if wish.use_input is None and answer.alternatives and (not answer.plan or _closes(intent)):
        other = plan(judgement, intent, answer.alternatives[0].choices)
        if other.plan:
            answer, notes, wish = other, (_WITH_INPUT,), wish._replace(use_input=True)
    return Planned(answer, _preview(judgement, answer, changing, live=live), wish, notes=notes)


_WITH_INPUT = (
    "Some of the packets never pass DOCKER-USER, but go to a process of the host such as "
    "docker-proxy: for them this plan writes to INPUT."
)


def _closes(intent: Intent) -> bool:
    """Whether somebody is to be kept out of one port: half of it would be none of it."""
    from dockerwall.editing.intents import CloseToInternet, LanOnly, Only, UseSet

    closing = isinstance(intent, Only | LanOnly | UseSet) and intent.port is not None
    return closing or isinstance(intent, CloseToInternet)


def planned_undo(judgement: Judgement, undoing: Undoing, changing: Changing | None) -> Planned:
    """The undoing of a kept change, previewed on a judged host."""
    from dockerwall.editing.ofplan import of_plan

    answer = of_plan(judgement, undoing.plan)
    notes = undoing.notes
    if not undoing.plan:
        notes = (*notes, f"Nothing of change {undoing.change} is left to undo.")
    preview = _preview(judgement, answer, changing, live=True)
    return Planned(answer, preview, undoes=undoing.change, notes=notes)


def _preview(
    judgement: Judgement, answer: Answer, changing: Changing | None, *, live: bool
) -> Preview:
    """Who gains and who loses, and what the kernel has to say against it."""
    from dockerwall.editing import foresight
    from dockerwall.editing.guard import Circumstances
    from dockerwall.editing.plan import Objection

    ssh = None if changing is None else changing.ssh()
    around = Circumstances(ssh, live=live)
    preview = foresight.preview(judgement, answer, around)
    if changing is None or changing.denial is not None or not answer.plan:
        return preview
    if preview.blocked and not preview.overrulable:
        return preview
    try:
        changing.rehearse(answer.plan)
    except ChangeError as error:
        refusal = Objection("kernel", f"The kernel's own parser says: {error}", True)
        return preview._replace(objections=(refusal, *preview.objections))
    return preview
