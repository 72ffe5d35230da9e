"""What all findings stand on: the host's rules in their places, its ports, its bridges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from typing import NamedTuple

from dockerwall.analysis.compiled import CompiledChain, CompiledRule, CompiledTable, Key
from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.findings.docker_rules import by_docker, is_bridge
from dockerwall.analysis.findings.finding import RuleRef
from dockerwall.analysis.interfaces import default_interfaces
from dockerwall.analysis.listening import published
from dockerwall.analysis.owners import Owner, owner_of, owner_of_rule
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet
from dockerwall.model.docker import Container, PublishedPort
from dockerwall.model.kinds import Family
from dockerwall.model.rules import Rule, Table
from dockerwall.model.spec import Jump, Return, Spec, Stop


class Author(Enum):
    """Who wrote a rule, as far as it can be told."""

    OPERATOR = auto()
    DOCKER = auto()
    PROGRAM = auto()
    """Another firewall program: ufw, firewalld, Tailscale..."""


class Placed(NamedTuple):
    """A rule in its place."""

    key: Key
    chain: str
    rule: Rule
    spec: Spec
    hooks: frozenset[str]
    """The base chains from which packets can come to it."""
    author: Author

    @property
    def family(self) -> Family:
        """The address family it is for."""
        return self.key.family

    @property
    def closes(self) -> bool:
        """Whether it drops or rejects."""
        target = self.spec.target
        return isinstance(target, Stop) and target.verdict != "ACCEPT"

    @property
    def lets_on(self) -> bool:
        """Whether it accepts or returns: what an allow rule does."""
        target = self.spec.target
        return isinstance(target, Return) or (
            isinstance(target, Stop) and target.verdict == "ACCEPT"
        )

    @property
    def ref(self) -> RuleRef:
        """The rule as findings name it."""
        return RuleRef(
            self.key.variant, self.family, self.key.table, self.chain, self.rule.number,
            self.rule.text,
        )  # fmt: skip

    @property
    def name(self) -> str:
        """`rule 3 of DOCKER-USER`, in a sentence."""
        return rule_name(self.ref)

    @property
    def title(self) -> str:
        """`Rule 3 of DOCKER-USER`, at the beginning of a sentence."""
        return rule_title(self.ref)


def rule_title(ref: RuleRef) -> str:
    """`Rule 3 of DOCKER-USER`, at the beginning of a sentence."""
    name = rule_name(ref)
    return name[0].upper() + name[1:]


def rule_name(ref: RuleRef) -> str:
    """`rule 3 of DOCKER-USER`, with table and family where they are not the usual ones."""
    where = ref.chain if ref.table == "filter" else f"{ref.table} {ref.chain}"
    family = " (IPv6)" if ref.family is Family.IPV6 else ""
    if ref.number is None:
        return f"the policy of {where}{family}"
    return f"rule {ref.number} of {where}{family}"


@dataclass(frozen=True)
class Ground:
    """A judged host, with what several findings ask of it worked out once."""

    world: World
    exposures: tuple[Exposure, ...]
    changed: Mapping[Key, tuple[Spec, ...]] | None = None
    """By table, the rules that came and went since: only what they may have to do with is asked
    about. None for everything."""

    @cached_property
    def tables(self) -> tuple[CompiledTable, ...]:
        """Every table of both families and variants, or those that are asked about."""
        return tuple(
            table
            for side in self.world.sides.values()
            for table in side.tables.values()
            if self.changed is None or table.key in self.changed
        )

    @cached_property
    def bridges(self) -> frozenset[str]:
        """The bridges Docker named."""
        return frozenset(each.bridge for each in self.world.networks.values() if each.bridge)

    def is_bridge(self, name: str) -> bool:
        """Whether an interface is one of Docker's bridges."""
        return is_bridge(name, self.bridges)

    @cached_property
    def subnets(self) -> Mapping[Family, AddressSet]:
        """The addresses of Docker's bridge networks."""
        texts = [
            text
            for network in self.world.networks.values()
            if network.driver in ("bridge", "overlay")
            for text in network.subnets
        ]
        return {family: AddressSet.of(family, texts) for family in Family}

    @cached_property
    def outward(self) -> Mapping[Family, tuple[str, ...]]:
        """Interfaces with a default route: where the Internet is."""
        return {
            family: tuple(dict.fromkeys(default_interfaces(self.world, family)))
            for family in Family
        }

    @cached_property
    def links(self) -> frozenset[str] | None:
        """The names of the host's interfaces; None when they were not read."""
        links = self.world.snapshot.links
        return None if links is None else frozenset(link.name for link in links)

    @cached_property
    def published(self) -> tuple[tuple[Container, PublishedPort], ...]:
        """Every published port of every running container."""
        return tuple(published(self.world))

    @cached_property
    def docker_major(self) -> int | None:
        """Docker's major version; None when it is not known."""
        docker = self.world.snapshot.docker
        head = docker.version.partition(".")[0] if docker is not None else ""
        return int(head) if head.isdigit() else None

    @cached_property
    def places(self) -> tuple[Placed, ...]:
        """Every rule in its place, in the order of the save files."""
        return tuple(placed for table in self.tables for placed in self._placed(table))

    @cached_property
    def operators(self) -> tuple[Placed, ...]:
        """The rules an operator wrote."""
        return tuple(placed for placed in self.places if placed.author is Author.OPERATOR)

    @cached_property
    def forwarding(self) -> tuple[Placed, ...]:
        """The operator's filter rules on the way to containers."""
        return tuple(
            placed
            for placed in self.operators
            if "FORWARD" in placed.hooks and placed.key.table in ("filter", "mangle")
        )

    def chain(self, key: Key, name: str) -> CompiledChain | None:
        """A chain by its place."""
        table = self.world.sides[key.family].tables.get((key.variant, key.table))
        return table.chains.get(name) if table is not None else None

    def _placed(self, table: CompiledTable) -> Iterator[Placed]:
        key = table.key
        saved = self.world.snapshot.rules[key.variant, key.family].ruleset.tables[key.table]
        subnets = self.subnets[key.family]
        hooks = leading_hooks(table)
        for name, chain in table.chains.items():
            by_program = _is_program(owner_of(saved, chain.chain))
            for rule in chain.rules:
                author = Author.OPERATOR
                if by_docker(rule.spec, self.bridges, subnets):
                    author = Author.DOCKER
                elif by_program or (chain.chain.is_base and _leads_to_program(saved, rule)):
                    author = Author.PROGRAM
                yield Placed(key, name, rule.rule, rule.spec, hooks.get(name, _NOWHERE), author)


