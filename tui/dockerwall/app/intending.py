"""Declaring an exposure intended: from which sources it may be reached."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dockerwall.model.addresses import AddressSet
from dockerwall.model.settings import Expectation

if TYPE_CHECKING:
    from dockerwall.present.exposures import Row

ANYBODY = "anybody"


class BadSourceError(ValueError):
    """A source that is no network: one sentence."""


def sources_of(row: Row) -> str:
    """The sources to begin with: who gets in from the Internet now, where they are few."""
    for group in row.groups:
        if str(group.who) == "Internet" and group.accept and "any" not in group.accept:
            words = group.accept.split(", ")
            if all(_is_network(word) for word in words):
                return " ".join(words)
    return ANYBODY


def intended(row: Row, text: str) -> Expectation:
    """What is declared of a row with these sources; BadSourceError names one that is none."""
    offer = row.offer
    port = offer.container_port if offer.host_port is None else offer.host_port
    sources = [word for word in re.split(r"[\s,]+", text) if word]
    if sources in ([], [ANYBODY]):
        sources = []
    for source in sources:
        if not _is_network(source):
            raise BadSourceError(f"{source} is no network: type CIDRs, or {ANYBODY}")
    return Expectation(offer.protocol, port or 0, tuple(sources), offer.container)


def _is_network(text: str) -> bool:
    try:
        AddressSet.parse(text)
    except ValueError:
        return False
    return True
