"""The nodes of one table: its base chains, their rules, and the chains below the jumps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from dockerwall.analysis.owners import owner_of
from dockerwall.grammar.spec import parse_spec
from dockerwall.model import spec as spec_values
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import Chain, Rule, Ruleset, Table
from dockerwall.present.flow import DEEPEST, Jump, flow_of, jump_of
from dockerwall.present.names import NO_NAMES, Names
from dockerwall.present.node import NO_CHILDREN, Branch, CounterRef, Kind, Node, Place
from dockerwall.present.pieces import Piece, Pieces, Tone, piece

OPENS_UPTO = 24
"""A chain with more rules than this is folded at first."""

NOTHING_JUMPS = "no rule that a packet can reach jumps to this chain"

_WORD = r'(?>"(?:[^"\\]|\\.)*"(?= |$)|[^ ]+)'
_PARTS = re.compile(rf"-A {_WORD}((?> (?!-[jg] ){_WORD})*)(?> -([jg]) ([^ ]+)(.*))?", re.DOTALL)

_TONES = {
    **dict.fromkeys(("ACCEPT",), Tone.ACCEPT),
    **dict.fromkeys(("DROP", "REJECT"), Tone.DROP),
    **dict.fromkeys(("RETURN",), Tone.RETURN),
    **dict.fromkeys(
        ("DNAT", "SNAT", "MASQUERADE", "REDIRECT", "NETMAP", "MARK", "CONNMARK", "CT", "NOTRACK"),
        Tone.CHANGE,
    ),
    **dict.fromkeys(("LOG", "NFLOG", "ULOG", "TRACE", "AUDIT"), Tone.LOG),
}


class TableDrawing:
    """Makes the nodes of one table of one rule set."""

    def __init__(self, ruleset: Ruleset, table: Table, label: str, names: Names = NO_NAMES) -> None:
        self.ruleset = ruleset
        self.table = table
        self.label = label
        """What tells this table from its namesakes: `IPv4`, `legacy, IPv6`, or nothing."""
        self.names = names
        self._owners: dict[str, Pieces] = {}
        self._flow = flow_of(ruleset)
        self._chains = self._flow.tables[table.name]

    def base(self, chain: Chain) -> Node:
        """A base chain; its rules, then its policy."""
        key = f"{self.ruleset.variant}/{self.ruleset.family}/{self.table.name}/{chain.name}"
        title = [piece(self.table.name, Tone.NAME), piece(f" {chain.name}")]
        if self.label:
            title.append(piece(f" ({self.label})", Tone.FAINT))
        title += [piece("  policy ", Tone.FAINT), _verdict(chain.policy or "")]
        if not chain.rules:
            title.append(piece(", no rules", Tone.FAINT))
        rules = self._rules(chain, key, "", ())
        policy = self._policy(chain, key)

        def build(index: int) -> Node:
            return rules[index] if index < len(rules) else policy

        return Node(
            key,
            Kind.BASE,
            tuple(title),
            place=self._place(chain),
            opens=0 < len(rules) <= OPENS_UPTO,
            branch=Branch(len(rules) + 1, build) if chain.rules else NO_CHILDREN,
            ref=None if chain.rules else self._ref(chain.slot),
        )

    def orphan(self, name: str) -> Node:
        """A chain that no packet can get to."""
        chain = self.table.chains[name]
        dead = NOTHING_JUMPS
        key = f"{self.ruleset.variant}/{self.ruleset.family}/{self.table.name}/{name}"
        title = [piece(self.table.name, Tone.NAME), piece(f" {name}")]
        if self.label:
            title.append(piece(f" ({self.label})", Tone.FAINT))
        if not chain.rules:
            title.append(piece("  no rules", Tone.FAINT))
        return Node(
            key,
            Kind.ORPHAN,
            tuple(title),
            dead=dead,
            notes=self._owner_note(chain),
            place=self._place(chain),
            branch=self._rules(chain, key, dead, (name,)),
        )

    def unreached(self) -> tuple[str, ...]:
        """The chains of the table that need an orphan's node."""
        return self._chains.unreached

    def _policy(self, chain: Chain, key: str) -> Node:
        ending = self._chains.final(chain.name)
        dead = "" if ending is None else self._taken_by(chain, ending)
        title = (piece("policy ", Tone.FAINT), _verdict(chain.policy or ""))
        return Node(
            f"{key}\npolicy",
            Kind.POLICY,
            title,
            ref=self._ref(chain.slot),
            dead=dead,
            place=self._place(chain),
        )

    def _rules(self, chain: Chain, key: str, dead: str, path: tuple[str, ...]) -> Sequence[Node]:
        """The rules of a chain, below the line `key`; `path` holds the chains already entered."""
        if not chain.rules:
            return NO_CHILDREN

        def build(index: int) -> Node:
            return self._rule(chain, chain.rules[index], key, dead, path)

        return Branch(len(chain.rules), build)

    def _rule(self, chain: Chain, rule: Rule, key: str, dead: str, path: tuple[str, ...]) -> Node:
        occurrence = self._flow.occurrences(self.table.name, chain)[rule.number - 1]
        own = f"{key}\n{rule.text}" + (f"\t{occurrence}" if occurrence else "")
        dead = dead or self._dead_at(chain, rule.number)
        spec = parse_spec(rule.text, self.ruleset.family)
        jump = jump_of(rule, self.table.chains)
        branch: Sequence[Node] = NO_CHILDREN
        notes = self.names.beside(rule, self.ruleset.family, self.table.name)
        opens = False
        if jump is not None:
            below = self.table.chains[jump.chain]
            notes = (*notes, *self._jump_notes(below, jump, path))
            if jump.chain not in path and len(path) < DEEPEST:
                branch = self._rules(below, own, dead, (*path, jump.chain))
                opens = not dead and 0 < len(branch) <= OPENS_UPTO
        elif isinstance(spec.target, spec_values.Jump):
            notes = (*notes, piece("no such chain or target is known", Tone.WARN))
        if spec.unparsed:
            notes = (*notes, piece("not wholly understood", Tone.WARN))
        return Node(
            own,
            Kind.RULE,
            _rule_title(rule),
            ref=self._ref(rule.slot),
            dead=dead,
            notes=notes,
            place=self._place(chain),
            rule=rule,
            target=None if jump is None else jump.chain,
            opens=opens,
            branch=branch,
        )

    def _jump_notes(self, below: Chain, jump: Jump, path: tuple[str, ...]) -> Iterator[Piece]:
        if jump.goto:
            yield piece("goto: does not come back here", Tone.NOTE)
        if jump.chain in path:
            yield piece("a cycle: already inside this chain", Tone.WARN)
        elif len(path) >= DEEPEST:
            yield piece(f"more than {DEEPEST} chains deep: not unfolded", Tone.WARN)
        elif not below.rules:
            yield piece("no rules", Tone.FAINT)
        yield from self._owner_note(below)

    def _owner_note(self, chain: Chain) -> Pieces:
        found = self._owners.get(chain.name)
        if found is None:
            owner = owner_of(self.table, chain)
            found = () if owner is None else (piece(owner.name, Tone.NOTE),)
            self._owners[chain.name] = found
        return found

    def _dead_at(self, chain: Chain, number: int) -> str:
        """Why no packet reaches the rule at this number of the chain; empty when one may."""
        ending = self._chains.ending(chain.name)
        if ending is None or number <= ending:
            return ""
        return self._taken_by(chain, ending)

    def _taken_by(self, chain: Chain, ending: int) -> str:
        back = chain.rules[ending - 1].text.endswith(" -j RETURN")
        return f"rule {ending} above {'sends every packet back' if back else 'takes every packet'}"

    def _place(self, chain: Chain) -> Place:
        return Place(self.ruleset.variant, self.ruleset.family, self.table.name, chain.name)

    def _ref(self, slot: int | None) -> CounterRef | None:
        if slot is None:
            return None
        return CounterRef(self.ruleset.variant, self.ruleset.family, slot)