_NOWHERE: frozenset[str] = frozenset()
_PEOPLE = ("operator", "ufw, your rules", "Docker")
"""Owners whose chains hold an operator's own words; in Docker's, those Docker did not write."""


def _is_program(owner: Owner | None) -> bool:
    return owner is not None and owner.name not in _PEOPLE


def _leads_to_program(table: Table, rule: CompiledRule) -> bool:
    """Whether a base chain's rule is a program's: its comment says so, or it jumps there."""
    if _is_program(owner_of_rule(rule.rule)):
        return True
    target = rule.target
    called = table.chains.get(target.chain) if isinstance(target, Jump) else None
    return called is not None and _is_program(owner_of(table, called))


def leading_hooks(table: CompiledTable) -> dict[str, frozenset[str]]:
    """For each chain that can be come to: the base chains from which."""
    found: dict[str, set[str]] = {}
    for name, chain in table.chains.items():
        if not chain.chain.is_base:
            continue
        waiting = [name]
        while waiting:
            each = waiting.pop()
            if name in found.setdefault(each, set()):
                continue
            found[each].add(name)
            for rule in table.chains[each].rules:
                if isinstance(rule.target, Jump) and rule.target.chain in table.chains:
                    waiting.append(rule.target.chain)
    return {name: frozenset(hooks) for name, hooks in found.items()}
