"""A host that nobody holds any more is freed at once: the screen never waits for the collector."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import pytest
from tests.app.hosts import recorded

from dockerwall.analysis.judgement import Judgement
from dockerwall.analysis.trace import trace
from dockerwall.app.questions import probe_for
from dockerwall.changes import Wish
from dockerwall.planning import planned
from dockerwall.present.exposures import rows
from dockerwall.session import Session


def listed(judgement: Judgement) -> object:
    """The rows of the screen, and the proof of the first of them."""
    found = rows(judgement.world, judgement.exposures, judgement.expected)
    probe = probe_for(judgement.world, found[0])
    assert probe is not None
    return found, trace(judgement.world, probe)


def wished(*words: str) -> Callable[[Judgement], object]:
    """The preview of a wish."""
    return lambda judgement: planned(judgement, Wish(words), None, live=False)


@pytest.mark.parametrize(
    "use",
    [
        listed,
        wished("close", "8080/tcp"),
        wished("only", "203.0.113.9", "to", "8080/tcp"),
        wished("block", "198.51.100.7"),
        wished("lan-only"),
        wished("insert", "DOCKER-USER", "1", "-j LOG"),
    ],
)
def test_what_was_made_of_a_host_does_not_hold_it(use: Callable[[Judgement], object]) -> None:
    def made() -> weakref.ref[object]:
        session = Session(recorded("docker-28"))
        judgement = session.judge(session.read())
        assert use(judgement)
        return weakref.ref(judgement.world)

    made()  # what is imported for it lives on
    gc.collect()
    gc.disable()
    try:
        assert made()() is None
    finally:
        gc.enable()
