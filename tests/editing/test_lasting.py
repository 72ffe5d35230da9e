"""Own rules in files of others: put in beside what is there, and taken out again to the byte."""

from __future__ import annotations

import pytest

from dockerwall.analysis.boot.firewalld import directs
from dockerwall.analysis.boot.own import JUMP, Lasting, Line, Own, lasting
from dockerwall.editing.lasting.direct_rules import with_own as with_direct
from dockerwall.editing.lasting.direct_rules import without_own as without_direct
from dockerwall.editing.lasting.own_files import rules_of, rules_text
from dockerwall.editing.lasting.planning import persist, unpersist
from dockerwall.editing.lasting.record import Written, without
from dockerwall.editing.lasting.save_file import chain_rules, with_own
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.grammar.save import parse_save
from dockerwall.model.boot import (
    DOCKER_UNITS,
    FIREWALLD,
    FIREWALLD_DIRECT,
    FIREWALLD_LINKS,
    RECORD,
    RULES,
    UNIT,
    WATCH,
    Boot,
)
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import HostInfo, Snapshot

ALLOW = "-A DOCKER-USER -s 203.0.113.0/24 -j RETURN"
DROP = '-A DOCKER-USER -i eth0 -m comment --comment "it\'s \\"mine\\" & <mine>" -j DROP'
OWN = Own(
    Variant.NFT,
    {
        "DOCKER-USER": (Line(ALLOW, True), Line(DROP, True)),
        "FORWARD": (Line(JUMP, True),),
        "INPUT": (
            Line("-A INPUT -i lo -j ACCEPT", False),
            Line("-A INPUT -s 192.0.2.1 -j DROP", True),
        ),
    },
)
BOTH = Lasting({Family.IPV4: OWN}, ())
SAVED = [
    "*filter\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n",
    "*nat\n:PREROUTING ACCEPT [0:0]\nCOMMIT\n",
    "",
    "*filter\nCOMMIT",
    "*filter\n:DOCKER-USER - [3:4]\n[7:8] -A DOCKER-USER -s 203.0.113.0/24 -j RETURN\nCOMMIT\n",
    f"*filter\n:DOCKER-USER - [0:0]\n{DROP}\n{ALLOW}\n-A DOCKER-USER -j RETURN\nCOMMIT\n",
]


@pytest.mark.parametrize("text", SAVED)
def test_a_saved_file_holds_the_own_rules_and_can_be_restored(text: str) -> None:
    after = with_own(text, OWN)
    assert [rule for rule in chain_rules(after, "DOCKER-USER") if rule[-9:] != "-j RETURN"] == [
        DROP
    ]
    assert chain_rules(after, "DOCKER-USER")[:2] == (ALLOW, DROP)
    assert JUMP not in after  # Docker makes it
    assert with_own(after, OWN) == after
    assert without(after, Written(text, after)) == text
    assert without(text, Written(text, after)) == text
    if ":INPUT" in text:
        parse_save(after, Variant.NFT, Family.IPV4)
        assert chain_rules(after, "INPUT")[0] == "-A INPUT -i lo -j ACCEPT"


def test_counters_in_a_saved_file_stay() -> None:
    assert f"[7:8] {ALLOW}" in with_own(SAVED[4], OWN)


DIRECT = """\
<?xml version="1.0" encoding="utf-8"?>
<direct>
  <chain ipv="ipv4" table="filter" chain="DOCKER-USER"/>
  <rule priority="3" ipv="ipv4" table="filter" chain="DOCKER-USER">-s 203.0.113.0/24 -j RETURN\
</rule>
  <passthrough ipv="ipv4">-t mangle -N X</passthrough>
</direct>
"""


@pytest.mark.parametrize("text", [None, "<direct></direct>\n", DIRECT])
def test_direct_rules(text: str | None) -> None:
    after = with_direct(text, BOTH)
    found = [each for each in directs(after) if each.chain == "DOCKER-USER"]
    assert [each.words for each in found].count(()) == 1
    rules = sorted((each for each in found if each.words), key=lambda each: each.priority)
    assert [each.words[-1] for each in rules] == ["RETURN", "DROP"]
    assert rules[1].words[5] == 'it\'s "mine" & <mine>'
    assert without_direct(after, text, after) == text
    # firewalld writes the file anew whenever a direct rule is added, in words of its own.
    anew = after.replace(
        "</direct>", '<rule ipv="ipv4" table="nat" chain="X">-j Y</rule>\n</direct>'
    )
    rest = without_direct(anew.replace("  <rule", "\t<rule"), text, after)
    assert rest is not None
    assert "DROP" not in rest
    assert ('chain="X"' in rest, "mine" in rest) == (True, False)


