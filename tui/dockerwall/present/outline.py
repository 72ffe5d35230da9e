"""The traversal of a host as a tree, for one family or both, drawn from the live rules.

For whoever draws it (the screen, `show`):

- `outline(snapshot, families, previous)` gives an `Outline`; its `roots` are the top lines. Pass
  the outline of the last refresh as `previous`: when nothing but counters changed the very same
  object comes back, so a widget compares with `is` and redraws counters only.
- A `Node` (`present.node`) is one line: `title` (pieces of text with a tone, safe to show),
  `notes` (names beside the numbers, owners), `dead` (why no packet gets here, or empty),
  `foldable`, `children()`, `opens` (unfolded at first), `ref` (where its counters stand:
  `counters.reading(snapshot.rules, node.ref)`), `rule`, `place` and `target` for the detail.
- `children()` is a `Sequence`: `len()` costs nothing, `[i]` makes that one node and keeps it. Do
  not iterate over a chain that is not unfolded, it may hold 100,000 rules.
- `key` names the same line in the next outline, even when rules were inserted above it: keep the
  cursor and the set of unfolded keys by it. `present.places` finds the way to a given rule.

The order is the packet's: PREROUTING, FORWARD, POSTROUTING, then INPUT and OUTPUT; within a hook
by priority, both variants and native nft chains in place; within a chain by rules, the rules of a
jumped-to chain under the jump, under every jump. A chain that jumps back into itself is not
unfolded again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import Ruleset
from dockerwall.model.snapshot import Gap, Snapshot
from dockerwall.present import hooks
from dockerwall.present.chains import NOTHING_JUMPS, TableDrawing, conntrack_node, nft_node
from dockerwall.present.names import Names, names_of
from dockerwall.present.node import Kind, Node
from dockerwall.present.pieces import Tone, piece
from dockerwall.present.remarks import is_silent, notes

BOTH = (Family.IPV4, Family.IPV6)

_NFT_FAMILIES = {
    Family.IPV4: ("ip", "inet", "netdev", "bridge"),
    Family.IPV6: ("ip6", "inet", "netdev", "bridge"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """The tree of one snapshot, and what it was drawn from."""

    families: tuple[Family, ...]
    roots: tuple[Node, ...]
    rulesets: Mapping[tuple[Variant, Family], Ruleset] = field(repr=False)
    nft: tuple[NftBaseChain, ...] = field(repr=False)
    gaps: tuple[Gap, ...] = field(repr=False)
    names: Names = field(repr=False)
    """What the numbers are called; for sentences too."""


def outline(
    snapshot: Snapshot,
    families: tuple[Family, ...] = BOTH,
    previous: Outline | None = None,
) -> Outline:
    """The tree of a snapshot; `previous` itself when it would look the same."""
    rulesets = _shown_rulesets(snapshot, families)
    nft = tuple(chain for chain in snapshot.nft or () if _concerns(chain, families))
    names = names_of(snapshot)
    if (
        previous is not None
        and previous.names == names
        and previous.families == families
        and previous.nft == nft
        and previous.gaps == snapshot.gaps
        and list(previous.rulesets) == list(rulesets)
        and all(rulesets[pair] is previous.rulesets[pair] for pair in rulesets)
    ):
        return previous
    drawings = list(_drawings(rulesets, families, names))
    roots = (*notes(snapshot, families, rulesets, nft), *_hooks(drawings, nft), *_lost(drawings))
    return Outline(families, roots, rulesets, nft, snapshot.gaps, names)


def _shown_rulesets(
    snapshot: Snapshot, families: tuple[Family, ...]
) -> dict[tuple[Variant, Family], Ruleset]:
    """Both variants where both hold rules; one that holds none only where it is the only one."""
    found: dict[tuple[Variant, Family], Ruleset] = {}
    for family in families:
        both = [
            snapshot.rules[variant, family].ruleset
            for variant in Variant
            if (variant, family) in snapshot.rules
        ]
        speaking = [ruleset for ruleset in both if not is_silent(ruleset)]
        for ruleset in speaking or both[:1]:
            found[ruleset.variant, family] = ruleset
    return found


def _concerns(chain: NftBaseChain, families: tuple[Family, ...]) -> bool:
    return any(chain.family in _NFT_FAMILIES[family] for family in families)


def _drawings(
    rulesets: Mapping[tuple[Variant, Family], Ruleset],
    families: tuple[Family, ...],
    names: Names,
) -> Iterator[TableDrawing]:
    """Every table, labelled as far as it has namesakes."""
    for (variant, family), ruleset in rulesets.items():
        mixed = sum(other is family for _, other in rulesets) > 1
        parts = [str(variant)] * mixed + [family.label] * (len(families) > 1)
        for table in ruleset.tables.values():
            yield TableDrawing(ruleset, table, ", ".join(parts), names)


def _hooks(drawings: Sequence[TableDrawing], nft: tuple[NftBaseChain, ...]) -> Iterator[Node]:
    for hook in hooks.HOOKS:
        stations = list(_stations(hook, drawings, nft))
        if not stations:
            continue
        if hook in hooks.CONNTRACK_HOOKS:
            stations.append((hooks.CONNTRACK, conntrack_node(hook)))
        stations.sort(key=itemgetter(0))
        title = (piece(hook, Tone.NAME), piece(f"  {hooks.HOOK_WORDS[hook]}", Tone.FAINT))
        yield Node(
            f"hook:{hook}",
            Kind.HOOK,
            title,
            opens=hook in ("PREROUTING", "FORWARD"),
            branch=tuple(node for _, node in stations),
        )


def _stations(
    hook: str, drawings: Sequence[TableDrawing], nft: tuple[NftBaseChain, ...]
) -> Iterator[tuple[int, Node]]:
    """Everything that runs in a hook, with its priority."""
    for drawing in drawings:
        chain = drawing.table.chains.get(hook)
        if chain is not None and chain.is_base:
            yield hooks.priority(drawing.table.name, hook), drawing.base(chain)
    for native in nft:
        if hooks.hook_of(native) == hook:
            yield native.priority, nft_node(native)


def _lost(drawings: Sequence[TableDrawing]) -> Iterator[Node]:
    """The section for chains nothing jumps to, when there are any."""
    orphans = tuple(drawing.orphan(name) for drawing in drawings for name in drawing.unreached())
    if orphans:
        title = (
            piece("nothing jumps here", Tone.NAME),
            piece("  these chains decide nothing", Tone.FAINT),
        )
        yield Node("lost", Kind.SECTION, title, dead=NOTHING_JUMPS, branch=orphans)
