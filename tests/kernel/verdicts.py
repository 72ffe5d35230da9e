"""Asks the model what becomes of first packets: the one place that knows dockerwall's analysis."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.kernel.outcome import Outcome
from tests.kernel.packet import PROTOCOLS, Packet
from tests.kernel.rules import RulePlace
from tests.kernel.topology import WIRES

from dockerwall.analysis import journey
from dockerwall.analysis.boxes import Boxes, boxed
from dockerwall.analysis.crossing import Crossing
from dockerwall.analysis.hits import Hit, Notes, told_apart
from dockerwall.analysis.packet import ANY, CHOSEN, CLIENT, SYN, Choice
from dockerwall.analysis.packet import Packet as Box
from dockerwall.analysis.passage import Loss, Passage
from dockerwall.analysis.sending import Sending
from dockerwall.analysis.side import Side
from dockerwall.analysis.verdict import reached
from dockerwall.analysis.world import World, build_world
from dockerwall.model.addresses import format_address, parse_address
from dockerwall.model.kinds import Family
from dockerwall.reading.recorded import RecordedHost

_TTL, _DSCP = 64, 0
_LENGTHS = {6: 20, 17: 12, 132: 32, 1: 12, 58: 12}
ECHO = {1: 8 << 8, 58: 128 << 8}


@dataclass(frozen=True, slots=True)
class Query:
    """Packets that differ in their source alone."""

    link: str
    dst: str
    proto: str
    sport: int
    dport: int

    @classmethod
    def of(cls, packet: Packet) -> Query:
        """The query a packet belongs to."""
        return cls(packet.link, packet.dst, packet.proto, packet.sport, packet.dport)


@dataclass(frozen=True, slots=True)
class End:
    """One way a first packet can end: `host`, an interface, `drop`, `reject` or `anywhere`.

    `anywhere` is what the model says when NAT may have sent a packet where it cannot tell.
    """

    place: str
    dst: str = ""
    dport: int | None = None

    def __str__(self) -> str:
        """`docker0 172.17.0.2 80`, `host …`, `drop` or `reject`."""
        return f"{self.place} {self.dst} {self.dport}" if self.dst else self.place

    def agrees(self, outcome: Outcome) -> bool:
        """Whether the kernel's outcome is this one."""
        if self.place == "anywhere":
            return True
        if self.place in ("drop", "reject"):
            return outcome.place == "none"
        if outcome.place == "none" or self.dst != outcome.dst:
            return False
        where = outcome.place if outcome.place == "host" else WIRES[outcome.place]
        return where == self.place and self.dport in (None, outcome.dport)


@dataclass(slots=True)
class Answer:
    """What the model says of a query, for all sources at once."""

    side: Side
    ends: list[tuple[End, int]] = field(default_factory=list)
    hits: list[Hit] = field(default_factory=list)
    doubts: list[tuple[str, int]] = field(default_factory=list)
    """What the model could not decide, and for which sources."""

    def doubts_of(self, cell: int) -> list[str]:
        """What it could not decide for sources of this cell."""
        return list(dict.fromkeys(text for text, clients in self.doubts if clients & cell))

    @property
    def loses_track(self) -> bool:
        """Whether it cannot tell where some packets go, and so not what counts them either."""
        return any(end.place == "anywhere" for end, _ in self.ends)

    def cell(self, source: str) -> int:
        """The mask of the cell that holds a source."""
        return self.side.cells.cell(parse_address(source)[1])

    def of(self, cell: int) -> frozenset[End]:
        """Every way a packet from this cell can end; one where the model is sure."""
        return frozenset(end for end, clients in self.ends if clients & cell)

    def counts(self, cells: Counter[int]) -> tuple[Counter[RulePlace], set[RulePlace]]:
        """Packets by rule, given how many came from each cell; and the rules not certain."""
        found: Counter[RulePlace] = Counter()
        doubtful = set()
        for hit in self.hits:
            place = place_of(hit)
            count = sum(number for cell, number in cells.items() if hit.clients & cell)
            found[place] += count
            if count and not hit.certain:
                doubtful.add(place)
        return found, doubtful


@dataclass(frozen=True, slots=True)
class Openings:
    """For which sources the model says that a connection can be opened."""

    side: Side
    accept: int
    unknown: int

    def of(self, source: str) -> str:
        """`accept`, `unknown` or `refuse`."""
        cell = self.side.cells.cell(parse_address(source)[1])
        if self.accept & cell:
            return "accept"
        return "unknown" if self.unknown & cell else "refuse"