def conntrack_node(hook: str) -> Node:
    """The place where the kernel finds out which connection a packet belongs to."""
    title = (piece("connection tracking", Tone.FAINT),)
    return Node(f"conntrack/{hook}", Kind.STAGE, title)


def nft_node(chain: NftBaseChain) -> Node:
    """A native nft base chain: named at its place, not looked into."""
    rules = "1 rule" if chain.rules == 1 else f"{chain.rules} rules"
    title = (
        piece(f"nft {chain.family} {chain.table}", Tone.NAME),
        piece(f" {chain.name}"),
        piece(f"  {chain.type}, priority {chain.priority}, policy ", Tone.FAINT),
        _verdict(chain.policy.upper()),
        piece(f", {rules}: not evaluated", Tone.WARN if _matters(chain) else Tone.FAINT),
    )
    return Node(f"nft/{chain.family}/{chain.table}/{chain.name}", Kind.NFT, title)


def _matters(chain: NftBaseChain) -> bool:
    return chain.can_drop or chain.can_rewrite


def _rule_title(rule: Rule) -> Pieces:
    """The rule as text, its chain left out."""
    number = piece(f"#{rule.number} ", Tone.FAINT)
    found = _PARTS.match(rule.text)
    if found is None:
        return (number, piece(rule.text))
    matches, option, target, rest = found.groups()
    if target is None:
        rest_of_line = rule.text[found.end(1) :]
        return (number, piece((matches + rest_of_line).strip() or "every packet"))
    title = [number]
    if matches:
        title.append(piece(matches.strip() + " "))
    tone = Tone.JUMP if option == "g" else _TONES.get(target) or _tone_of_other(target)
    title.append(piece(f"-{option} {target}", tone))
    if rest:
        title.append(piece(rest))
    return tuple(title)


def _tone_of_other(target: str) -> Tone:
    """Extensions are written in upper case; a chain of that style only gets another colour."""
    return Tone.JUMP if not target.isupper() or "-" in target or "_" in target else Tone.CHANGE


def _verdict(policy: str) -> Piece:
    return piece(policy, _TONES.get(policy, Tone.PLAIN))
