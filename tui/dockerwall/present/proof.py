"""Why a packet gets through or not: the verdict in a sentence, and its way rule by rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from dockerwall.analysis.hits import Hit
from dockerwall.analysis.journey import Delivery
from dockerwall.analysis.trace import Probe, Trace
from dockerwall.model.addresses import format_address
from dockerwall.present.hit_words import hit_name
from dockerwall.present.names import NO_NAMES, Names
from dockerwall.present.node import Place
from dockerwall.present.plain import plain
from dockerwall.present.sentences import rule_sentence
from dockerwall.present.wording import listed, protocol_name

ENDINGS = frozenset({"DROP", "REJECT"})

WORDS = {"accept": "OPEN", "drop": "CLOSED", "reject": "REFUSED", "unknown": "UNKNOWN"}
"""Each verdict in one word, first on its line."""

_VIA = {
    "dnat": "by the published port's rewriting (DNAT)",
    "proxy": "through docker-proxy on this host",
    "direct": "at its own address, without any rewriting",
    "listen": "by a process that listens",
}


def proof_lines(trace: Trace, probe: Probe, names: Names = NO_NAMES) -> Iterator[str]:
    """The whole answer, for a terminal: packet, verdict, reasons, and every rule it met."""
    yield probe_sentence(probe)
    yield verdict_sentence(trace)
    decided = deciding(trace)
    if decided is not None and decided.rule is not None:
        yield f"  {hit_name(decided)}: {hit_sentence(decided, names)}"
    if trace.verdict == "unknown":
        for text in trace.unknowns:
            yield f"  cannot be decided: {plain(text)}"
    yield ""
    yield "The way of the packet:"
    yield from way_lines(trace.steps, decided)
    if trace.reply_steps:
        yield ""
        yield "The way of what follows it, the reply first:"
        yield from way_lines(trace.reply_steps, decided)


def probe_sentence(probe: Probe) -> str:
    """Which packet is meant."""
    source = format_address(probe.family, probe.src)
    destination = format_address(probe.family, probe.dst)
    protocol = protocol_name(probe.proto)
    if probe.proto in (1, 58):
        port = ""
    else:
        source += "" if probe.sport is None else f" port {probe.sport}"
        port = f" port {probe.dport}"
    return (
        f"A new {protocol} connection from {source} to {destination}{port}, "
        f"arriving on {plain(probe.iif)}"
    )


def verdict_sentence(trace: Trace) -> str:
    """`OPEN: container web gets it ...`, `CLOSED: nft filter DOCKER-USER rule 2 drops it`."""
    word = WORDS[trace.verdict]
    if trace.verdict == "accept":
        return f"{word}: {delivery_words(trace.delivered)}, and the replies get back."
    if trace.verdict == "unknown":
        return f"{word}: the answer depends on what a snapshot cannot tell."
    hit = deciding(trace)
    if hit is not None:
        who = "the reply" if hit in trace.reply_steps and hit not in trace.steps else "it"
        verb = "drops" if hit.action == "DROP" else "refuses"
        return f"{word}: {hit_name(hit)} {verb} {who}."
    reasons = [plain(reason) for reason in trace.reasons]
    return f"{word}: {listed(reasons, 'and')}." if reasons else f"{word}."


def delivery_words(delivery: Delivery) -> str:
    """Who gets the packet, where and by which way."""
    address = plain(delivery.address)
    where = f"{address} port {delivery.port}" if delivery.port else address
    if delivery.kind == "container":
        name = plain(delivery.container or "")
        return f"container {name} gets it at {where}, {_VIA[delivery.via]}"
    if delivery.kind == "host":
        return f"this host itself gets it at {where}"
    if delivery.kind == "forward":
        return f"this host forwards it to {where}"
    return f"nobody gets it at {where}"


def deciding(trace: Trace) -> Hit | None:
    """The rule or policy that ended a packet's way; None when none did."""
    if trace.verdict not in ("drop", "reject"):
        return None
    for hits in (trace.steps, trace.reply_steps):
        ended = [hit for hit in hits if hit.action in ENDINGS]
        if ended:
            return ended[-1]
    return None


def place_of(hit: Hit) -> tuple[Place, int | None]:
    """Where a hit stands in the tree: its chain, and its rule's number (None: the policy)."""
    number = None if hit.rule is None else hit.rule.number
    return Place(hit.key.variant, hit.key.family, hit.key.table, hit.chain), number


def hit_sentence(hit: Hit, names: Names = NO_NAMES) -> str:
    """The rule in words; for a policy, what becomes of what no rule decided."""
    if hit.rule is None:
        verb = "are dropped" if hit.action == "DROP" else "go on"
        return f"Packets that no rule of {plain(hit.chain)} decided {verb}."
    return rule_sentence(hit.rule.text, hit.key.family, hit.key.table, names)


def way_lines(hits: Sequence[Hit], decided: Hit | None = None) -> Iterator[str]:
    """The rules that were met, hook by hook; `>` marks the one that decided."""
    if not hits:
        yield "  no rule was met"
        return
    several = len({(hit.key.variant, hit.key.family) for hit in hits}) > 1
    rows = [(hit, *_columns(hit, several)) for hit in hits]
    widths = [max(len(row[column]) for row in rows) for column in (1, 2, 3)]
    for hook, group in groupby(rows, key=lambda row: row[0].hook):
        yield f"  {hook}"
        for hit, chain, number, action, text in group:
            mark = ">" if hit is decided else " "
            line = (
                f"{mark}   {chain:{widths[0]}}  {number:{widths[1]}}  {action:{widths[2]}}  {text}"
            )
            yield line.rstrip()


def _columns(hit: Hit, several: bool) -> tuple[str, str, str, str]:
    chain = f"{hit.key.table} {plain(hit.chain)}"
    if several:
        chain = f"{hit.key.variant} {hit.key.family.label} {chain}"
    number = "policy" if hit.rule is None else f"#{hit.rule.number}"
    action = plain(hit.action) or "counts"
    if not hit.certain:
        action = f"{action}?"
    text = "" if hit.rule is None else plain(hit.rule.text.removeprefix(f"-A {hit.chain} "))
    return chain, number, action, text
