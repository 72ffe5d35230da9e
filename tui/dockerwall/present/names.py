"""Names beside numbers: container, network, published port, ipset."""

from __future__ import annotations

from dockerwall.model.kinds import Family
from dockerwall.model.rules import Rule
from dockerwall.present.pieces import Pieces


class Names:
    """What the numbers of one host are called."""

    def beside(self, rule: Rule, family: Family, table: str) -> Pieces:
        """Names for the numbers in a rule."""
        return ()


NO_NAMES = Names()
