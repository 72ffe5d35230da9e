"""What can be copied of the line under the cursor: the rule, a command, what is said of it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dockerwall.app.explain import Explanation
from dockerwall.app.screens.choice import Choice
from dockerwall.model.kinds import Family
from dockerwall.present.node import Node
from dockerwall.present.pieces import Pieces, text_of
from dockerwall.present.plain import plain

if TYPE_CHECKING:
    from dockerwall.analysis.findings import Finding
    from dockerwall.analysis.trace import Probe
    from dockerwall.present.exposures import Row

MOST_RULES = 40


def of_node(node: Node) -> Iterator[Choice]:
    """A rule as iptables-save prints it, and the command that shows it with its counters."""
    if node.rule is None or node.place is None:
        return
    yield Choice("rule", plain(node.rule.text))
    place = node.place
    program = f"{'iptables' if place.family is Family.IPV4 else 'ip6tables'}-{place.variant}"
    number = str(node.rule.number)
    words = [program, "-t", place.table, "-vnL", plain(place.chain), number]
    yield Choice("command that shows it", shlex.join(words))


def of_row(row: Row, probe: Probe | None, of_host: Sequence[str] = ()) -> Iterator[Choice]:
    """The command that proves it, and the rules that decide; `of_host` are its host's options."""
    if probe is not None:
        yield Choice("command that proves it", shlex.join((*trace_words(probe), *of_host)))
    hits = [hit for each in row.exposures for reach in each.reach for hit in reach.decided_by]
    rules = dict.fromkeys(plain(hit.text) for hit in hits if hit.rule is not None)
    if rules:
        yield Choice("rules that decide", "\n".join(list(rules)[:MOST_RULES]))


def of_finding(finding: Finding) -> Iterator[Choice]:
    """The commands that put it right, and the rule it is about."""
    if finding.commands:
        yield Choice("commands that put it right", "\n".join(map(plain, finding.commands)))
    if finding.rule is not None:
        yield Choice("rule", plain(finding.rule.text))


def of_line(line: Pieces) -> Iterator[Choice]:
    """A line of text as it stands."""
    text = plain(text_of(line)).strip()
    if text:
        yield Choice("line", text)


def of_explanation(explanation: Explanation) -> Iterator[Choice]:
    """What the pane below says, as text."""
    if not explanation.remarks:
        return
    lines = [plain(explanation.title)] if explanation.title else []
    for remark in explanation.remarks:
        label = f"{remark.label}: " if remark.label else ""
        lines.append(f"  {label}{plain(remark.text)}")
    yield Choice("explanation", "\n".join(lines))


def trace_words(probe: Probe) -> Sequence[str]:
    """The words of `dockerwall-tui trace` for a packet."""
    from dockerwall.app.questions import PROTOCOLS
    from dockerwall.model.addresses import format_address

    names = {number: name for name, number in PROTOCOLS.items()}
    source = format_address(probe.family, probe.src)
    destination = format_address(probe.family, probe.dst)
    words = ["dockerwall-tui", "trace", "--in", probe.iif, "--src", source, "--dst", destination]
    return [*words, "--proto", names.get(probe.proto, "tcp"), "--dport", str(probe.dport)]
