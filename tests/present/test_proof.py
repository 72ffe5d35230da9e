"""The proof of a verdict, in words."""

from __future__ import annotations

from tests.present.recorded import world_of

from dockerwall.analysis.trace import Probe, make_probe, trace
from dockerwall.present.proof import (
    deciding,
    place_of,
    probe_sentence,
    proof_lines,
    verdict_sentence,
)

HOST = "docker-28"


def probe(src: str, dport: int, iif: str = "eth0", dst: str = "203.0.113.1") -> Probe:
    return make_probe(iif, src, dst, 6, None, dport)


def test_a_port_that_is_open() -> None:
    asked = probe("198.51.100.7", 8080)
    found = trace(world_of(HOST), asked)
    assert probe_sentence(asked) == (
        "A new TCP connection from 198.51.100.7 to 203.0.113.1 port 8080, arriving on eth0"
    )
    assert verdict_sentence(found).startswith("OPEN: container web gets it at ")
    assert deciding(found) is None


def test_a_port_that_a_rule_closes() -> None:
    found = trace(world_of(HOST), probe("198.51.100.7", 6379))
    hit = deciding(found)
    assert hit is not None
    place, number = place_of(hit)
    assert (place.table, place.chain, hit.action) == ("filter", "DOCKER-USER", "DROP")
    assert verdict_sentence(found) == f"CLOSED: filter DOCKER-USER rule {number} drops it."
    lines = list(proof_lines(found, probe("198.51.100.7", 6379)))
    (marked,) = [line for line in lines if line.startswith(">")]
    assert "DROP" in marked
    assert all(line.isprintable() for line in lines if line)


def test_a_port_on_which_nobody_listens() -> None:
    found = trace(world_of(HOST), probe("198.51.100.7", 9999))
    assert verdict_sentence(found) == "REFUSED: no process listens on this port."


def test_hooks_stand_in_the_packets_order() -> None:
    asked = probe("198.51.100.7", 8080)
    lines = list(proof_lines(trace(world_of(HOST), asked), asked))
    order = [line.strip() for line in lines if line.startswith("  ") and line.strip().isupper()]
    assert order[:3] == ["PREROUTING", "FORWARD", "POSTROUTING"]
