"""Hosts for the screen to show: recorded ones, and a fake whose readings a test prescribes."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from tests.app.changing import FakeChanging

from dockerwall.analysis.judgement import Judgement
from dockerwall.changes import Changing
from dockerwall.grammar.save import parse_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import SavedRules
from dockerwall.model.settings import Expectation, Settings
from dockerwall.model.snapshot import Gap, HostInfo, Snapshot
from dockerwall.reading.recorded import RecordedHost
from dockerwall.session import Session

HOSTS = Path(__file__).parent.parent / "hosts"

RULES = """*raw
:PREROUTING ACCEPT [9120:812345]
[3:180] -A PREROUTING -d 172.17.0.2/32 ! -i docker0 -j DROP
COMMIT
*nat
:PREROUTING ACCEPT [812:42100]
:DOCKER - [0:0]
[91200:5100000] -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
[1234:72000] -A DOCKER ! -i docker0 -p tcp -m tcp --dport 80 -j DNAT --to-destination 172.17.0.2:80
COMMIT
*filter
:INPUT ACCEPT [1200:98000]
:FORWARD DROP [0:0]
:DOCKER - [0:0]
:DOCKER-FORWARD - [0:0]
:DOCKER-USER - [0:0]
:LOST - [0:0]
[88000:4900000] -A FORWARD -j DOCKER-USER
[87000:4890000] -A FORWARD -j DOCKER-FORWARD
[1234:72000] -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
[3:180] -A DOCKER ! -i docker0 -o docker0 -j DROP
[1300:74000] -A DOCKER-FORWARD -o docker0 -j DOCKER
[5700:310000] -A DOCKER-FORWARD -i docker0 -j ACCEPT
[40:2100] -A DOCKER-USER -s 198.51.100.0/24 -m comment --comment "abuse" -j DROP
[3300:190000] -A DOCKER-USER -j RETURN
[0:0] -A DOCKER-USER -i eth0 -p tcp -m tcp --dport 9090 -j DROP
[0:0] -A LOST -s 203.0.113.7/32 -j DROP
COMMIT
"""

RULES6 = """*filter
:INPUT DROP [7:700]
:FORWARD DROP [0:0]
[5:500] -A INPUT -s fe80::/10 -j ACCEPT
COMMIT
"""


def saved(
    text: str, family: Family = Family.IPV4, previous: SavedRules | None = None
) -> SavedRules:
    """A save file's text, parsed."""
    return parse_save(text, Variant.NFT, family, previous=previous)


def snapshot_of(
    text: str | None = RULES,
    text6: str | None = RULES6,
    previous: Snapshot | None = None,
    gaps: tuple[Gap, ...] = (),
) -> Snapshot:
    """A host with these rules; unchanged ones are the very objects of `previous`."""
    rules = {}
    for family, part in ((Family.IPV4, text), (Family.IPV6, text6)):
        if part is not None:
            pair = (Variant.NFT, family)
            before = None if previous is None else previous.rules.get(pair)
            rules[pair] = saved(part, family, before)
    host = HostInfo("web-07", "6.1.0", "2026-11-20T14:02:07Z")
    return Snapshot(host=host, rules=rules, gaps=gaps)


class RecordedReading:
    """One reading as a source."""

    live = False
    name = ""
    """Where it is reached; empty for this host itself."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def first(self) -> Snapshot:
        """The reading."""
        return self._snapshot

    read = first


class FakeHost:
    """A live host that gives the prescribed readings one after another, the last one for ever."""

    name = ""
    """Where it is reached; empty for this host itself."""

    def __init__(self, *readings: Snapshot | Exception, live: bool = True) -> None:
        self.live = live
        self.changing: Changing | None = FakeChanging() if live else None
        self._judged: dict[tuple[int, int], Judgement] = {}
        self.readings: list[Snapshot | Exception] = list(readings)
        self.gate = threading.Event()
        """Readings wait until it is set."""
        self.gate.set()
        self.read_count = 0
        self.can_declare = False
        self.declared: list[Expectation] = []

    def judge(self, snapshot: Snapshot) -> Judgement:
        """The judgement of a snapshot with what was declared."""
        session = Session(RecordedReading(snapshot), Settings(expected=tuple(self.declared)))
        key = (id(snapshot), len(self.declared))
        if key not in self._judged:
            self._judged[key] = session.judge(snapshot)
        return self._judged[key]

    def declare(self, expectation: Expectation) -> None:
        """Keep a declaration."""
        self.declared.append(expectation)

    def report(self, snapshot: Snapshot, form: str) -> str:
        """What is judged of a snapshot."""
        return Session(RecordedReading(snapshot)).report(snapshot, form)

    def first(self) -> Snapshot:
        """The first reading; it is given again by `read`."""
        self.gate.wait()
        return self._given(self.readings[0])

    def read(self) -> Snapshot:
        """The next reading."""
        self.gate.wait()
        self.read_count += 1
        return self._given(self.readings[min(self.read_count, len(self.readings)) - 1])

    @staticmethod
    def _given(reading: Snapshot | Exception) -> Snapshot:
        if isinstance(reading, Exception):
            raise reading
        return reading


def counted(text: str, changes: Sequence[tuple[str, str]]) -> str:
    """The text with some counters replaced."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def recorded(name: str) -> Session:
    """A recorded host of tests/hosts."""
    return Session(RecordedHost(HOSTS / name))