def ask_whole(world: World, query: Query) -> Openings:
    """Follow whole connections of a query: there, back, and TCP's third packet."""
    family, dst = parse_address(query.dst)
    number = PROTOCOLS[query.proto]
    sport = None if number in ECHO else query.sport
    dport = ECHO.get(number, query.dport)
    whole = journey.Query(family, WIRES[query.link], dst, number, dport, sport)
    found = reached(journey.follow(world, whole))
    return Openings(world.sides[family], found.accept, found.unknown)


def place_of(hit: Hit) -> RulePlace:
    """The rule of a step, by the names of the kernel tier."""
    version = 4 if hit.key.family is Family.IPV4 else 6
    number = hit.rule.number if hit.rule else 0
    return RulePlace(hit.key.variant.value, version, hit.key.table, hit.chain, number)


def open_world(folder: Path) -> World:
    """A snapshot made ready for questions."""
    return build_world(RecordedHost(folder).read())


def ask(world: World, query: Query) -> Answer:
    """Follow the first packet of a query from every source."""
    family, dst = parse_address(query.dst)
    side = world.sides[family]
    number = PROTOCOLS[query.proto]
    losses: list[Loss] = []
    notes = Notes()
    passage = Passage(world, side, notes, losses)
    crossing = Crossing(world, side, passage)
    dport = ECHO.get(number, query.dport)
    sport = CHOSEN if number in ECHO else query.sport
    flags = SYN if query.proto == "tcp" else 0
    first = Box(CLIENT, dst, number, sport, dport, WIRES[query.link], flags=flags)
    local, forwarded = crossing.enter(boxed(first, side.cells.everything))
    inside = passage.hook("INPUT", local)
    outside = crossing.forward(forwarded)
    answer = Answer(side, hits=list(told_apart(notes.hits)))
    answer.doubts = [(doubt.text, doubt.clients) for doubt in notes.doubts]
    _ends(answer, query, inside, "host")
    _ends(answer, query, outside, "")
    for loss in losses:
        if _sent(loss.choice, number, query.sport):
            answer.ends.append((End(loss.how), loss.clients))
    answer.ends += [(End("anywhere"), lost.clients) for lost in passage.astray]
    return answer


def ask_own(world: World, packet: Packet) -> Answer:
    """Follow a first packet that the host itself sends."""
    query = Query.of(packet)
    family, dst = parse_address(packet.dst)
    side = world.sides[family]
    number = PROTOCOLS[packet.proto]
    passage = Passage(world, side, Notes(), [])
    sending = Sending(world, side, passage)
    dport = ECHO.get(number, packet.dport)
    flags = SYN if packet.proto == "tcp" else 0
    src = parse_address(packet.src)[1]
    first = Box(src, dst, number, packet.sport, dport, "", flags=flags)
    looped, outward = Boxes(), Boxes()
    for box, clients in sending.send(boxed(first, side.cells.everything)):
        (looped if box.oif == "lo" else outward).add(box, clients)
    inside = sending.loop(looped)
    answer = Answer(side, hits=list(told_apart(passage.notes.hits)))
    answer.doubts = [(doubt.text, doubt.clients) for doubt in passage.notes.doubts]
    _ends(answer, query, inside, "host")
    _ends(answer, query, outward, "")
    answer.ends += [(End(loss.how), loss.clients) for loss in passage.losses]
    answer.ends += [(End("anywhere"), lost.clients) for lost in passage.astray]
    return answer


def _ends(answer: Answer, query: Query, boxes: Boxes, place: str) -> None:
    """Deliveries as ends."""
    number = PROTOCOLS[query.proto]
    for box, clients in boxes:
        if not _sent(box.choice, number, query.sport):
            continue
        port = None if box.dport == ANY else 0 if number in ECHO else box.dport
        dst = format_address(answer.side.family, box.dst)
        answer.ends.append((End(place or box.oif, dst, port), clients))


def _sent(choice: Choice, number: int, sport: int) -> bool:
    """Whether the packets that are really sent are among the sender's choices left."""
    network = 20 if number in (6, 17, 132, 1) else 40
    length = _LENGTHS[number] + network
    chosen = _TTL in choice.ttl and _DSCP in choice.dscp
    return chosen and length in choice.length and sport in choice.sport
