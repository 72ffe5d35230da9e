"""The part of a plan that an intent on a published port needs in one family and chain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from dockerwall.analysis.exposure import Exposure, Kind
from dockerwall.analysis.listening import NUMBERS
from dockerwall.editing import explaining
from dockerwall.editing.edited import chain_texts
from dockerwall.editing.egress import Way, ways
from dockerwall.editing.forms import (
    ANYBODY,
    EVERYTHING,
    Form,
    for_new,
    input_forms,
    published_forms,
    rule,
)
from dockerwall.editing.intents import Block, OfPort, PortRef
from dockerwall.editing.outcome import NOBODY, PROCESS_WAYS, Outcome, Pair
from dockerwall.editing.parts import Part
from dockerwall.editing.places import deciding_numbers, lets_answers_through, places, why_there
from dockerwall.editing.plan import ChainRef, Objection
from dockerwall.editing.portwishes import Gate, Wishes, rule_lists, wishes
from dockerwall.editing.proving import (
    Candidate,
    Goal,
    Solved,
    Wish,
    insertions,
    solve,
)
from dockerwall.editing.stage import Stage
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family

BY_PORT = (Kind.PUBLISHED, Kind.INGRESS, Kind.DNAT, Kind.HOST_NETWORK)
"""Kinds of exposures that a host's port names."""


def named_exposures(stage: Stage, family: Family, port: PortRef | None) -> tuple[Exposure, ...]:
    """The exposures an intent is about: those of a port, or all that a firewall can govern."""
    found = []
    for exposure in stage.exposures:
        offer = exposure.offer
        if offer.family is not family or offer.kind is Kind.MACVLAN:
            continue
        if port is None or (
            offer.kind in BY_PORT
            and (offer.host_port, offer.protocol) == (port.number, port.protocol)
            and (port.address in (None, offer.host_ip) or _on_every(offer.host_ip, port.address))
        ):
            found.append(exposure)
    return tuple(found)


def _on_every(host_ip: str | None, address: str | None) -> bool:
    """Whether a port published on every address is also published on this one."""
    wildcard = {"0.0.0.0": False, "::": True}.get(host_ip or "")
    return address is not None and wildcard is (":" in address)


def port_of(intent: OfPort) -> PortRef | None:
    """The port an intent names; None for every port."""
    return None if isinstance(intent, Block) else intent.port


def port_part(stage: Stage, where: ChainRef, intent: OfPort) -> Part:
    """What brings the intent about in one chain, proved; or why nothing does."""
    return _PortPlanner(stage, where, intent, port_of(intent)).part()


def input_parts(stage: Stage, where: ChainRef, intent: OfPort) -> Iterator[Part]:
    """The same in INPUT, port by port: the host's other services must not be shut with them."""
    port = port_of(intent)
    ports = [port] if port is not None else _ports_of_processes(stage, where.family)
    for each in ports:
        yield _PortPlanner(stage, where, intent, each).part()


def _ports_of_processes(stage: Stage, family: Family) -> list[PortRef]:
    """Ports of containers that processes of the host serve."""
    found = {
        PortRef(exposure.offer.protocol, exposure.offer.host_port): None
        for exposure in named_exposures(stage, family, None)
        for reach in exposure.reach
        if reach.via in PROCESS_WAYS and exposure.offer.host_port is not None
    }
    return list(found)


