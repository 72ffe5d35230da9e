"""An audit as a report for other people: what it says, whatever format it is written in.

Every text in it is safe to show on one line; a format has only its own signs to escape.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dockerwall import __version__
from dockerwall.analysis.exposure import Severity
from dockerwall.analysis.findings import Finding
from dockerwall.analysis.hits import Hit
from dockerwall.analysis.judgement import Judgement
from dockerwall.model.kinds import Family
from dockerwall.model.settings import Expectation
from dockerwall.model.value import value
from dockerwall.present.audit_report import (
    EXPLAINED,
    VIA,
    doubts,
    hits,
    is_quiet,
    quiet_line,
    verdict_lines,
)
from dockerwall.present.exposures import Row, rows
from dockerwall.present.hit_words import hit_name
from dockerwall.present.plain import plain
from dockerwall.present.remarks import gap_sentence
from dockerwall.present.wording import listed

NETWORKS_SHOWN = 60
"""How many networks of an allowlist are written out; a report is read where no host is at hand."""

MEANINGS = (
    ("exposed", "at least half of all addresses outside the LAN"),
    ("allowlisted", "fewer addresses outside the LAN"),
    ("unknown", "perhaps addresses outside the LAN: what could be read does not decide it"),
    ("lan", "only the LAN, and containers"),
    ("local", "only the host itself, and containers"),
    ("closed", "nobody, containers aside"),
    ("as expected", "those whom the operator declared to be meant"),
)
"""Each state of a port, and who can open a connection there."""


class Fact(NamedTuple):
    """Something the report rests on."""

    name: str
    value: str


class WayIn(NamedTuple):
    """Those of one kind who get in to a port."""

    who: str
    """`Internet`, `LAN`, `containers`."""
    sources: str
    """Which addresses of theirs: `anyone`, `203.0.113.0/27`, `perhaps 198.51.100.0/24`."""
    by: str
    """By which way: `by the published port`."""
    interfaces: str


class Decider(NamedTuple):
    """A rule or policy that lets them in, or keeps the others out."""

    place: str
    text: str
    """The rule without its chain; empty for a policy."""
    action: str


@value
class Account:
    """Why a port is reached as it is."""

    row: Row
    ways: tuple[WayIn, ...]
    deciders: tuple[Decider, ...]
    doubts: tuple[str, ...]
    """What could not be decided."""


@value
class Report:
    """A whole report."""

    host: str
    facts: tuple[Fact, ...]
    verdict: tuple[str, ...]
    """The answer in one sentence, and the rest by number."""
    state: str
    """The worst severity that nobody declared expected; `closed` where there is none."""
    rows: tuple[Row, ...]
    """Worst first."""
    left_out: str
    """How many usual rows are not listed; empty for none."""
    accounts: tuple[Account, ...]
    findings: tuple[Finding, ...]
    """Worst first."""
    gaps: tuple[str, ...]
    """What could not be read, and what to do next."""
    intended: tuple[str, ...]
    """What the operator declared to be meant."""

    @property
    def title(self) -> str:
        """What the report is."""
        return f"Who reaches the containers of {self.host}"


def report(judgement: Judgement) -> Report:
    """What there is to say of a judgement."""
    world = judgement.world
    found = rows(world, judgement.exposures, judgement.expected, NETWORKS_SHOWN)
    shown = tuple(row for row in found if not is_quiet(row))
    quiet = len(found) - len(shown)
    levels = [finding.severity for finding in judgement.findings]
    order = sorted(range(len(levels)), key=lambda place: _LEVELS.index(levels[place]))
    return Report(
        plain(world.snapshot.host.hostname) or "a host of unknown name",
        tuple(_facts(judgement)),
        tuple(verdict_lines(found)),
        _state(found),
        shown,
        quiet_line(quiet) if quiet else "",
        tuple(_account(row) for row in shown if row.severity in EXPLAINED),
        tuple(judgement.findings[place] for place in order),
        tuple(plain(gap_sentence(gap)) for gap in world.snapshot.gaps),
        tuple(_intended(each) for each in judgement.settings.expected),
    )


_LEVELS = ("critical", "warning", "notice")


def _facts(judgement: Judgement) -> Iterator[Fact]:
    snapshot = judgement.world.snapshot
    host = snapshot.host
    yield Fact("Host", plain(host.hostname) or "of unknown name")
    yield Fact("Read", plain(host.taken_at) or "at an unknown time")
    if host.kernel:
        yield Fact("Kernel", plain(host.kernel))
    if snapshot.docker is None:
        yield Fact("Docker", "not read")
    elif snapshot.docker.version:
        yield Fact("Docker", plain(snapshot.docker.version))
    lan = [name for family in Family for name in judgement.world.lan[family].cidrs()]
    said = "" if judgement.settings.lan is None else " (as the operator said)"
    yield Fact("Taken for the LAN", (", ".join(lan) or "nothing") + said)
    yield Fact("Judged by", f"dockerwall-tui {__version__}")


def _state(found: Sequence[Row]) -> str:
    governed = {row.severity for row in found if row.governed and not row.expected}
    return str(next((each for each in Severity if each in governed), Severity.CLOSED))


def _account(row: Row) -> Account:
    ways = tuple(
        WayIn(
            str(group.who),
            group.words,
            listed([VIA[via] for via in group.vias if via in VIA]),
            ", ".join(group.interfaces),
        )
        for group in row.groups
        if group.lets_in
    )
    deciders = tuple(_decider(hit) for hit in hits(row))
    return Account(row, ways, deciders, tuple(dict.fromkeys(map(plain, doubts(row)))))


def _decider(hit: Hit) -> Decider:
    family = "IPv6 " if hit.key.family is Family.IPV6 else ""
    text = "" if hit.rule is None else plain(hit.rule.text.removeprefix(f"-A {hit.chain} "))
    return Decider(f"{family}{hit_name(hit)}", text, plain(hit.action))


def _intended(each: Expectation) -> str:
    who = ", ".join(each.sources) or "anybody"
    container = "" if each.container is None else f" of {plain(each.container)}"
    note = f": {plain(each.note)}" if each.note else ""
    return f"{each.port}/{each.protocol}{container} for {plain(who)}{note}"