def host(*rules: str, boot: Boot | None = None, sets: str = "") -> Snapshot:
    """A host whose DOCKER-USER holds these rules."""
    heads = "*filter\n:INPUT ACCEPT\n:FORWARD DROP\n:DOCKER-USER -\n:f2b-docker -\n"
    text = "\n".join([heads + JUMP, *rules, "COMMIT", ""])
    saved = parse_save(text, Variant.NFT, Family.IPV4)
    return Snapshot(
        HostInfo("", "", ""),
        {(Variant.NFT, Family.IPV4): saved},
        ipsets=parse_ipsets(sets),
        boot=boot or Boot(systemd=True),
    )


RETURN = "-A DOCKER-USER -j RETURN"


def test_dockers_return_is_not_own_unless_it_makes_something_dead() -> None:
    assert lasting(host(ALLOW, RETURN)).families[Family.IPV4].rules == (ALLOW,)
    dead = lasting(host(ALLOW, RETURN, DROP)).families[Family.IPV4]
    assert dead.rules == (ALLOW, RETURN, DROP)
    assert not lasting(host(RETURN))
    assert not lasting(host("-A DOCKER-USER -j f2b-docker"))


def test_own_files_say_what_is_own() -> None:
    own = lasting(host("-A DOCKER-USER -j f2b-docker", ALLOW)).families[Family.IPV4]
    text = rules_text(own)
    parse_save(text, Variant.NFT, Family.IPV4)
    assert rules_of(text) == (ALLOW, JUMP)
    assert "#= -A DOCKER-USER -j f2b-docker" in text


def test_sets_without_what_changes_by_itself() -> None:
    sets = (
        "create a hash:ip family inet hashsize 4096 maxelem 9 timeout 0 counters initval 0x1\n"
        "add a 192.0.2.1 timeout 0 packets 3 bytes 4\nadd a 192.0.2.2 timeout 9 packets 0 bytes 0\n"
        "create unasked hash:ip\n"
    )
    kept = lasting(host("-A DOCKER-USER -m set --match-set a src -j DROP", sets=sets))
    assert [(each.name, each.entries) for each in kept.sets] == [("a", ("192.0.2.1 timeout 0",))]
    assert [name for name, _ in kept.sets[0].options] == [
        "family",
        "maxelem",
        "timeout",
        "counters",
    ]
    unread = lasting(host("-A DOCKER-USER -m set --match-set b src -j DROP"))
    assert unread.missing == ("b",)


def test_a_host_whose_docker_is_not_started_by_docker_service() -> None:
    planned = persist(host(ALLOW), BOTH, "script\n", early=False)
    assert any("knows no docker.service" in sentence for sentence in planned.warnings)
    boot = Boot(systemd=True, present=frozenset(DOCKER_UNITS[-1:]))
    assert not persist(host(ALLOW, boot=boot), BOTH, "script\n", early=False).warnings


@pytest.mark.parametrize("firewalld", [True, False])
def test_the_unit_is_not_part_of_services_that_end_each_other(firewalld: bool) -> None:
    on = frozenset((FIREWALLD, *FIREWALLD_LINKS)) if firewalld else frozenset()
    planned = persist(host(ALLOW, boot=Boot(systemd=True, present=on)), BOTH, "", early=False)
    text = next(change.after for change in planned.changes if change.path == UNIT)
    assert text is not None
    part = next(line for line in text.splitlines() if line.startswith("PartOf="))
    assert ("firewalld.service" in part) is firewalld
    assert ("iptables.service" in part) is not firewalld


def test_a_plan_and_its_undoing() -> None:
    files = {"/etc/iptables/rules.v4": SAVED[0]}
    on = frozenset((FIREWALLD, *FIREWALLD_LINKS))
    before = Boot(systemd=True, files=files, present=on)
    planned = persist(host(ALLOW, DROP, boot=before), BOTH, "script\n", early=True)
    written = {change.path: change.after for change in planned.changes}
    assert {RULES[Family.IPV4], UNIT, WATCH, RECORD, FIREWALLD_DIRECT} <= written.keys()
    assert all(change.before == files.get(change.path) for change in planned.changes)
    after = Boot(
        systemd=True,
        files={**files, **{p: t for p, t in written.items() if t is not None and "wants" not in p}},
        present=on | {p for p in written if "wants" in p},
    )
    assert not persist(host(ALLOW, DROP, boot=after), BOTH, "script\n", early=True)
    undone = {change.path: change.after for change in unpersist(after).changes}
    assert undone.keys() == written.keys()
    assert {path: text for path, text in undone.items() if text is not None} == files
    # Without any rule of its own, a host keeps nothing.
    assert unpersist(after) == persist(host(RETURN, boot=after), Lasting({}, ()), "", early=False)
