"""The bits of a chain's rules, moved where rules come or go, are those of the new chain."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockerwall.analysis.bits import Bits, bits_of
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Spec

RULES = (
    "-s 198.51.100.9/32 -j DROP",
    "-s 198.51.100.0/24 -i eth0 -j RETURN",
    "-d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT",
    "-p tcp -m conntrack --ctorigdstport 8080 --ctdir ORIGINAL -j DROP",
    "-p udp -m multiport --dports 53,123 -j ACCEPT",
    "-j DOCKER-FORWARD",
)
specs = st.lists(st.sampled_from([parse_spec(f"-A C {text}", Family.IPV4) for text in RULES]))


def shown(bits: Bits) -> object:
    """What they say; a value that nothing names any more says nothing."""
    return [{v: b for v, b in each.items() if b} for each in bits.exact], bits.named, bits.of_client


@given(specs, specs, specs, specs)
def test_moved_bits_are_those_of_the_new_chain(
    above: list[Spec], old: list[Spec], new: list[Spec], below: list[Spec]
) -> None:
    before = bits_of([*above, *old, *below])
    after = before.changed(len(above), len(above) + len(old), new)
    assert shown(after) == shown(bits_of([*above, *new, *below]))
