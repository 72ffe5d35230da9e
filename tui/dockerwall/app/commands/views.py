"""The commands that work in every view: which view, searches, questions."""

from __future__ import annotations

from dockerwall.app.commands.command import Command, Where

IN_VIEWS: tuple[Command, ...] = (
    Command("exposures", ("1",), "Exposures", "Who reaches which port, worst first.", Where.VIEW),
    Command(
        "traversal", ("2",), "Traversal", "A packet's way through the rules, as a tree.", Where.VIEW
    ),
    Command(
        "findings", ("3",), "Findings", "What is wrong with the rules, and what to do.", Where.VIEW
    ),
    Command("host", ("4",), "Host", "What was read of this host, and what was not.", Where.VIEW),
    Command("next_pane", ("tab",), "Pane", "Go to the next pane.", Where.VIEW, in_palette=False),
    Command(
        "previous_pane",
        ("shift+tab",),
        "Pane back",
        "Go to the pane before.",
        Where.VIEW,
        in_palette=False,
    ),
    Command(
        "declare",
        ("equals_sign",),
        "Meant",
        "Declare the exposure intended: it is expected from then on.",
        Where.VIEW,
    ),
    Command(
        "what_if",
        ("t",),
        "What if",
        "Follow a packet of your own: source, interface, port.",
        Where.VIEW,
        footer=5,
    ),
    Command(
        "search",
        ("slash",),
        "Search",
        "Find a rule, chain or name by its text.",
        Where.VIEW,
        footer=2,
    ),
    Command(
        "next_match",
        ("n",),
        "Next",
        "Go to the next place of the search, or step of a proof.",
        Where.VIEW,
    ),
    Command(
        "previous_match",
        ("N",),
        "Previous",
        "Go to the place or step before.",
        Where.VIEW,
    ),
    Command(
        "words",
        ("w",),
        "Words",
        "Show rules in words, or as iptables text.",
        Where.VIEW,
        footer=7,
    ),
    Command(
        "back",
        ("escape",),
        "Back",
        "End the search or the proof, and go back to where it began.",
        Where.VIEW,
        in_palette=False,
    ),
    Command(
        "only",
        ("f",),
        "Only",
        "Show only what the search finds, or only what moves from now on; again: everything.",
        Where.VIEW,
    ),
    Command(
        "container",
        ("c",),
        "Container",
        "Go from a port or a rule to its container, and from a container to its ports.",
        Where.VIEW,
    ),
    Command("last_place", ("minus",), "Last place", "Go to where you were before.", Where.VIEW),
)
