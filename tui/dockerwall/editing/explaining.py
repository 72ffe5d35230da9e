"""Why something cannot be brought about, in sentences that name the rule or the way in between."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dockerwall.analysis.exposure import Exposure, Reach
from dockerwall.analysis.hits import Hit
from dockerwall.editing.outcome import Pair
from dockerwall.editing.plan import ChainRef, Objection
from dockerwall.editing.proving import Miss
from dockerwall.editing.stage import Stage
from dockerwall.model.addresses import AddressSet, format_address

MOST_SHOWN = 3


def name_of(exposure: Exposure) -> str:
    """`8080/tcp (web, IPv4)`."""
    offer = exposure.offer
    port = offer.host_port if offer.host_port is not None else offer.container_port
    place = f"{port}/{offer.protocol}" if port is not None else offer.protocol
    if offer.host_port is None and offer.container_ip:
        place = f"{offer.container_ip} {place}"
    return f"{place} ({offer.container or 'no container'}, {offer.family.label})"


def sources_text(numbers: AddressSet) -> str:
    """`192.0.2.1/32, 198.51.100.0/24 and 7 more`, or `anyone`."""
    if numbers.is_everything:
        return "anyone"
    cidrs = numbers.cidrs()
    shown = ", ".join(cidrs[:MOST_SHOWN])
    more = len(cidrs) - MOST_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "nobody"


def why_not(where: ChainRef, miss: Miss | None) -> Objection:
    """Why no place in a chain does it."""
    if miss is None:
        return Objection("no-place", f"There is nothing to try in {where.chain}.", False)
    if miss.kind == "egress" and miss.way is not None:
        way = miss.way
        remote = format_address(where.family, way.remote)
        sentence = f"it would cut connections of {way.container} to {remote} port {way.port}."
    elif miss.pair is None or miss.numbers is None:
        sentence = "no reason is known."
    elif miss.kind == "other":
        sentence = f"it would also change who reaches {name_of(miss.pair.exposure)}."
    else:
        sentence = _in_between(where, miss, miss.pair, miss.numbers)
    return Objection(
        "no-place",
        f"No place in {where.chain} ({where.family.value}) brings it about: {sentence}",
        blocking=False,
    )


def _in_between(where: ChainRef, miss: Miss, pair: Pair, numbers: AddressSet) -> str:
    who = sources_text(numbers)
    port = name_of(pair.exposure)
    does = "would still reach" if miss.kind == "open" else "would still not reach"
    reaches = miss.after.reaches(pair) if miss.after is not None else ()
    hit = _deciding(where, reaches, letting=miss.kind == "open")
    because = f", because {rule_of(hit)} decides" if hit is not None else ""
    ways = {reach.via for reach in reaches if reach.accept}
    if miss.kind == "open" and ways & {"proxy", "listen"}:
        because = ", because those packets go to a process of the host through INPUT"
    return f"{who} {does} {port} by {pair.interface.name}{because}."


def _deciding(where: ChainRef, reaches: Iterable[Reach], *, letting: bool) -> Hit | None:
    actions = ("ACCEPT",) if letting else ("DROP", "REJECT")
    for reach in reaches:
        for hit in reach.decided_by:
            if hit.action in actions and hit.chain != where.chain:
                return hit
    return None


def rule_of(hit: Hit) -> str:
    """`rule 2 of raw PREROUTING (...)`."""
    chain = hit.chain if hit.key.table == "filter" else f"{hit.key.table} {hit.chain}"
    if hit.rule is None:
        return f"the policy of {chain}"
    return f"rule {hit.rule.number} of {chain} ({hit.text})"


def cannot_let_in(where: ChainRef, named: Sequence[Exposure], stage: Stage) -> Objection:
    """Why no rule in a chain can let anybody in."""
    reaches = [reach for exposure in named for reach in exposure.reach]
    hit = _deciding(where, reaches, letting=False)
    why = next((reason for reach in reaches for reason in reach.reasons), "")
    if hit is not None:
        why = f"{rule_of(hit)} keeps them out, and {where.chain} cannot change that"
    ports = ", ".join(name_of(each) for each in named[:MOST_SHOWN])
    return Objection(
        "cannot-let-in",
        f"No rule in {where.chain} lets them reach {ports}{': ' + why if why else ''}.",
        blocking=False,
    )


def targets(where: ChainRef, texts: Sequence[str]) -> tuple[str, ...]:
    """Why allow rules end as they do."""
    if any(text.endswith("-j RETURN") for text in texts):
        return (
            "It allows with RETURN, so that Docker's own rules still decide what is published; "
            "ACCEPT would skip them.",
        )
    if where.chain == "INPUT" and any(text.endswith("-j ACCEPT") for text in texts):
        return ("It allows with ACCEPT, since INPUT itself decides.",)
    return ()


def sparing(texts: Sequence[str]) -> tuple[str, ...]:
    """Why rules are for new connections alone."""
    if not any("--ctstate NEW" in text for text in texts):
        return ()
    return (
        "--ctstate NEW leaves open connections as they are, since no rule above lets them through.",
    )


def reaching(shut: Sequence[str]) -> tuple[str, ...]:
    """Which interfaces are shut, and who is not meant."""
    if not shut:
        return ()
    names = ", ".join(shut)
    return (f"It shuts {names}; other containers and the host itself are not affected.",)
