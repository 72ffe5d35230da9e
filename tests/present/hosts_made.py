"""Small hosts made from save texts, for tests."""

from __future__ import annotations

from pathlib import Path

from dockerwall.grammar.save import parse_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import SavedRules
from dockerwall.model.snapshot import HostInfo, Snapshot
from dockerwall.present.node import Node
from dockerwall.present.outline import Outline

HOSTS = Path(__file__).parent / "hosts"
HOST = HostInfo("web-07", "6.1.0", "2026-11-20T14:02:07Z")
V4 = (Family.IPV4,)


def save_text(name: str) -> str:
    """The text of one of the hand-made save files."""
    return (HOSTS / f"{name}.save").read_bytes().decode("utf-8", "surrogateescape")


def saved(
    text: str,
    previous: SavedRules | None = None,
    variant: Variant = Variant.NFT,
    family: Family = Family.IPV4,
) -> SavedRules:
    """A save text, parsed."""
    return parse_save(text, variant, family, previous=previous)


def host_of(*readings: SavedRules) -> Snapshot:
    """A snapshot that holds these rules and nothing else."""
    return Snapshot(
        HOST, rules={(each.ruleset.variant, each.ruleset.family): each for each in readings}
    )


def filter_of(*rules: str, chains: tuple[str, ...] = (), forward: str = "ACCEPT") -> Snapshot:
    """An IPv4 filter table with these rules, every counter 0."""
    lines = [
        "*filter",
        ":INPUT ACCEPT [0:0]",
        f":FORWARD {forward} [0:0]",
        ":OUTPUT ACCEPT [0:0]",
        *(f":{name} - [0:0]" for name in chains),
        *(f"[0:0] -A {rule}" for rule in rules),
        "COMMIT",
        "",
    ]
    return host_of(saved("\n".join(lines)))


def root(outline: Outline, key: str) -> Node:
    """The top line with this key."""
    return next(node for node in outline.roots if node.key == key)


def station(outline: Outline, hook: str, title: str) -> Node:
    """What runs in a hook, by the beginning of its title."""
    children = root(outline, f"hook:{hook}").children()
    return next(node for node in children if node.text.startswith(title))


def forward(outline: Outline) -> list[Node]:
    """The lines of filter FORWARD, its policy last."""
    return list(station(outline, "FORWARD", "filter FORWARD").children())
