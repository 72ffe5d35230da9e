"""A firewall in memory, which fails when it is told to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from dockerwall.applying.firewall import Firewall, FirewallError, Mark
from dockerwall.editing.plan import ChainRef
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant


def _nothing(_: str) -> None:
    """No trouble."""


@dataclass
class FakeFirewall:
    """Chains by place, each the rule texts in order."""

    chains: dict[ChainRef, list[str]]
    trouble: Callable[[str], None] = _nothing
    """Called with what is about to be done (`test ipv4`, `commit ipv6`); may raise."""
    done: list[str] = field(default_factory=list)
    """What was done, in order."""

    def rules(self, wheres: Sequence[ChainRef]) -> Mapping[ChainRef, tuple[str, ...]]:
        """See Firewall."""
        for where in wheres:
            self.trouble(f"texts {where.family}")
        return {where: tuple(self.chains[where]) for where in wheres if where in self.chains}

    def test(self, variant: Variant, family: Family, script: str) -> None:
        """See Firewall."""
        self._run(variant, family, script, f"test {family}", keep=False)

    def commit(self, variant: Variant, family: Family, script: str) -> None:
        """See Firewall."""
        self._run(variant, family, script, f"commit {family}", keep=True)
        self.done.append(f"commit {family}")

    def while_there(self, name: str) -> Firewall:
        """See Firewall."""
        return self

    def sets(self) -> tuple[IpSet, ...]:
        """See Firewall."""
        return parse_ipsets("")

    def change_sets(self, lines: Sequence[str]) -> None:
        """See Firewall."""
        assert not lines

    def mark(self, variant: Variant, family: Family) -> Mark:
        """See Firewall."""
        return None

    def saved(self, variant: Variant, family: Family) -> bytes:
        """See Firewall."""
        return b""

    def _run(self, variant: Variant, family: Family, script: str, what: str, *, keep: bool) -> None:
        self.trouble(what)
        first, *lines, commit, end = script.split("\n")
        assert (first, commit, end) == ("*filter", "COMMIT", "")
        copies = {where: list(texts) for where, texts in self.chains.items()}
        for line in lines:
            action, name, rest = line.split(" ", 2)
            chain = copies[ChainRef(variant, family, name)]
            if action == "-I":
                number, words = rest.split(" ", 1)
                chain.insert(int(number) - 1, f"-A {name} {words}")
            elif rest.isdigit():
                del chain[int(rest) - 1]
            elif f"-A {name} {rest}" in chain:
                chain.remove(f"-A {name} {rest}")
            else:
                raise FirewallError(f"{line}: no such rule.")
        if keep:
            self.chains.update(copies)
