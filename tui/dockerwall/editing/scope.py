"""What an intent on a port is about: in which families, and why there may be nothing to plan."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from dockerwall.analysis.interfaces import Behind
from dockerwall.editing.chains import user_chains
from dockerwall.editing.intents import (
    Allow,
    Block,
    CloseToInternet,
    LanOnly,
    OfPort,
    PortRef,
    Source,
)
from dockerwall.editing.origins import addresses_of, set_family, specific
from dockerwall.editing.plan import Objection
from dockerwall.editing.portplan import named_exposures, port_of
from dockerwall.editing.stage import Stage
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

MOST_NAMED = 3
"""How many of the host's addresses are named before the rest is counted."""


def everywhere(intent: OfPort) -> OfPort:
    """The same without a wildcard address: every address of the families it is planned for."""
    if isinstance(intent, Block) or intent.port is None:
        return intent
    return replace(intent, port=_anywhere(intent.port))


def _anywhere(port: PortRef) -> PortRef:
    return port._replace(address=None) if port.is_anywhere else port


def planned_families(intent: OfPort, families: Sequence[Family]) -> tuple[Family, ...]:
    """Those of the families that are planned for: a wildcard stands for its own alone."""
    port = port_of(intent)
    only = port.family if port is not None and port.is_anywhere else None
    return tuple(each for each in families if only in (each, None))


def of_wildcard(intent: OfPort, objection: Objection) -> Objection:
    """What is said of the other family where a wildcard left it out, not a choice of families."""
    port = port_of(intent)
    if objection.id != "one-family" or port is None:
        return objection
    said = f"{objection.sentence} Without {port.address} the port is meant in both families."
    return Objection("wildcard", said, blocking=False)


def refusal(stage: Stage, intent: OfPort, families: Sequence[Family]) -> Objection | None:
    """Why nothing can be planned: what is named is not there, or does not go together."""
    port = port_of(intent)
    apart = _apart(stage, intent, families)
    if apart is not None or port is None:
        return apart
    if port.address is not None and not port.is_anywhere and not _is_of_host(stage, port.address):
        return _refused("no-address", _no_address(stage, port.address))
    published = [f for f in Family if named_exposures(stage, f, _anywhere(port))]
    if not published:
        named = _anywhere(port)
        said = f"Nothing publishes {named} on this host: ports are those the host publishes."
        return _refused("no-port", said)
    if not set(published) & set(_about(stage, intent, families)):
        return _elsewhere(stage, intent, port, published[0])
    return None


def _refused(id: str, sentence: str) -> Objection:
    return Objection(id, sentence, blocking=True)


# Families.


def _source_of(intent: OfPort) -> Source | None:
    """The one source without which the intent wishes nothing."""
    return intent.source if isinstance(intent, Allow | Block) else None


def _limits(stage: Stage, intent: OfPort) -> tuple[Family | None, Family | None]:
    """The family its source and the one its port's address limit an intent to."""
    source, port = _source_of(intent), port_of(intent)
    return (
        set_family(stage.world, source) if source is not None else None,
        port.family if port is not None else None,
    )


def _about(stage: Stage, intent: OfPort, families: Sequence[Family]) -> tuple[Family, ...]:
    """The families in which there is anything to wish."""
    limits = _limits(stage, intent)
    return tuple(f for f in families if all(limit in (f, None) for limit in limits))


def _apart(stage: Stage, intent: OfPort, families: Sequence[Family]) -> Objection | None:
    """Source, port and the families asked for, where they have no family in common."""
    of_source, of_port = _limits(stage, intent)
    if of_source is not None and of_port is not None and of_source is not of_port:
        name = of_port.label
        return _refused(
            "two-families",
            f"{_source_of(intent)} is an {of_source.label} source, and {port_of(intent)} "
            f"is reached by {name} only: name an {name} source, or the port without an address.",
        )
    for limit in (of_source, of_port):
        if limit is not None and limit not in families:
            return _refused("other-family", f"{_limited(stage, intent)}, and {_asked(families)}.")
    return None


def _limited(stage: Stage, intent: OfPort) -> str:
    """What limits an intent to one family, in words; empty where nothing does."""
    (of_source, of_port), port = _limits(stage, intent), port_of(intent)
    if of_source is not None:
        return f"{_source_of(intent)} is an {of_source.label} source"
    if port is not None and of_port is not None:
        means = "stands for every" if port.is_anywhere else "is an"
        return f"{port.address} {means} {of_port.label} address"
    return ""


