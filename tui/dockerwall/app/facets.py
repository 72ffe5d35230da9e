"""What a filter looks at in an exposure, a finding, a rule."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from dockerwall.app.filters import Facets
from dockerwall.model.addresses import parse_address
from dockerwall.model.rules import Rule
from dockerwall.present.node import Node
from dockerwall.present.pieces import text_of

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.world import World
    from dockerwall.present.exposures import Row


def of_row(row: Row, severity: str, world: World | None) -> Facets:
    """An exposure: by container, port, address, severity, who gets in, and the deciding chains."""
    offers = [each.offer for each in row.exposures]
    ports = {str(port) for offer in offers for port in (offer.host_port, offer.container_port)}
    addresses = {text for offer in offers for text in (offer.host_ip, offer.container_ip) if text}
    chains = {
        hit.chain.casefold()
        for each in row.exposures
        for reach in each.reach
        for hit in reach.decided_by
    }
    said = f"{severity} {row.port} {row.bind} {row.container} {row.reachable} " + " ".join(
        group.words for group in row.groups
    )
    fields = {
        "ctr": (row.container.casefold(),),
        "port": tuple(ports | {row.port.rpartition(":")[2].casefold()}),
        "addr": tuple(address.casefold() for address in addresses),
        "chain": tuple(chains),
        "sev": (severity,),
    }
    return Facets(said.casefold(), fields, lambda address: _lets_in(row, address, world))


def _lets_in(row: Row, address: str, world: World | None) -> bool:
    """Whether an address gets in, surely or perhaps, by an interface it may be behind."""
    if world is None:
        return False
    from dockerwall.analysis.interfaces import plausible_sources

    try:
        family, number = parse_address(address)
    except ValueError:
        return False
    return any(
        number in answer and number in plausible_sources(world, family, reach.iif)
        for each in row.exposures
        if each.offer.family is family
        for reach in each.reach
        for answer in (reach.accept, reach.unknown)
        if reach.iif
    )


def of_finding(finding: Finding) -> Facets:
    """A finding: by level and by the chains of its rules; the rest by its text."""
    rules = [rule for rule in (finding.rule, *finding.others) if rule is not None]
    said = f"{finding.severity} {finding.id} {finding.message} {finding.fix} "
    said += " ".join(rule.text for rule in rules)
    fields = {
        "sev": (str(finding.severity),),
        "chain": tuple(rule.chain.casefold() for rule in rules),
    }
    return Facets(said.casefold(), fields)


def of_node(node: Node) -> Facets:
    """A line of the tree: by the chain it stands in or jumps to; the rest by its text."""
    said = f"{node.text} {text_of(node.notes)}"
    chains = [] if node.place is None else [node.place.chain]
    if node.target is not None:
        chains.append(node.target)
    fields = {"chain": tuple(chain.casefold() for chain in chains), "ctr": (said.casefold(),)}
    if node.rule is not None:
        fields["port"] = ports_of(node.rule.text)
    return Facets(said.casefold(), fields)


def of_rule(rule: Rule, chain: str) -> Facets:
    """The same of a rule of which no line was made; names beside the numbers are not known."""
    own = rule.text.split(" ", 2)[-1]  # without -A CHAIN, as the line shows it
    fields = {"chain": (chain.casefold(),), "port": ports_of(rule.text)}
    return Facets(own.casefold(), fields)


def ports_of(text: str) -> tuple[str, ...]:
    """The port numbers a rule's text names."""
    words = text.split()
    found: list[str] = []
    for option, value in pairwise(words):
        if option.startswith("--") and option.endswith(("port", "ports")):
            found += value.split(",")
        elif option == "--to-destination":
            found.append(value.rpartition(":")[2])
    return tuple(found)
