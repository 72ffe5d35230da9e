"""A plan as JSON and back: what the journal and a trial's file hold.

The law: `plan_from(plan_document(plan)) == plan` for everything that is needed to make and undo it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from dockerwall.editing.plan import ChainRef, Change, Plan
from dockerwall.editing.setchange import SetChange
from dockerwall.model.kinds import Family, Variant

Document = dict[str, Any]


class Written(bytes):
    """JSON that was written before: thousands of rules take longer than the kernel's part."""

    __slots__ = ()


def written(plan: Plan) -> Written:
    """A plan as it stands in the journal and in its trial's file."""
    return Written(json.dumps(plan_document(plan)).encode("ascii"))


def as_json(document: Mapping[str, Any]) -> bytes:
    """One JSON object; a member that is written already stands there as it is."""
    parts: list[bytes] = []
    for name, each in document.items():
        text = each if isinstance(each, Written) else json.dumps(each).encode("ascii")
        parts += [b", " if parts else b"{", json.dumps(name).encode("ascii"), b": ", text]
    return b"".join([*parts, b"}"])


def plan_document(plan: Plan) -> Document:
    """Everything that is needed to make a plan and to undo it."""
    after = plan.after
    return {
        "summary": plan.summary,
        "chains": [
            {**_where(where), "before": list(texts), "after": list(after[where])}
            for where, texts in plan.before.items()
        ],
        "changes": [
            {
                **_where(change.where),
                "do": "insert" if change.insert else "delete",
                "position": change.position,
                "text": change.text,
            }
            for change in plan.changes
        ],
        "sets": [each._asdict() for each in plan.sets],
        "commands": list(plan.commands),
    }


def plan_from(document: Mapping[str, Any]) -> Plan:
    """The plan again; KeyError, ValueError or TypeError where the document is none."""
    return Plan(
        summary=str(document["summary"]),
        before={_ref(each): tuple(each["before"]) for each in document["chains"]},
        changes=tuple(
            Change(_ref(each), each["do"] == "insert", int(each["position"]), str(each["text"]))
            for each in document["changes"]
        ),
        sets=tuple(
            SetChange(each["action"], each["name"], each["words"]) for each in document["sets"]
        ),
    )


def _where(where: ChainRef) -> Document:
    return {"variant": where.variant.value, "family": where.family.value, "chain": where.chain}


def _ref(document: Mapping[str, Any]) -> ChainRef:
    return ChainRef(
        Variant(document["variant"]), Family(document["family"]), str(document["chain"])
    )
