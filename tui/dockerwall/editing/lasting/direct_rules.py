"""Own rules as direct rules of firewalld, in /etc/firewalld/direct.xml as firewalld writes it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from html import escape

from dockerwall.analysis.boot.firewalld import ELEMENT, Direct, direct_of, directs, text_of
from dockerwall.analysis.boot.own import Lasting
from dockerwall.editing.sameness import same_rule
from dockerwall.model.kinds import Family

_BASE = ("INPUT", "FORWARD", "OUTPUT")
_EMPTY = '<?xml version="1.0" encoding="utf-8"?>\n<direct>\n</direct>\n'


def with_own(text: str | None, lasting: Lasting) -> str:
    """direct.xml with the own chains and rules added before its end, as firewalld writes them."""
    text = text or _EMPTY
    theirs = tuple(directs(text))
    lines = [_line(each) for each in _wanted(lasting, theirs)]
    head, mark, tail = text.rpartition("</direct>")
    if not mark:
        head, _, tail = _EMPTY.rpartition("</direct>")
    return head + "".join(f"{line}\n" for line in lines) + "</direct>" + tail


def without_own(text: str, before: str | None, after: str) -> str | None:
    """direct.xml without what was added, also where firewalld has written it anew since."""
    if text in (after, before):  # the second: killed before it was written
        return before
    added = list(directs(after))
    for each in directs(before or ""):
        added.remove(each)

    def left(found: re.Match[str]) -> str:
        direct = direct_of(found)
        if direct not in added:
            return found.group()
        added.remove(direct)
        return ""

    rest = ELEMENT.sub(left, text)
    return None if before is None and not [*directs(rest)] and "<passthrough" not in rest else rest


def _wanted(lasting: Lasting, theirs: tuple[Direct, ...]) -> Iterator[Direct]:
    """What is to be added to a file that holds `theirs`; a chain made twice is refused."""
    for family, own in lasting.families.items():
        names = [name for name in own.chains if name not in _BASE]
        chains = [Direct(family.value, "filter", name, ()) for name in names]
        yield from (each for each in chains if each not in theirs)
        for chain in chains:
            beside = [each for each in theirs if each.words and each[:3] == chain[:3]]
            yield from _rules(chain, own.texts(chain.chain), beside, family)


def _rules(
    chain: Direct, texts: tuple[str, ...], theirs: list[Direct], family: Family
) -> Iterator[Direct]:
    """The rules of one chain that the file does not bring yet, around those it does."""
    priority = min((each.priority for each in theirs), default=1) - 1
    for text in texts:
        match = next((each for each in theirs if same_rule(text_of(each), text, family)), None)
        if match is not None:
            theirs = [each for each in theirs if each is not match]
            priority = match.priority if theirs else match.priority + 1
        else:
            yield chain._replace(words=tuple(shlex.split(text)[2:]), priority=priority)


def _line(each: Direct) -> str:
    where = f'ipv="{each.family}" table="{each.table}" chain="{escape(each.chain)}"'
    if not each.words:
        return f"  <chain {where}/>"
    words = escape(shlex.join(each.words), quote=False)
    return f'  <rule {where} priority="{each.priority}">{words}</rule>'
