"""Rules typed in other ways than they are printed are found again, and taken out."""

from __future__ import annotations

import pytest
from tests.applying.machine import Machine
from tests.applying.test_apply import V4, V6

from dockerwall.model.kinds import Family

pytestmark = pytest.mark.kernel

TYPED = (
    (V4, "-s 0.0.0.0/0 -i eth9 -j RETURN"),
    (V6, "-s ::/0 -j DROP"),
    (V4, "-s 10.1.2.3/255.0.0.0 -j DROP"),
    (V4, "-p 6 --dport http -j DROP"),
    (V4, "-p tcp --dport 80:80 -j REJECT"),
    (V4, "-p tcp -m conntrack --ctorigdst 203.0.113.1/32 --ctorigdstport 80:80 -j DROP"),
    (V4, "-p icmp --icmp-type echo-request -j DROP"),
    (V6, "-s 2001:DB8:0::/32 -j DROP"),
)


@pytest.mark.parametrize(("family", "rule"), TYPED, ids=[rule for _, rule in TYPED])
def test_it_is_made_and_taken_back(nft_machine: Machine, family: Family, rule: str) -> None:
    before = nft_machine.chains()
    done = nft_machine.apply(nft_machine.plan((family, True, 1, rule)))
    assert done.returncode == 0, done.stdout
    assert len(nft_machine.rules(family)) == len(before[family]) + 1
    assert nft_machine.run("undo").returncode == 0
    assert nft_machine.chains() == before


def test_what_comes_to_several_rules_is_refused(nft_machine: Machine) -> None:
    before = nft_machine.chains()
    rule = "-s 192.0.2.1 -d 198.51.100.7,198.51.100.8 -j DROP"
    refused = nft_machine.apply(nft_machine.plan((V4, True, 1, rule)))
    assert refused.returncode == 4
    assert "2 rules" in refused.stdout
    assert nft_machine.chains() == before


def test_without_a_namespace_to_try_it_in(nft_machine: Machine) -> None:
    """It comes out otherwise than was predicted, and goes back as it came out."""
    before = nft_machine.chains()
    bare = "mkdir -p /tmp/bare && printf '#!/bin/sh\\nexit 1\\n' >/tmp/bare/unshare"
    nft_machine.enclosure.script(f"{bare} && chmod 755 /tmp/bare/unshare")
    nft_machine.environment["PATH"] = f"/tmp/bare:{nft_machine.environment['PATH']}"
    failed = nft_machine.apply(nft_machine.plan((V4, True, 1, "-p tcp --dport 80 -j REJECT")))
    assert failed.returncode == 5, failed.stdout
    assert "did not become what was predicted" in failed.stdout
    assert nft_machine.chains() == before
    assert nft_machine.events()[-1] == "taken back"
