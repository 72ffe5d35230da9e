"""Which exposures are as the operator meant them to be.

An exposure is expected when everybody outside the LAN who may get in was meant to. What was meant
to be open and is not is a finding too: someone's service may be down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dockerwall.analysis.exposure import Exposure, Severity
from dockerwall.analysis.interfaces import Behind, plausible_sources
from dockerwall.analysis.world import World
from dockerwall.model.addresses import AddressSet
from dockerwall.model.settings import Expectation

OUTSIDE = (Severity.EXPOSED, Severity.ALLOWLISTED, Severity.UNKNOWN)
"""Severities of exposures that somebody outside the LAN gets into, or may."""


def expected(
    world: World, exposures: Iterable[Exposure], expectations: Iterable[Expectation]
) -> frozenset[tuple[object, ...]]:
    """The keys of the exposures that are as they were meant to be."""
    wanted = tuple(expectations)
    return frozenset(
        exposure.key
        for exposure in exposures
        if exposure.severity in OUTSIDE
        and any(_covers(world, each, exposure) for each in wanted if concerns(each, exposure))
    )


def unmet(
    exposures: Iterable[Exposure], expectations: Iterable[Expectation]
) -> Iterator[Expectation]:
    """Expectations of which nothing is reachable from outside any more."""
    listed = tuple(exposures)
    for each in expectations:
        fitting = [exposure for exposure in listed if concerns(each, exposure)]
        if not any(exposure.severity in OUTSIDE for exposure in fitting):
            yield each


def concerns(expectation: Expectation, exposure: Exposure) -> bool:
    """Whether it is this exposure's port that was meant."""
    offer = exposure.offer
    port = offer.container_port if offer.host_port is None else offer.host_port
    return (offer.protocol, port) == (
        expectation.protocol,
        expectation.port,
    ) and expectation.container in (None, offer.container)


def _covers(world: World, expectation: Expectation, exposure: Exposure) -> bool:
    """Whether everybody from outside the LAN who may get in was meant to."""
    if not expectation.sources:
        return True
    family = exposure.offer.family
    meant = AddressSet.of(family, expectation.sources) | world.lan[family]
    return all(
        not (((reach.accept | reach.unknown) & plausible_sources(world, family, reach.iif)) - meant)
        for reach in exposure.reach
        if reach.behind is Behind.INTERNET or reach.behind is Behind.LAN
    )
