"""How the kernel's own programs print a rule that was typed by hand, tried in an empty namespace.

A rule is found again by what it means. One with a match or target that this program takes as it is
written is found by its text, so that the very text has to be known before it is put in.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from dockerwall.applying.firewall import FirewallError, Kernel
from dockerwall.editing.plan import ChainRef, Change, Plan, rule_words
from dockerwall.grammar.spec import parse_spec
from dockerwall.grammar.words import split_words
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.spec import Spec, UnknownMatch
from dockerwall.programs import run

_ROOT = Path(__file__).absolute().parent.parent.parent
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from dockerwall.applying.scratch import main; sys.exit(main())"
)
_BASE = ("INPUT", "FORWARD", "OUTPUT")


def needs_printing(plan: Plan) -> bool:
    """Whether the plan puts in a rule that is not understood."""
    return any(_is_strange(plan, change) for change in plan.changes)


def as_printed(plan: Plan, sets: Sequence[IpSet]) -> Plan:
    """The plan with the texts that the kernel's programs will print; FirewallError if not known."""
    changes = tuple(
        change._replace(text=_printed(change, sets)) if _is_strange(plan, change) else change
        for change in plan.changes
    )
    return replace(plan, changes=changes)


def _is_strange(plan: Plan, change: Change) -> bool:
    """Whether it puts in a text that is neither understood nor from the chain itself."""
    return (
        change.insert
        and change.text not in plan.before.get(change.where, ())
        and _is_known_by_text(parse_spec(change.text, change.where.family))
    )


def _is_known_by_text(spec: Spec) -> bool:
    """Whether a part of the rule is held as it was written."""
    return bool(
        spec.unparsed
        or getattr(spec.target, "text", "")
        or any(isinstance(match, UnknownMatch) for match in spec.matches)
    )


def _printed(change: Change, sets: Sequence[IpSet]) -> str:
    """One rule's text as the host will print it."""
    where = change.where
    request = {
        "variant": where.variant.value,
        "family": where.family.value,
        "chain": where.chain,
        "words": rule_words(change.text),
        "target": _target(change.text),
        "sets": [_creation(each) for each in sets if each.name in change.text],
    }
    argv = ["unshare", "--net", sys.executable, "-I", "-S", "-c", _CODE, str(_ROOT)]
    answer = run(argv, given=json.dumps(request).encode(), patience=15)
    if answer.failure is not None:
        raise FirewallError(answer.problem())
    found: dict[str, str] = json.loads(answer.output)
    if "text" not in found:
        raise FirewallError(found["problem"])
    return found["text"]


def _target(text: str) -> str:
    """The word after -j or -g, empty where there is none."""
    words = split_words(text)
    return next((after for word, after in pairwise(words) if word in ("-j", "-g")), "")


def _creation(each: IpSet) -> str:
    words = " ".join(word for option in each.options for word in option if word)
    return f"create {each.name} {each.type} {words}"


def main() -> int:
    """Inside the namespace: put the one rule of standard input in, print it as it came out."""
    request = json.load(sys.stdin)
    where = ChainRef(Variant(request["variant"]), Family(request["family"]), request["chain"])
    try:
        answer = {"text": _try(where, request["words"], request["target"], request["sets"])}
    except FirewallError as error:
        answer = {"problem": str(error)}
    json.dump(answer, sys.stdout)
    return 0


def _try(where: ChainRef, words: str, target: str, sets: Sequence[str]) -> str:
    kernel = Kernel()
    kernel.change_sets(sets)
    heads = [] if where.chain in _BASE else [where.chain]
    problem: FirewallError | None = None
    # Where the target is a chain of the host's, it has to be there; else it must not be.
    for chains in (heads, [*heads, target] if target else heads):
        lines = ["*filter", *(f":{name} - [0:0]" for name in chains)]
        lines += [f"-A {where.chain} {words}", "COMMIT", ""]
        try:
            kernel.commit(where.variant, where.family, "\n".join(lines))
        except FirewallError as error:
            problem = problem or error
            continue
        texts = kernel.texts(where)
        if texts:
            return texts[-1]
    raise problem or FirewallError("the rule was not printed.")
