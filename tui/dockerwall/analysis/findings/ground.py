"""What all findings stand on: the host's rules in their places, its ports, its bridges."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

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
from dockerwall.model.rules import Chain, Rule, Table
from dockerwall.model.spec import Jump, Return, Spec, Stop

if TYPE_CHECKING:
    from dockerwall.analysis.findings.shadowing.living import Living


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


Place = tuple[Key, str, int]
"""Where a rule stands: its table, its chain, and its number there."""


@dataclass(frozen=True)
class Ground:
    """A judged host, with what several findings ask of it worked out once."""

    world: World
    exposures: tuple[Exposure, ...]
    changed: Mapping[Key, tuple[Spec, ...]] | None = None
    """By table, the rules that came and went since: only what they may have to do with is asked
    about. None for everything."""
    earlier: Ground | None = field(default=None, repr=False, compare=False)
    """The host as it was judged whole before a change."""
    chosen: tuple[Placed, ...] | None = None
    """The rules that are looked at; None for all of the tables that are asked about."""
    standings: dict[Key, Standing] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """What was found of each table before its rules were placed."""
    placed: dict[tuple[Key, str], tuple[Chain, tuple[Placed, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The rules of each chain in their places."""
    living: dict[Key, Living] = field(default_factory=dict, init=False, repr=False, compare=False)
    """By table, the rules that were found to live when the host was judged whole."""

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
        if self.chosen is not None:
            return self.chosen
        return tuple(placed for table in self.tables for placed in self._placed(table))

    def alone(self, places: Collection[Place]) -> Ground:
        """The same host, of which only the rules at these places are looked at."""
        found: tuple[Placed, ...] = ()
        if places:
            found = tuple(p for p in self.places if (p.key, p.chain, p.rule.number) in places)
        return replace(self, chosen=found)

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

    def standing(self, table: CompiledTable) -> Standing:
        """What places of a table's rules rest on beside the rules themselves."""
        key = table.key
        if key not in self.standings:
            saved = self.world.snapshot.rules[key.variant, key.family].ruleset.tables[key.table]
            self.standings[key] = standing_of(table, saved)
        return self.standings[key]

    def _placed(self, table: CompiledTable) -> Iterator[Placed]:
        """Each chain's rules; those of a chain that is as it was, as they were placed."""
        key, earlier = table.key, self.earlier
        standing = self.standing(table)
        known = earlier.placed if earlier and earlier.standings.get(key) == standing else {}
        for name, chain in table.chains.items():
            old = known.get((key, name))
            if old is None or old[0] is not chain.chain:
                old = chain.chain, tuple(self._of_chain(chain, standing))
            self.placed[key, name] = old
            yield from old[1]

    def _of_chain(self, chain: CompiledChain, standing: Standing) -> Iterator[Placed]:
        key, name, is_base = chain.key, chain.chain.name, chain.chain.is_base
        subnets = self.subnets[key.family]
        hooks = standing.hooks.get(name, _NOWHERE)
        for rule in chain.rules:
            author = Author.OPERATOR
            if by_docker(rule.spec, self.bridges, subnets):
                author = Author.DOCKER
            elif name in standing.programs or (is_base and _leads_to_program(rule, standing)):
                author = Author.PROGRAM
            yield Placed(key, name, rule.rule, rule.spec, hooks, author)


class Standing(NamedTuple):
    """What is known of a table's chains."""

    hooks: Mapping[str, frozenset[str]]
    """The base chains from which packets come to each."""
    programs: frozenset[str]
    """Those that a program wrote."""


def standing_of(table: CompiledTable, saved: Table) -> Standing:
    """What is known of the chains of a table, which was read as `saved`."""
    chains = {name: chain.chain for name, chain in table.chains.items()}
    programs = [name for name, chain in chains.items() if _is_program(owner_of(saved, chain))]
    return Standing(leading_hooks(table), frozenset(programs))


_NOWHERE: frozenset[str] = frozenset()
_PEOPLE = ("operator", "ufw, your rules", "Docker")
"""Owners whose chains hold an operator's own words; in Docker's, those Docker did not write."""


def _is_program(owner: Owner | None) -> bool:
    return owner is not None and owner.name not in _PEOPLE


def _leads_to_program(rule: CompiledRule, standing: Standing) -> bool:
    """Whether a base chain's rule is a program's: its comment says so, or it jumps there."""
    target = rule.target
    return _is_program(owner_of_rule(rule.rule)) or (
        isinstance(target, Jump) and target.chain in standing.programs
    )


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
            waiting += [called for called in table.chains[each].calls if called in table.chains]
    return {name: frozenset(hooks) for name, hooks in found.items()}
