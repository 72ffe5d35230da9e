"""Members of ipsets: the kernel stores what the plan says, and undoing takes out just that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pytest
from tests.applying.machine import Machine

from dockerwall.editing.setchange import SetChange
from dockerwall.editing.setmembers import NoMemberError, members
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.model.ipsets import IpSet

pytestmark = pytest.mark.kernel

TYPED = {
    "hash:ip family inet": (
        "192.0.2.9",
        "192.0.2.9/32",
        "198.51.100.0/30",
        "192.0.2.9/24",
        "203.0.113.8-203.0.113.11",
        "203.0.113.11-203.0.113.8",
    ),
    "hash:ip family inet netmask 24": ("192.0.2.9", "192.0.2.7-192.0.4.3", "192.0.2.9/30"),
    "hash:ip family inet6": ("2001:DB8:0::1", "2001:db8:0:1:0:1:1:1", "::1"),
    "hash:ip family inet6 netmask 64": ("2001:db8::5",),
    "hash:net family inet": (
        "192.0.2.9",
        "192.0.2.9/24",
        "192.0.2.0-192.0.2.7",
        "192.0.2.1-192.0.2.7",
        "255.255.255.250-255.255.255.255",
        "0.0.0.0/1",
    ),
    "hash:net family inet6": ("2001:db8::5/64", "2001:db8::5"),
    "hash:ip,port family inet": (
        "1.2.3.4,80",
        "1.2.3.4,UDP:53",
        "1.2.3.4,6:53",
        "1.2.3.4,sctp:53",
        "1.2.3.4/31,80-81",
        "1.2.3.4,tcp:82-80",
    ),
    "hash:ip,port family inet6": ("[2001:db8::1],80", "2001:db8::1,udplite:80"),
    "hash:net,port family inet": ("1.2.3.4/24,80", "1.2.3.0-1.2.3.6,80"),
    "hash:ip,port,ip family inet": ("1.2.3.4,80,5.6.7.8",),
    "hash:ip,port,net family inet": ("1.2.3.4,80,5.6.7.8/24",),
    "hash:net,iface family inet": ("1.2.3.4/24,eth0", "0.0.0.0/0,physdev:eth0"),
    "bitmap:ip range 192.0.2.0/24": ("192.0.2.4/30",),
    "bitmap:ip range 192.0.2.0/24 netmask 28": ("192.0.2.17",),
    "bitmap:port range 1-1000": ("80", "80-81", "udp:80"),
}
REFUSED = {
    "hash:ip family inet": ("0.0.0.0", "0.0.0.0/30", "192.0.2.1/0", "1.2.3.4/255.255.255.254"),
    "hash:ip family inet6": ("::", "192.0.2.1"),
    "hash:net family inet": ("0.0.0.0/0", "0.0.0.0-255.255.255.255"),
    "hash:ip,port family inet": ("1.2.3.4,70000", "0.0.0.0,80"),
}


def entries(machine: Machine, name: str) -> set[str]:
    """What a set holds."""
    saved = parse_ipsets(machine.enclosure.run(["ipset", "save"]))
    return {entry for each in saved if each.name == name for entry in each.entries}


def each_of(machine: Machine, typed: Mapping[str, Sequence[str]]) -> Iterator[tuple[IpSet, str]]:
    """A set as it is made, empty, for each entry that is typed for it."""
    run = machine.enclosure.run
    for made, listed in typed.items():
        for entry in listed:
            run(["ipset", "create", "some", *made.split(" ")])
            (there,) = parse_ipsets(run(["ipset", "save"]))
            yield there, entry
            run(["ipset", "destroy", "some"])


def test_the_kernel_stores_what_is_foretold(nft_machine: Machine) -> None:
    for there, entry in each_of(nft_machine, TYPED):
        nft_machine.enclosure.run(["ipset", "add", "some", entry])
        assert entries(nft_machine, "some") == set(members(entry, there)), (there, entry)


def test_what_the_kernel_refuses_is_refused(nft_machine: Machine) -> None:
    for there, entry in each_of(nft_machine, REFUSED):
        assert nft_machine.enclosure.attempt(["ipset", "add", "some", entry]).returncode != 0
        with pytest.raises(NoMemberError):
            members(entry, there)


@pytest.mark.parametrize(
    ("made", "entry"),
    [
        ("hash:ip", "198.51.100.0/30"),
        ("hash:ip", "203.0.113.8-203.0.113.11"),
        ("hash:ip", "192.0.2.9/24"),
        ("hash:net", "192.0.2.0-192.0.2.7"),
        ("hash:ip,port", "1.2.3.4,80"),
        ("hash:ip timeout 300", "198.51.100.0/30"),
    ],
)
def test_added_members_are_taken_out_again(nft_machine: Machine, made: str, entry: str) -> None:
    nft_machine.enclosure.run(["ipset", "create", "some", *made.split(" ")])
    added = nft_machine.run("set", "add", "some", entry, "--yes", "--json")
    assert added.returncode == 0, added.stdout + added.stderr
    assert entries(nft_machine, "some")
    undone = nft_machine.run("undo")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert entries(nft_machine, "some") == set()
    assert nft_machine.events()[-1] == "taken back"


def test_a_member_that_was_there_stays(nft_machine: Machine) -> None:
    nft_machine.enclosure.run(["ipset", "create", "some", "hash:ip"])
    nft_machine.enclosure.run(["ipset", "add", "some", "203.0.113.9"])
    added = nft_machine.run("set", "add", "some", "203.0.113.8/30", "--yes", "--json")
    assert added.returncode == 0, added.stdout + added.stderr
    assert len(entries(nft_machine, "some")) == 4
    nft_machine.run("keep")
    assert nft_machine.run("undo", "--yes").returncode == 0
    assert nft_machine.run("keep").returncode == 0
    assert entries(nft_machine, "some") == {"203.0.113.9"}


def test_a_member_with_options_is_deleted_and_put_back(nft_machine: Machine) -> None:
    nft_machine.enclosure.run(["ipset", "create", "some", "hash:net", "comment", "counters"])
    nft_machine.enclosure.run(["ipset", "add", "some", "192.0.2.0/24", "comment", "head office"])
    before = entries(nft_machine, "some")
    deleted = nft_machine.run("set", "del", "some", "192.0.2.0/24", "--yes", "--json")
    assert deleted.returncode == 0, deleted.stdout + deleted.stderr
    assert entries(nft_machine, "some") == set()
    assert nft_machine.run("undo").returncode == 0
    assert entries(nft_machine, "some") == before


def test_members_that_do_not_fit_are_not_left_by_half(nft_machine: Machine) -> None:
    """The third is one too many for the set: the two before it go again, and are told of."""
    nft_machine.enclosure.run(["ipset", "create", "some", "hash:ip", "maxelem", "2"])
    done = nft_machine.run("set", "add", "some", "198.51.100.0/30", "--yes", "--json")
    assert done.returncode == 5, done.stdout + done.stderr
    assert entries(nft_machine, "some") == set()
    assert nft_machine.events() == ["planned", "armed", "taken back"]
    assert "full" in json.dumps(nft_machine.journal()[-1])


def test_what_fails_at_once_changes_nothing(nft_machine: Machine) -> None:
    nft_machine.enclosure.run(["ipset", "create", "some", "hash:ip", "maxelem", "1"])
    nft_machine.enclosure.run(["ipset", "add", "some", "192.0.2.1"])
    done = nft_machine.run("set", "add", "some", "198.51.100.0/31", "--yes", "--json")
    assert done.returncode == 4, done.stdout + done.stderr
    assert nft_machine.events() == ["planned", "armed", "failed"]


def test_a_member_that_somebody_else_added_meanwhile_stays(nft_machine: Machine) -> None:
    """Right before it is made: it fails there, and only what came before it is taken out."""
    nft_machine.enclosure.run(["ipset", "create", "some", "hash:ip"])
    wanted = ("192.0.2.1", "192.0.2.2", "192.0.2.3")
    sets = tuple(SetChange("add", "some", each) for each in wanted)
    plan = replace(nft_machine.plan(), sets=sets)
    done = nft_machine.apply(plan, before_sets="ipset add some 192.0.2.2")
    assert done.returncode == 5, done.stdout + done.stderr
    assert entries(nft_machine, "some") == {"192.0.2.2"}
    assert nft_machine.events()[-1] == "taken back"
