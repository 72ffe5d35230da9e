"""Save files that iptables-save did not print: their chains' rules may stand in several places."""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.rules import Chain, Counters, Ruleset, SavedRules


def gathered(saved: SavedRules, names: Iterable[str]) -> SavedRules:
    """The same rules, with those of each chain of the filter table one below the other, as
    iptables-save prints them; itself where it is so of the chains that are named.
    """
    chains = saved.ruleset.tables["filter"].chains
    if all(_is_together(chains[name]) for name in names):
        return saved
    lines = list(zip(saved.ruleset.skeleton, saved.counters.marks, strict=True))
    slots = [[rule.slot for rule in chain.rules] for chain in chains.values() if chain.rules]
    wanted = [slot for each in sorted(slots) for slot in each]
    ordered = list(lines)
    for place, slot in zip(sorted(wanted), wanted, strict=True):
        ordered[place] = lines[slot]
    ruleset = saved.ruleset
    skeleton, marks = zip(*ordered, strict=True)
    moved = Ruleset(ruleset.variant, ruleset.family, ruleset.tables, tuple(skeleton))
    text = format_save(SavedRules(moved, Counters(tuple(marks))))
    return parse_save(text, ruleset.variant, ruleset.family)


def _is_together(chain: Chain) -> bool:
    rules = chain.rules
    return not rules or rules[-1].slot - rules[0].slot + 1 == len(rules)
