"""Rules that ask an ipset that is not there, or of the wrong family."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.model.spec import SetMatch

IDS: Mapping[str, str] = {
    "missing-set": "A rule asks an ipset that was not read, or that holds the other family.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each rule that names such a set."""
    if ground.world.snapshot.ipsets is None:
        first = next((p for p in ground.places if _asks_a_set(p)), None)
        if first is not None:
            yield Finding(
                "missing-set",
                Level.WARNING,
                f"{first.title} and perhaps others ask an ipset, and the ipsets were "
                "not read: what they match is unknown.",
                first.ref,
                fix="Install ipset, or add the output of `ipset save` to the snapshot.",
                commands=("ipset save",),
            )
        return
    for placed in ground.places:
        for match in placed.spec.matches:
            if not isinstance(match, SetMatch):
                continue
            problem = _problem(ground, placed, match)
            if problem:
                yield Finding(
                    "missing-set",
                    Level.WARNING,
                    f"{placed.title} asks the ipset {match.name}, {problem}.",
                    placed.ref,
                    fix="Make the set that the rule means, or let the rule name another.",
                    commands=("ipset list -n",),
                )


def _asks_a_set(placed: Placed) -> bool:
    return any(isinstance(match, SetMatch) for match in placed.spec.matches)


def _problem(ground: Ground, placed: Placed, match: SetMatch) -> str:
    found = ground.world.sides[placed.family].around.sets.get(match.name)
    if found is None:
        return "which is not among the ipsets that were read: what it matches is unknown"
    answer = "always" if match.negated else "never"
    if found.family not in (None, placed.family):
        return f"which holds addresses of the other family: it {answer} matches"
    if found.kinds != ("set",) and len(match.directions) < len(found.kinds):
        return (
            f"whose entries have {len(found.kinds)} parts, with {len(match.directions)} of them "
            f"named: it {answer} matches"
        )
    if found.problem:
        return f"which cannot be evaluated ({found.problem}): what it matches is unknown"
    return ""