@dataclass(frozen=True)
class _PortPlanner:
    stage: Stage
    where: ChainRef
    intent: OfPort
    port: PortRef | None
    """The port that is planned for; None for every port."""

    @property
    def family(self) -> Family:
        return self.where.family

    @cached_property
    def texts(self) -> tuple[str, ...]:
        return chain_texts(self.stage.world.snapshot, self.where) or ()

    @cached_property
    def named(self) -> tuple[Exposure, ...]:
        return named_exposures(self.stage, self.family, self.port)

    @cached_property
    def deciding(self) -> tuple[int, ...]:
        """The chain's rules that decide about the port now."""
        return deciding_numbers(self.named, self.where)

    @cached_property
    def wishes(self) -> Wishes:
        return wishes(self.stage, self.family, self.intent)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        gates = {gate.interface.name for gate in self.wishes.gates}
        return tuple(p for p in self.stage.pairs(self.named) if p.interface.name in gates)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        port = self.port
        if port is None:
            return (EVERYTHING,)
        if self.where.chain == "INPUT":
            return input_forms(port)
        inside = [
            (each.offer.container_ip, each.offer.container_port)
            for each in self.named
            if each.offer.container_ip and each.offer.container_port
        ]
        return published_forms(port, inside)

    @property
    def protocol(self) -> str | None:
        return self.port.protocol if self.port is not None else None

    @cached_property
    def goal(self) -> Goal:
        masks = self.stage.masks[self.family]
        gates = {
            gate.interface.name: Wish(masks.of(gate.wish.keep), masks.of(gate.wish.grant))
            for gate in self.wishes.gates
        }
        named = tuple(each.offer for each in self.named)
        wished = {pair: gates[pair.interface.name] for pair in self.pairs}
        address = self.port.address if self.port is not None else None
        return Goal(self.where, named, wished, self.best, self.egress, address)

    @cached_property
    def best(self) -> dict[Pair, Outcome]:
        """The most this chain can let in: what is reached when it lets everybody through."""
        gates = [gate for gate in self.wishes.gates if gate.wish.grant]
        if not gates:
            return {}
        through = "ACCEPT" if self.where.chain == "INPUT" else "RETURN"
        texts = [
            rule(self.where.chain, ANYBODY, gate.interface.name, form, self.protocol, through)
            for gate in gates
            for form in self.forms[:1]
        ]
        after = self.stage.after(insertions(self.where, 1, texts))
        asked = {gate.interface.name: gate for gate in gates}
        found = {}
        for pair in self.pairs:
            gate = asked.get(pair.interface.name)
            if gate is not None:
                had = self.stage.before(pair)
                found[pair] = had if self.lets_in(had, gate) else after.outcome(pair)
        return found

    def lets_in(self, had: Outcome, gate: Gate) -> bool:
        """Whether all who shall get in do so already, and shall go on: there is no more to let in.

        Then what is wanted is what is kept, whatever else the chain could let in.
        """
        masks = self.stage.masks[self.family]
        keep, grant = masks.of(gate.wish.keep), masks.of(gate.wish.grant)
        process = self.where.chain == "INPUT"
        seen = [access for door, access in had.items() if door.process is process]
        return bool(seen) and not grant & ~keep and all(not grant & ~a.accept for a in seen)

    @cached_property
    def egress(self) -> tuple[Way, ...]:
        port = self.port
        ports = [(NUMBERS[port.protocol], port.number)] if port is not None else []
        remotes = [
            numbers.numbers.spans[0][0]
            for gate in self.wishes.gates[:1]
            for numbers in (gate.wish.grant, gate.wish.keep.complement())
            if numbers and not numbers.is_everything
        ]
        return ways(self.stage.world, self.family, ports, remotes)

    def part(self) -> Part:
        if not self.named:
            return Part(self.where, done=True)
        beyond = self.beyond()
        gates = self.needed()
        if not gates:
            unable = self.unable()
            return Part(self.where, beyond=beyond, done=not unable, objections=unable)
        solved = solve(self.stage, self.goal, self.candidates(gates))
        if not isinstance(solved, Solved):
            said = explaining.why_not(self.where, solved)
            return Part(self.where, objections=(said,), beyond=beyond)
        position = solved.candidate.position
        reasons = (
            why_there(self.where, self.texts, position, self.deciding),
            solved.candidate.form.why,
            *explaining.sparing(solved.candidate.texts),
            *explaining.targets(self.where, solved.candidate.texts),
            *explaining.reaching([gate.interface.name for gate in gates if gate.shut]),
        )
        return Part(self.where, solved.changes, reasons, self.unable(), beyond=beyond)

    def candidates(self, gates: Sequence[Gate]) -> Iterator[Candidate]:
        """Rules and places to try: first as they leave open connections open, and then, as where
        packets have no connection, all the same.
        """
        for candidate in self.placed(gates):
            yield from dict.fromkeys((self.sparing(candidate), candidate))

    def placed(self, gates: Sequence[Gate]) -> Iterator[Candidate]:
        """Rules of every form, at every place."""
        at = places(self.texts, self.family, self.deciding)
        for form in self.forms:
            for texts in rule_lists(
                self.where.chain, gates, form, self.protocol, anywhere=self.wishes.anywhere
            ):
                for position in at:
                    yield Candidate(texts, position, form)

    def sparing(self, candidate: Candidate) -> Candidate:
        """The rules for new connections alone, unless open ones are let through above them."""
        if candidate.position > self.letting:
            return candidate
        return candidate._replace(texts=tuple(map(for_new, candidate.texts)))

    @cached_property
    def letting(self) -> int:
        """The number of the first rule that lets open connections through; beyond all for none."""
        specs = (parse_spec(text, self.family) for text in self.texts)
        found = (number for number, spec in enumerate(specs, 1) if lets_answers_through(spec))
        return next(found, len(self.texts) + 1)

    def needed(self) -> tuple[Gate, ...]:
        """Gates where somebody is in that shall not be, or the other way, and the chain decides."""
        asked: dict[tuple[object, ...], Pair] = {}
        for pair in self.pairs:
            outcomes = id(self.stage.before(pair)), id(self.best.get(pair))
            asked.setdefault((pair.interface.name, self.goal.wishes[pair], *outcomes), pair)
        unmet = {pair.interface.name for pair in asked.values() if self.is_unmet(pair)}
        return tuple(gate for gate in self.wishes.gates if gate.interface.name in unmet)

    def is_unmet(self, pair: Pair) -> bool:
        """Whether a wish this chain can bring about is not so already."""
        before = self.stage.before(pair)
        for door in dict.fromkeys((*before, *self.best.get(pair, ()))):
            had = before.get(door, NOBODY)
            wanted = self.goal.wanted(pair, door, had)
            if wanted is not None and (
                wanted.accept ^ had.accept
                or (had.accept | had.unknown) & ~(wanted.accept | wanted.unknown)
            ):
                return True
        return False

    def beyond(self) -> bool:
        """Whether somebody gets in, against the wish, by a door this chain never sees."""
        for pair in self.pairs:
            wish = self.goal.wishes[pair]
            for door, had in self.stage.before(pair).items():
                if (
                    self.goal.beyond(door)
                    and self.goal.names(door)
                    and (had.accept | had.unknown) & ~wish.keep
                ):
                    return True
        return self.where.chain != "INPUT" and self.kept_out_by_input()

    def kept_out_by_input(self) -> bool:
        """Whether INPUT drops what shall get in."""
        names = {gate.interface.name for gate in self.wishes.gates}
        return any(gate.wish.grant for gate in self.wishes.gates) and any(
            hit.hook == "INPUT" and hit.action in ("DROP", "REJECT")
            for exposure in self.named
            for reach in exposure.reach
            if reach.iif in names
            for hit in reach.decided_by
        )

    def unable(self) -> tuple[Objection, ...]:
        """What no rule in this chain can let in."""
        grants = [gate for gate in self.wishes.gates if gate.wish.grant]
        if not grants:
            return ()
        able = wanted = 0
        elsewhere = False
        for outcome in self.best.values():
            for door, access in outcome.items():
                able |= access.accept | access.unknown
                elsewhere = elsewhere or (self.goal.beyond(door) and bool(access.via))
        if elsewhere or (self.where.chain == "INPUT" and not able):
            return ()
        for gate in grants:
            wanted |= self.stage.masks[self.family].of(gate.wish.grant)
        if wanted & able:
            return ()
        return (explaining.cannot_let_in(self.where, self.named, self.stage),)
