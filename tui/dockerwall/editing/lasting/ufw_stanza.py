"""The stanza in ufw's after.rules that brings own rules back whenever ufw loads its rules."""

from __future__ import annotations

from dockerwall.analysis.boot.own import GUARD, JUMP, Own
from dockerwall.analysis.boot.ufw import BEGIN, END
from dockerwall.editing.sameness import same_rule
from dockerwall.model.kinds import Family

_BASE = ("INPUT", "FORWARD", "OUTPUT")


def with_stanza(
    text: str, own: Own, family: Family, theirs: tuple[str, ...], *, made: bool, emptied: bool
) -> str:
    """after.rules with a stanza of own rules at its end.

    `theirs` are the rules that ufw's files bring themselves, `made` whether they make the chain,
    `emptied` whether FORWARD is empty when they are loaded.
    """
    lines = _additions(own, family, theirs) if made else _chains(own)
    jump = ["-I FORWARD 1 " + JUMP.split(" ", 2)[2]] if emptied and GUARD in own.chains else []
    body = [*lines, *jump]
    if not body:
        return text
    head = text if text.endswith("\n") or not text else text + "\n"
    return head + "\n".join([BEGIN, "*filter", *body, "COMMIT", END, ""])


def unknown_here(own: Own, theirs: tuple[str, ...], family: Family) -> tuple[str, ...]:
    """The rules that ufw's files bring and that do not stand in DOCKER-USER now."""
    live = [line.text for line in own.chains.get(GUARD, ())]
    return tuple(rule for rule in theirs if not any(same_rule(rule, e, family) for e in live))


def _chains(own: Own) -> list[str]:
    """Own chains made whole: head and rules."""
    names = [name for name in own.chains if name not in _BASE]
    heads = [f":{name} - [0:0]" for name in names]
    return [*heads, *(text for name in names for text in own.texts(name))]


def _additions(own: Own, family: Family, theirs: tuple[str, ...]) -> list[str]:
    """Own rules put between those that ufw's files have just brought."""
    left = list(theirs)
    lines = []
    for place, line in enumerate(own.chains.get(GUARD, ()), 1):
        match = next((rule for rule in left if same_rule(rule, line.text, family)), None)
        if match is not None:
            left.remove(match)
        elif line.own:
            lines.append(f"-I {GUARD} {place} {line.text.split(' ', 2)[2]}")
    names = [name for name in own.chains if name not in (*_BASE, GUARD)]
    heads = [f":{name} - [0:0]" for name in names]
    return [*heads, *(text for name in names for text in own.texts(name)), *lines]
