"""A plan and its preview as paragraphs with tones: what speaks against it first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from dockerwall.present.gains import reach_lines
from dockerwall.present.pieces import Piece, Tone, piece
from dockerwall.present.plan_words import diff_lines, severity_lines

if TYPE_CHECKING:
    from dockerwall.analysis.world import World
    from dockerwall.editing.plan import Objection, Plan
    from dockerwall.editing.preview import Preview


class Paragraph(NamedTuple):
    """Some text; what does not fit in a line goes on below it, behind the width of its lead."""

    lead: Piece
    text: Piece


BLANK = Paragraph(Piece(""), Piece(""))

_DIFF = {"+": Tone.ACCEPT, "-": Tone.DROP}
_REACH = {"+": Tone.ACCEPT, "-": Tone.DROP, "?": Tone.LOG}


def heading(text: str, tone: Tone = Tone.NAME) -> Paragraph:
    """The name of what follows."""
    return Paragraph(Piece(""), piece(text, tone))


def said(text: str, tone: Tone = Tone.PLAIN, lead: str = "  ") -> Paragraph:
    """A sentence, behind a lead."""
    return Paragraph(piece(lead, tone), piece(text, tone))


def preview_sheet(
    preview: Preview,
    world: World,
    notes: Iterable[str] = (),
    *,
    done: bool = False,
) -> list[Paragraph]:
    """Everything to be seen before a plan is applied; `world` is the host planned on."""
    plan = preview.plan
    found = [heading(f"{plan.summary}.")]
    if not plan:
        words = "Nothing to change: it is so already." if done else "There is no plan for it."
        found.append(said(words, Tone.NOTE if done else Tone.WARN))
    found += [said(note, Tone.WARN, " ! ") for note in notes]
    for name, paragraphs in _sections(preview, world):
        if paragraphs:
            found += [BLANK, heading(name), *paragraphs]
    return found


def _sections(preview: Preview, world: World) -> Iterator[tuple[str, list[Paragraph]]]:
    plan = preview.plan
    forbidding = [each for each in preview.objections if each.blocking]
    heads = ("It cannot be applied", "It is not applied unless you insist")
    yield heads[preview.overrulable], [_objection(each) for each in forbidding]
    yield "Mind", [_objection(each) for each in _minded(preview)]
    yield "Rules", rule_paragraphs(preview)
    yield "Ipsets", [said(change.line, Tone.CHANGE) for change in plan.sets]
    if plan:
        yield "Who gains, who loses", reach_paragraphs(preview, world) or [said("Nobody.")]
    yield "Severity", [said(line) for line in severity_lines(preview)]
    yield "Findings that come", [said(each.message, Tone.WARN) for each in preview.gained]
    yield "Findings that go", [said(each.message, Tone.NOTE) for each in preview.lost]
    yield "Why so", [said(reason) for reason in plan.reasons]
    yield "Commands that do the same", [said(command) for command in plan.commands]


def _minded(preview: Preview) -> list[Objection]:
    """Warnings that are not listed as findings already."""
    told = {each.message for each in preview.gained}
    return [o for o in preview.objections if not o.blocking and o.sentence not in told]


def _objection(objection: Objection) -> Paragraph:
    tone = Tone.DROP if objection.blocking else Tone.WARN
    return said(objection.sentence, tone, "!! " if objection.blocking else " ! ")


def rule_paragraphs(preview: Preview) -> list[Paragraph]:
    """The rules around each change."""
    return _diff_paragraphs(diff_lines(preview.lines))


def plan_paragraphs(plan: Plan) -> list[Paragraph]:
    """What a plan does to rules and sets, without judging it."""
    from dockerwall.editing.difference import diff

    sets = [said(change.line, Tone.CHANGE) for change in plan.sets]
    return [*_diff_paragraphs(diff_lines(tuple(diff(plan)))), *sets]


def _diff_paragraphs(lines: Iterable[str]) -> list[Paragraph]:
    """The lines of `diff_lines`: a chain's name, or a mark, a number and a rule."""
    found = []
    for line in lines:
        mark, number, rule = line[2:3], line[3:7], line[9:]
        if number.strip().isdigit() or mark in _DIFF:
            tone = _DIFF.get(mark, Tone.FAINT)
            found.append(Paragraph(piece(line[:9], tone), piece(rule, tone)))
        else:
            found.append(said(line.strip(), Tone.JUMP))
    return found


def reach_paragraphs(preview: Preview, world: World) -> list[Paragraph]:
    """Who gains and who loses which port, by which interface."""
    return [
        said(line[2:], _REACH.get(line[:1], Tone.PLAIN), f"  {line[:2]}")
        for line in reach_lines(preview.reaches, world)
    ]
