"""An exposure and a finding explained, for the pane below the lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dockerwall.app.explain import Explanation, Remark
from dockerwall.present.pieces import Tone
from dockerwall.present.plain import plain

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.hits import Hit
    from dockerwall.app.judging import Proof
    from dockerwall.present.exposures import Row

MOST_DECIDING = 3
"""How many deciding rules are named."""

_SHORT = {"neighbours on the wire": "nbrs", "containers": "cont", "this host": "host"}


def account(row: Row) -> Explanation:
    """Who reaches an exposure, and which rules decide."""
    word = row.word if row.governed else "not governed"
    title = f"{row.port} {row.container}, {row.families}: {word}"
    return Explanation(title, tuple(_of_row(row)))


def _of_row(row: Row) -> Iterator[Remark]:
    from dockerwall.present.exposures import KINDS, TONES

    yield Remark("reach", _headline(row), Tone.NAME if row.expected else TONES[row.severity])
    reaches = [reach for each in row.exposures for reach in each.reach]
    doubts = dict.fromkeys(text for reach in reaches if reach.unknown for text in reach.doubts)
    for doubt in list(doubts)[:MOST_DECIDING]:
        yield Remark("doubt", plain(doubt), Tone.WARN)
    for group in row.groups:
        if group.lets_in:
            by = f" by {', '.join(group.interfaces)}" if group.interfaces else ""
            name = _SHORT.get(str(group.who), str(group.who))
            yield Remark(name, f"{group.words}{by}")
    hits = dict.fromkeys(hit for reach in reaches for hit in reach.decided_by)
    for place, hit in enumerate(list(hits)[:MOST_DECIDING]):
        yield Remark("because" if place == 0 else "", _decided(hit))
    yield Remark("offered", KINDS[row.offer.kind])


def _headline(row: Row) -> str:
    if not row.governed:
        return "This host's firewall does not see its packets: ask the network it is on."
    words = row.reachable
    return f"Reached by {words}." if words != "nobody" else "Nobody gets in."


def _decided(hit: Hit) -> str:
    from dockerwall.present.hit_words import hit_name
    from dockerwall.present.proof import hit_sentence

    return f"{hit_name(hit)}: {hit_sentence(hit)}"


def finding_account(finding: Finding) -> Explanation:
    """What is wrong, where, and what to do."""
    return Explanation(f"{finding.severity}: {finding.id}", tuple(_of_finding(finding)))


def _of_finding(finding: Finding) -> Iterator[Remark]:
    yield Remark("", plain(finding.message), Tone.NAME)
    if finding.rule is not None:
        yield Remark("rule", plain(finding.rule.text))
    for other in finding.others[:MOST_DECIDING]:
        yield Remark("and", plain(f"{other.text}"))
    if finding.fix:
        yield Remark("fix", plain(finding.fix), Tone.NOTE)
    for command in finding.commands[:MOST_DECIDING]:
        yield Remark("run", plain(command))


def proof_account(proof: Proof) -> Explanation:
    """The verdict on one packet."""
    from dockerwall.app.questions import described
    from dockerwall.present.proof import verdict_sentence

    verdict = proof.trace.verdict
    tone = {"accept": Tone.WARN, "unknown": Tone.LOG}.get(verdict, Tone.ACCEPT)
    remarks = [Remark("verdict", verdict_sentence(proof.trace), tone)]
    if verdict == "unknown":
        remarks += [Remark("doubt", plain(text)) for text in proof.trace.unknowns[:MOST_DECIDING]]
    return Explanation(f"packet {plain(described(proof.probe))}", tuple(remarks))
