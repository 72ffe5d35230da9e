"""Rules that depend on what a reading cannot show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.findings.finding import Finding, Level
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.model.spec import Continue, UnknownMatch, UnknownTarget

IDS: Mapping[str, str] = {
    "undecidable-rule": "A rule on the way to a port cannot be decided from a snapshot.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each rule on which some port's verdict depends."""
    doubts: dict[str, tuple[object, ...]] = {}
    for exposure in ground.exposures:
        for reach in exposure.reach:
            for text in reach.doubts if reach.unknown else ():
                doubts.setdefault(text, exposure.key)
    if not doubts:
        return
    for placed in ground.places:
        if isinstance(placed.spec.target, Continue):
            continue
        texts = tuple(_unknown(placed)) or (placed.rule.text,)
        key = next((doubts[text] for text in texts if text in doubts), None)
        if key is not None:
            yield Finding(
                "undecidable-rule",
                Level.WARNING,
                f"{placed.title} depends on what no reading shows "
                f"({', '.join(texts)}), and a port's verdict depends on it: it is unknown.",
                placed.ref,
                fix="Judge this rule yourself, or say the same with addresses, ports and sets.",
                exposure=key,
            )


def _unknown(placed: Placed) -> Iterator[str]:
    for match in placed.spec.matches:
        if isinstance(match, UnknownMatch):
            yield match.text
    if isinstance(placed.spec.target, UnknownTarget):
        yield placed.spec.target.text or placed.rule.text