def _asked(families: Sequence[Family]) -> str:
    return f"only {' and '.join(each.label for each in families)} is planned for"


def _elsewhere(stage: Stage, intent: OfPort, port: PortRef, published: Family) -> Objection:
    """A port of the other family than all that is wished."""
    limited = _limited(stage, intent)
    why = limited or _asked([family for family in Family if family is not published])
    bare = port._replace(address=None)
    said = f"{bare} is published over {published.label} only, and {why}."
    return _refused("no-port" if limited else "other-family", said)


# Addresses.


def _is_of_host(stage: Stage, address: str) -> bool:
    """Whether packets for an address may be for this host, as far as it is known."""
    if stage.world.snapshot.addresses is None:
        return True
    numbers = AddressSet.parse(address)
    side = stage.world.sides[numbers.family]
    local = (
        AddressSet(numbers.family, hop.numbers)
        for hops in side.fib.tables.values()
        for hop in hops
        if hop.way.type == "local"
    )
    return (
        any(numbers & each for each in (AddressSet(numbers.family, side.own), *local))
        or _is_loopback(numbers)
        or any(
            address == exposure.offer.host_ip
            or any(address in reach.to for reach in exposure.reach)
            for exposure in stage.exposures
        )
    )


def _is_loopback(numbers: AddressSet) -> bool:
    return bool(numbers & AddressSet.of(numbers.family, ("127.0.0.0/8", "::1")))


def _no_address(stage: Stage, address: str) -> str:
    """That the host lacks an address, with those of its family that it has."""
    family = Family.IPV6 if ":" in address else Family.IPV4
    said = f"This host has no address {address}"
    names = list(dict.fromkeys(_addresses(stage, family)))
    if not names:
        return f"{said}, and no other {family.label} address that others reach."
    shown = ", ".join(names[:MOST_NAMED])
    more = len(names) - MOST_NAMED
    return f"{said}: it has {shown}{f' and {more} more' if more > 0 else ''}."


def _addresses(stage: Stage, family: Family) -> Iterator[str]:
    """The host's addresses that others name: neither loopback nor link-local."""
    near = ("127.0.0.0/8", "169.254.0.0/16") if family is Family.IPV4 else ("::1", "fe80::/10")
    left_out = AddressSet.of(family, near)
    for each in stage.world.snapshot.addresses or ():
        if each.family is family and each.address not in left_out:
            yield each.address


# Interfaces.


def why_nothing(stage: Stage, intent: OfPort, families: Sequence[Family]) -> Objection:
    """Why no family has anything to plan, though all that is named is there."""
    about = _about(stage, intent, families)
    return _refused("no-way", _why_nothing(stage, intent, about))


def _why_nothing(stage: Stage, intent: OfPort, about: Sequence[Family]) -> str:
    names = " and ".join(each.label for each in about)
    if not any(named_exposures(stage, family, port_of(intent)) for family in about):
        return f"No container of this host is reached by {names}, so there is nothing to plan."
    if not any(stage.outside(family) for family in about):
        return f"No interface of this host leads outside by {names}, so there is nothing to plan."
    if isinstance(intent, Allow) and (said := _behind_bridge(stage, intent.source, about)):
        return said
    if not any(user_chains(stage.world, family) for family in about):
        return f"There is no DOCKER-USER in the {names} rules, so nothing can be planned there."
    if isinstance(intent, CloseToInternet | LanOnly):
        return (
            f"No interface of this host has a default route of {names}, so none is known to lead "
            "to the Internet; `only SOURCE to PORT` shuts every interface."
        )
    return (
        f"No route of this host leads outside to {_source_of(intent)}, so connections from there "
        "are not expected at any interface, and there is nothing to let in."
    )


def _behind_bridge(stage: Stage, source: Source, about: Sequence[Family]) -> str:
    """That a source is containers' own network; empty where it is not."""
    for family in about:
        numbers = addresses_of(stage.world, family, source)
        for each in stage.interfaces[family]:
            if each.behind is Behind.CONTAINERS and numbers & specific(
                stage.world, family, each.name
            ):
                return (
                    f"{source} is behind {each.name}, a bridge of Docker's, and plans are for "
                    "connections from outside: to let its containers reach others, attach both "
                    "to one Docker network, or insert a rule by hand."
                )
    return ""
