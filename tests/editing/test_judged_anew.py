"""What a preview says of changes in any chain is what judging the edited host anew says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from tests.editing.test_midway import anew, told
from tests.present.recorded import snapshot_of

from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.findings import Finding
from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.editing.edited import chain_texts, cuts_of, edited_snapshot, ready_to_edit
from dockerwall.editing.foresight import preview
from dockerwall.editing.plan import ChainRef, Change, Plan
from dockerwall.editing.planner import Answer
from dockerwall.editing.preview import Preview
from dockerwall.editing.stage import Stage
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.kinds import Family, Variant

V4, V6 = Family.IPV4, Family.IPV6


def host_with(name: str, family: Family, **lines: list[str]) -> Judgement:
    """A recorded host with more lines at the beginning of some tables: chains, then rules."""
    snapshot = snapshot_of(name)
    text = format_save(snapshot.rules[Variant.NFT, family]).split("\n")
    for table, more in lines.items():
        if f"*{table}" not in text:
            text = [f"*{table}", ":PREROUTING ACCEPT [0:0]", "COMMIT", *text]
        head = text.index(f"*{table}") + 1
        rules = next(n for n in range(head, len(text)) if not text[n].startswith(":"))
        text[rules:rules] = [f"[0:0] {line}" for line in more if not line.startswith(":")]
        text[head:head] = [f"{line} - [0:0]" for line in more if line.startswith(":")]
    saved = parse_save("\n".join(text), Variant.NFT, family)
    return judge(replace(snapshot, rules={**snapshot.rules, (Variant.NFT, family): saved}))


def put_in(family: Family, *texts: str) -> list[Change]:
    """Each rule as the first of its chain."""
    return [Change(ChainRef(Variant.NFT, family, text.split()[1]), True, 1, text) for text in texts]


def taken_out(family: Family, text: str) -> list[Change]:
    """The first rule of a chain."""
    return [Change(ChainRef(Variant.NFT, family, text.split()[1]), False, 1, text)]


def previewed(host: Judgement, changes: list[Change]) -> Preview:
    """The preview of changes."""
    cuts = [cut for each in changes for cut in cuts_of([each.text], each.where.family)]
    stage = Stage.of(host, ready_to_edit(host.world, cuts))
    snapshot = host.world.snapshot
    before = {each.where: chain_texts(snapshot, each.where) or () for each in changes}
    return preview(host, Answer(Plan("", before, tuple(changes)), (), (), stage, False))


def accepted(exposure: Exposure) -> dict[tuple[str, str], object]:
    """Who gets in, by interface and address."""
    return {(r.iif, to): r.accept for r in exposure.reach for to in r.to if r.accept}


def identities(findings: tuple[Finding, ...]) -> Counter[tuple[object, ...]]:
    """Findings without the numbers of their rules."""
    return Counter((each.id, each.rule.text if each.rule else each.message) for each in findings)


def compare(host: Judgement, changes: list[Change]) -> Preview:
    """The preview, once it is known to be what a new judgement says."""
    found = previewed(host, changes)
    anew = judge(edited_snapshot(host.world.snapshot, changes))
    severities = {each.key: each.severity for each in host.exposures}
    severities.update({each.exposure.key: each.after for each in found.severities})
    changed = {(each.exposure.key, each.iif) for each in found.reaches}
    old = {each.key: accepted(each) for each in host.exposures}
    for new in anew.exposures:
        if new.key not in old:
            assert severities[new.key] is new.severity, new.key
            assert {each.exposure.key for each in found.reaches} >= {new.key}
        else:
            assert severities[new.key] is new.severity, new.key
            now = accepted(new)
            for place in old[new.key].keys() | now.keys():
                same = old[new.key].get(place) == now.get(place)
                assert same or (new.key, place[0]) in changed or place[0] == "lo", (new.key, place)
    had, has = identities(host.findings), identities(anew.findings)
    assert identities(found.gained) == has - had
    assert identities(found.lost) == had - has
    return found


def test_docker_proxy_asks_rules_of_the_other_family() -> None:
    """It takes connections over IPv6, and opens its own over IPv4: INPUT sees their answers."""
    host = host_with("docker-28", V4)
    found = compare(host, put_in(V4, "-A INPUT -s 172.30.0.0/24 -j DROP"))
    offers = [each.exposure.offer for each in found.reaches]
    assert {each.container for each in offers if each.family is V6} == {"web", "redis"}
    both = put_in(V4, "-A INPUT -s 172.30.0.0/24 -j DROP")
    compare(host, both + put_in(V6, "-A DOCKER-USER -i eth0 -j RETURN"))


@pytest.mark.parametrize(
    ("family", "rule"),
    [
        (V4, "-A OUTPUT -d 172.30.0.4/32 -j DROP"),
        (V4, "-A INPUT -i br-b04f4b2441af -j DROP"),
        (V4, "-A OUTPUT -p tcp -m conntrack --ctorigdstport 80 -j DROP"),
        (V6, "-A MINE -d 2001:db8::1/128 -i eth0 -p tcp -m tcp --dport 8080 -j DROP"),
    ],
)
def test_rules_that_forwarded_packets_do_not_meet(family: Family, rule: str) -> None:
    host = host_with("docker-28", family, filter=[":MINE", "-A INPUT -j MINE"])
    found = compare(host, put_in(family, rule))
    assert found.reaches or found.severities
    edited = judge(edited_snapshot(host.world.snapshot, put_in(family, rule)))
    compare(edited, taken_out(family, rule))


def test_a_state_that_packets_without_a_connection_have() -> None:
    """For those the rest of the match does not count (conntrack_mt)."""
    raw = ["-A PREROUTING -p tcp -m tcp --dport 8080 -j NOTRACK"]
    host = host_with("docker-28", V6, raw=raw)
    rule = (
        "-A INPUT -p tcp -m conntrack --ctstate UNTRACKED --ctorigdstport 1 --ctdir REPLY -j DROP"
    )
    assert compare(host, put_in(V6, rule)).reaches


@pytest.mark.parametrize(
    "match", ["-m tcp --sport 0:1023", "-m recent --rcheck --name k --rsource"]
)
def test_where_the_same_client_has_packets_of_two_kinds(match: str) -> None:
    """The one kind is kept out from now on, and of the other nothing was let in before."""
    host = host_with(
        "docker-28",
        V4,
        mangle=[f"-A PREROUTING -p tcp {match} -j MARK --set-xmark 0x1/0xffffffff"],
        filter=["-A FORWARD -m mark --mark 0x1 -j DOCKER-USER", "-A FORWARD -i eth0 -j DROP"],
    )
    taken = [Change(ChainRef(Variant.NFT, V4, "FORWARD"), False, 3, "-A FORWARD -j DOCKER-USER")]
    host = judge(edited_snapshot(host.world.snapshot, taken))
    host = judge(
        edited_snapshot(host.world.snapshot, put_in(V4, "-A DOCKER-USER -i eth0 -j ACCEPT"))
    )
    changes = put_in(V4, "-A DOCKER-USER -m mark --mark 0x1 -m conntrack --ctstate NEW -j DROP")
    stage = Stage.of(host)
    after = stage.after(changes)
    for pair in stage.pairs(stage.exposures):
        assert told(after.outcome(pair)) == told(anew(after, pair)), pair


def test_findings_on_rules_of_other_tables_do_not_come_again() -> None:
    host = host_with("ufw", V6)
    assert "input-rule-useless" in {each.id for each in host.findings}
    compare(host, put_in(V6, "-A DOCKER-USER -s 2001:db8:5::/48 -j RETURN"))


def test_dead_rules_of_input_do_not_die_again() -> None:
    host = host_with(
        "docker-28",
        V4,
        filter=[":MINE", "-A INPUT -j MINE", "-A INPUT -j RETURN", "-A INPUT -j DROP"],
    )
    compare(host, put_in(V4, "-A MINE -s 198.51.100.7/32 -j ACCEPT"))


def test_a_finding_is_about_the_worst_exposure_after_the_change() -> None:
    rule = "-A INPUT -s 2000::/3 -p tcp -m tcp --dport 6379 -j DROP"
    compare(host_with("docker-28", V6, filter=[rule]), taken_out(V6, rule))


def test_a_chain_that_is_called_once_more() -> None:
    lines = [
        ":MINE",
        ":OTHER",
        "-A INPUT -p udp -j MINE",
        "-A MINE -s 192.168.7.1/32 -p tcp -j DROP",
    ]
    host = host_with("docker-28", V4, filter=lines)
    compare(host, put_in(V4, "-A FORWARD -s 198.51.100.0/24 -p tcp -j MINE"))
    compare(host, put_in(V4, "-A FORWARD -s 192.168.7.0/24 -p tcp -j MINE"))
    compare(host, taken_out(V4, "-A INPUT -p udp -j MINE"))


@pytest.mark.parametrize(
    "rule", ["-A FORWARD -d 172.17.0.0/16 -j ACCEPT", "-A DOCKER-USER -p tcp -j ACCEPT"]
)
def test_undeclared_ports_that_open(rule: str) -> None:
    """Nothing is told of them as long as nobody outside gets there."""
    found = compare(host_with("docker-20", V4), put_in(V4, rule))
    assert any(each.exposure.offer.container_port is None for each in found.severities)


def test_a_rule_dies_when_what_sent_packets_to_it_goes() -> None:
    """A rule of FORWARD that only what DOCKER-USER returns can come to."""
    way = "-i eth0 -o eth9"
    host = host_with("docker-28", V4)
    host = judge(
        edited_snapshot(
            host.world.snapshot,
            [
                *put_in(V4, f"-A DOCKER-USER {way} -j DROP", f"-A DOCKER-USER {way} -j RETURN"),
                Change(
                    ChainRef(Variant.NFT, V4, "FORWARD"), True, 3, f"-A FORWARD {way} -j ACCEPT"
                ),
            ],
        )
    )
    assert "unreachable-rule" not in {each.id for each in host.findings}
    found = compare(host, taken_out(V4, f"-A DOCKER-USER {way} -j RETURN"))
    assert "unreachable-rule" in {each.id for each in found.gained}


def test_a_rule_on_the_port_that_stands_for_the_others_says_nothing_of_them() -> None:
    """Undeclared ports that are open stay open, one of them apart."""
    host = host_with("docker-20", V4)
    opening = put_in(V4, "-A DOCKER-USER -d 172.17.0.0/16 -j ACCEPT")
    host = judge(edited_snapshot(host.world.snapshot, opening))
    match = "-A DOCKER-USER -p tcp -m tcp"
    assert not compare(host, put_in(V4, f"{match} --dport 65535 -j DROP")).severities
    assert compare(host, put_in(V4, f"{match} --dport 1024:65535 -j DROP")).severities


def test_findings_name_the_same_interface_as_before() -> None:
    """The first by which somebody gets in, also where the change is felt on that one alone."""
    rule = "-A DOCKER-USER -s 198.51.100.0/24 -i eth0 -j DROP"
    host = host_with("docker-26", V4)
    (first, *_) = chain_texts(host.world.snapshot, put_in(V4, rule)[0].where) or ("",)
    host = judge(edited_snapshot(host.world.snapshot, taken_out(V4, first)))
    assert "unpublished-port-reachable" in {each.id for each in host.findings}
    assert compare(host, put_in(V4, rule)).reaches
