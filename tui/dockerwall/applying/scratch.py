"""How the kernel's own programs print a rule that was typed by hand, tried in an empty namespace.

A rule is found again by what it means. One with a match or target that this program takes as it is
written is found by its text, so that the very text has to be known before it is put in; and so is
what is typed in another way than those programs print it, lest it means something else to them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from dockerwall.applying.firewall import FirewallError
from dockerwall.editing.plan import WAIT, ChainRef, Change, Plan, program
from dockerwall.grammar.spec import parse_spec
from dockerwall.grammar.words import split_words
from dockerwall.model.ipsets import IpSet
from dockerwall.model.spec import Spec, UnknownMatch
from dockerwall.programs import Answer, run

_PATIENCE = 15.0
_PARSER = re.compile(r"ip6?tables\S*-restore v\S+ \(\w+\): (?P<reason>.+)")
"""How the parser's reasons begin, with its version and the variant."""


def needs_printing(plan: Plan) -> bool:
    """Whether the plan puts in a rule that is not understood, or not written as it is printed."""
    return any(_is_strange(plan, change) for change in plan.changes)


def as_printed(plan: Plan, sets: Sequence[IpSet], runner: Callable[..., Answer] = run) -> Plan:
    """The plan with the texts that the kernel's programs will print; FirewallError if not known.

    `runner` runs programs where the rules are.
    """
    changes = tuple(
        change._replace(text=_printed(change, sets, runner))
        if _is_strange(plan, change)
        else change
        for change in plan.changes
    )
    return replace(plan, changes=changes)


def _is_strange(plan: Plan, change: Change) -> bool:
    """Whether it puts in a text that is neither as it is printed nor from the chain itself."""
    return (
        change.insert
        and change.text not in plan.before.get(change.where, ())
        and (_PLAIN.fullmatch(change.text) is None or _must_be_printed(change))
    )


_NETWORK = r"(?:! )?-%s [0-9a-f.:]+/[1-9][0-9]*"
_PLAIN = re.compile(
    r"-A \S+"
    rf"(?: {_NETWORK % 's'})?(?: {_NETWORK % 'd'})?(?: -i [\w.@-]+)?(?: -p (?:tcp|udp|sctp))?"
    r"(?: -m iprange (?:! )?--src-range [0-9a-f.:]+-[0-9a-f.:]+)?"
    r"(?: -m set (?:! )?--match-set \S+ src)?"
    r"(?: -m (?:tcp|udp|sctp) --dport [1-9][0-9]*)?"
    r"(?: -m conntrack --ctstate NEW)?"
    r"(?: -m conntrack(?: --ctstate (?:DNAT|RELATED,ESTABLISHED|NEW))?(?: --ctorigdst [0-9a-f.:]+)?"
    r"(?: --ctorigdstport [1-9][0-9]*)?(?: --ctdir ORIGINAL)?)?"
    r"(?: -m (?:tcp|udp|sctp) --dport [1-9][0-9]*)?"
    r" -j (?:DROP|RETURN|ACCEPT)"
)
"""Rules as this program writes them; all programs print them as they are."""


def _must_be_printed(change: Change) -> bool:
    return _is_known_by_text(parse_spec(change.text, change.where.family))


def _is_known_by_text(spec: Spec) -> bool:
    """Whether a part of the rule is held as it was written."""
    return bool(
        spec.unparsed
        or getattr(spec.target, "text", "")
        or any(isinstance(match, UnknownMatch) for match in spec.matches)
    )


def _printed(change: Change, sets: Sequence[IpSet], runner: Callable[..., Answer]) -> str:
    """One rule's text as the host will print it."""
    where = change.where
    words = [program(where), str(WAIT), where.chain, _target(change.text)]
    lines = [change.text, *(_creation(each) for each in sets if each.name in change.text)]
    given = "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")
    argv = ["unshare", "--net", "sh", "-c", _script(), "sh", *words]
    answer = runner(argv, given=given, patience=_PATIENCE)
    texts = [line for line in answer.text.split("\n") if line.startswith("-A ")]
    if answer.failure is not None or not texts:
        if not _must_be_printed(change):
            return change.text  # no namespace can be made here: it is compared by what it means
        failed = answer.failure is not None
        raise FirewallError(_refusal(where, answer) if failed else "the rule was not printed.")
    if len(texts) > 1:
        raise FirewallError(f"that comes to {len(texts)} rules: put each in by itself.")
    return texts[0]


def _refusal(where: ChainRef, answer: Answer) -> str:
    """What the program that parses rules said; or what kept it from being asked."""
    said = _PARSER.match(answer.complaint)
    if said is None:
        return answer.problem()
    return f"{program(where)} does not take the rule: {said['reason'].rstrip('.')}."


def _script() -> str:
    return Path(__file__).with_name("scratch.sh").read_text(encoding="utf-8")


def _target(text: str) -> str:
    """The word after -j or -g, empty where there is none."""
    words = split_words(text)
    return next((after for word, after in pairwise(words) if word in ("-j", "-g")), "")


def _creation(each: IpSet) -> str:
    words = " ".join(word for option in each.options for word in option if word)
    return f"create {each.name} {each.type} {words}"
