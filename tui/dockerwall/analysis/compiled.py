"""Chains made ready for walking: each rule's meaning, its tests, and an index of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from dockerwall.analysis.answers import Surroundings, Test
from dockerwall.analysis.index import Index, Plan
from dockerwall.analysis.matching import make_test
from dockerwall.analysis.memory import Memory
from dockerwall.analysis.packet import TCP, UDP, Packet
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import Chain, Rule, Table
from dockerwall.model.spec import (
    Jump,
    PortField,
    PortMatch,
    ProtocolMatch,
    Spec,
    Target,
    UnknownMatch,
)
from dockerwall.model.value import value


@value
class Key:
    """Which table a chain is in: the place a step or a proof names."""

    variant: Variant
    family: Family
    table: str


@dataclass(slots=True)
class CompiledRule:
    """A rule, its tests made when it is first needed."""

    rule: Rule
    spec: Spec
    around: Surroundings = field(repr=False)
    _tests: tuple[Test, ...] | None = None

    @property
    def target(self) -> Target:
        """What happens to a packet that matches."""
        return self.spec.target

    @property
    def tests(self) -> tuple[Test, ...]:
        """One test for each match."""
        if self._tests is None:
            self._tests = tuple(make_test(match, self.around) for match in self.spec.matches)
        return self._tests

    @property
    def doubts(self) -> tuple[str, ...]:
        """The texts of the matches that cannot be decided."""
        return tuple(m.text for m in self.spec.matches if isinstance(m, UnknownMatch))


@dataclass(slots=True)
class CompiledChain:
    """A chain with its index, made when it is first walked."""

    key: Key
    chain: Chain
    rules: tuple[CompiledRule, ...]
    around: Surroundings = field(repr=False)
    _index: Index | None = field(default=None, repr=False)
    _calls: frozenset[str] | None = field(default=None, repr=False, compare=False)

    @property
    def calls(self) -> frozenset[str]:
        """The names of the chains it jumps to, whether they are there or not."""
        if self._calls is None:
            targets = [rule.spec.target for rule in self.rules]
            self._calls = frozenset([each.chain for each in targets if isinstance(each, Jump)])
        return self._calls

    @property
    def plan(self) -> Callable[[Packet], Plan]:
        """What gives the rules that a packet has to meet."""
        if self._index is None:
            self._index = Index([rule.spec for rule in self.rules], self.around.cells)
        return self._index.plan


@dataclass(slots=True)
class CompiledTable:
    """A table of compiled chains."""

    key: Key
    chains: Mapping[str, CompiledChain]
    memory: Memory[object] = field(default_factory=Memory, repr=False, compare=False)
    """What packets met in it (`courses`): true of these chains alone."""


def _spec_of(rule: Rule, key: Key) -> Spec:
    """What a rule means, as the kernel holds it, where that may be another than its text says.

    iptables-nft loads `! --sport A ! --dport B` of TCP and UDP as "not this pair" (1.8.9), other
    versions as both; both print it the same, and no snapshot says which of them loaded it. Ranges
    and other protocols are loaded as they are written.
    """
    spec = parse_spec(rule.text, key.family)
    if key.variant is not Variant.NFT or rule.text.count("!") < 2:
        return spec
    single = [
        m for m in spec.matches if isinstance(m, PortMatch) and m.negated and m.ports.size == 1
    ]
    if {m.field for m in single} != {PortField.SRC, PortField.DST}:
        return spec
    protocols = {m.number for m in spec.matches if isinstance(m, ProtocolMatch) and not m.negated}
    if not protocols & {TCP, UDP}:
        return spec
    matches = tuple(m for m in spec.matches if m not in single)
    unknown = UnknownMatch("", "! --sport with ! --dport, which iptables-nft may load as one")
    return replace(spec, matches=(*matches, unknown))


def compile_again(old: CompiledChain, chain: Chain) -> CompiledChain:
    """A chain whose rules have changed; those that stay are not understood anew."""
    key, around = old.key, old.around
    known = {each.rule.text: each for each in old.rules}
    rules = []
    for rule in chain.rules:
        same = known.get(rule.text)
        if same is not None:
            rules.append(CompiledRule(rule, same.spec, around, same._tests))
        else:
            rules.append(CompiledRule(rule, _spec_of(rule, key), around))
    index = old._index.changed([rule.spec for rule in rules]) if old._index is not None else None
    return CompiledChain(key, chain, tuple(rules), around, index)


def compile_for(old: CompiledTable, around: Surroundings) -> CompiledTable:
    """A table in other surroundings; its rules are not understood anew."""
    chains = {}
    for name, chain in old.chains.items():
        rules = tuple([CompiledRule(rule.rule, rule.spec, around) for rule in chain.rules])
        index = chain._index.for_cells(around.cells) if chain._index is not None else None
        chains[name] = CompiledChain(chain.key, chain.chain, rules, around, index, chain._calls)
    return CompiledTable(old.key, chains)


def compile_table(table: Table, key: Key, around: Surroundings) -> CompiledTable:
    """Make a table ready; rules are understood here, tests are made when first needed."""
    chains = {}
    for name, chain in table.chains.items():
        rules = tuple([CompiledRule(rule, _spec_of(rule, key), around) for rule in chain.rules])
        chains[name] = CompiledChain(key, chain, rules, around)
    return CompiledTable(key, chains)
