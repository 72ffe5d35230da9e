"""The views by number, and what their tabs say."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

from dockerwall.app.picture import Picture

if TYPE_CHECKING:
    from dockerwall.app.judging import Verdict


class View(StrEnum):
    """A view, by the key that opens it."""

    EXPOSURES = "1"
    TRAVERSAL = "2"
    FINDINGS = "3"
    HOST = "4"


_TITLES = {
    View.EXPOSURES: "Exposures",
    View.TRAVERSAL: "Traversal",
    View.FINDINGS: "Findings",
    View.HOST: "Host",
}


HISTORY = ("5", "History")
"""A page over the views, a key away like them."""


def tabs_of(judgement: Verdict | None) -> list[tuple[str, str]]:
    """Key and title of every view, with the number of findings."""
    tabs = []
    for view, title in _TITLES.items():
        if view is View.FINDINGS and judgement is not None:
            title = f"{title} {len(judgement.findings)}"
        tabs.append((str(view), title))
    return [*tabs, HISTORY]


def remark_of(view: View, picture: Picture | None, judgement: Verdict | None) -> str:
    """What is shown of how much: `2 exposed, 1 unknown`, `2 critical`, `IPv4, 41 rules`."""
    if picture is None:
        return ""
    if judgement is not None and view is View.EXPOSURES:
        return _summary(judgement)
    if judgement is not None and view is View.FINDINGS:
        counted = Counter(str(finding.severity) for finding in judgement.findings)
        return ", ".join(f"{count} {level}" for level, count in counted.items())
    if view is View.HOST:
        missing = len(picture.snapshot.gaps)
        return f"{missing} not read" if missing else "everything was read"
    rules = sum(ruleset.rule_count for ruleset in picture.outline.rulesets.values())
    return f"{picture.family_names}, {rules} rule{'' if rules == 1 else 's'}"


def _summary(judgement: Verdict) -> str:
    """How many exposures of the severities that matter most."""
    docker = judgement.snapshot.docker
    if docker is None or docker.containers is None:
        return "Docker was not read"
    if not judgement.rows:
        return "nothing is published"
    counted = Counter(row.word for row in judgement.rows if row.governed)
    loud = [word for word in ("exposed", "allowlisted", "unknown", "as expected") if counted[word]]
    return ", ".join(f"{counted[word]} {word}" for word in loud) or "nothing exposed"


def looked_at(judgement: Verdict) -> str:
    """What a judgement covers: `41 rules and 12 ports`."""
    rules = sum(saved.ruleset.rule_count for saved in judgement.snapshot.rules.values())
    ports = len(judgement.rows)
    said = f"{rules} rule{'' if rules == 1 else 's'}"
    return f"{said} and {ports} port{'' if ports == 1 else 's'}"
