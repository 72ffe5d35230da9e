"""What packets met, a rule or a chain's policy, by name."""

from __future__ import annotations

from dockerwall.analysis.hits import Hit
from dockerwall.model.kinds import Variant
from dockerwall.present.plain import plain


def hit_name(hit: Hit) -> str:
    """`filter DOCKER-USER rule 2`, `filter FORWARD's policy`; the variant where it is unusual."""
    variant = "legacy " if hit.key.variant is Variant.LEGACY else ""
    chain = f"{variant}{hit.key.table} {plain(hit.chain)}"
    return f"{chain}'s policy" if hit.rule is None else f"{chain} rule {hit.rule.number}"
