"""Recipes people follow: each by one intent, with the outcome that the recipe means; and as they
are printed, typed by hand in that order, with what is wrong with them said.
"""

from __future__ import annotations

import pytest
from tests.editing.judged import audited, judged, let_in, planned
from tests.editing.typing import V4, Typed, cleared

from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family

HOSTS = {"docker-20": ("-j RETURN",), "docker-28": ()}
"""Recorded hosts, and how Docker leaves DOCKER-USER there."""
ESTABLISHED = "-m state --state ESTABLISHED,RELATED -j ACCEPT"
ORIGINAL = "-m conntrack --ctorigdstport 8080 --ctdir ORIGINAL"


def bare(host: str) -> Typed:
    """A host without rules of anybody's."""
    return Typed(cleared(host, *HOSTS[host]))


def who(typed: Typed, port: int = 8080, iif: str = "eth0") -> AddressSet:
    """Who gets in to a port."""
    return let_in(typed.exposures, port, iif)


def only(*texts: str) -> AddressSet:
    """Exactly these addresses."""
    return AddressSet.of(V4, texts)


@pytest.fixture(params=HOSTS)
def typed(request: pytest.FixtureRequest) -> Typed:
    """Each of the hosts."""
    return bare(request.param)


@pytest.fixture
def everybody(typed: Typed) -> AddressSet:
    """Who gets in to 8080 where nothing is closed."""
    return who(typed)


class TestAsIntents:
    """What each recipe is for, made by an intent."""

    def test_only_the_lan_and_one_port_for_all(self, typed: Typed, everybody: AddressSet) -> None:
        typed.type("lan-only", "allow 0.0.0.0/0 to 8080")
        assert who(typed) == everybody
        assert not who(typed, 6379) - typed.host.world.lan[V4]
        assert who(typed, 6379, "eth1")
        assert not {"egress-cut", "drop-after-return", "spoofable-allow"} & typed.said

    def test_only_one_address(self, typed: Typed) -> None:
        typed.type("only 8.8.8.8 to all")
        for port in (8080, 6379):
            assert who(typed, port) == only("8.8.8.8")
        assert "egress-cut" not in typed.said | typed.findings

    def test_only_two_addresses(self, typed: Typed) -> None:
        typed.type("only 198.51.100.7,198.51.100.9 to all")
        assert who(typed) == only("198.51.100.7", "198.51.100.9")

    def test_only_one_address_to_one_port(self, typed: Typed) -> None:
        redis = who(typed, 6379)
        typed.type("only 192.168.7.77 to 8080")
        assert not who(typed)
        assert who(typed, 8080, "eth1") == only("192.168.7.77")
        assert who(typed, 6379) == redis

    def test_a_network_and_a_range(self, typed: Typed) -> None:
        for source in ("192.0.2.0/24", "192.0.2.1-192.0.2.3"):
            again = Typed(typed.host).type(f"only {source} to all")
            assert who(again) == only(source)

    def test_everybody_to_one_port_and_some_to_the_rest(
        self, typed: Typed, everybody: AddressSet
    ) -> None:
        typed.type("only 198.51.100.7 to all", "allow 0.0.0.0/0 to 8080")
        assert who(typed) == everybody
        assert who(typed, 6379) == only("198.51.100.7")

    def test_an_address_of_the_host_and_its_port(self, typed: Typed) -> None:
        typed.type("only 198.51.100.7 to all", "allow 0.0.0.0/0 to 203.0.113.1:8080")
        open_at = {
            to
            for exposure in typed.exposures
            if (exposure.offer.host_port, exposure.offer.family) == (8080, V4)
            for reach in exposure.reach
            if reach.iif == "eth0" and "203.0.113.99" in reach.accept
            for to in reach.to
        }
        assert open_at == {"203.0.113.1"}

    def test_forwarding_between_interfaces(self, typed: Typed) -> None:
        typed.type("forward eth0 to eth1")
        assert "no-interface" not in typed.said
        assert who(typed) == who(bare("docker-20")) or who(typed) == who(bare("docker-28"))

    def test_a_set_of_friends(self) -> None:
        answer = planned("ipsets", "use-set friends for all", only=V4)
        friends = only("203.0.113.9", "192.0.2.44")
        for port in (8080, 6379):
            assert not let_in(audited(answer), port, "eth0") - friends
        assert planned("ipsets", "set add friends 198.51.100.200").plan.sets
        assert planned("ipsets", "set del friends 203.0.113.9").plan.sets
        made = planned("docker-28", "use-set ipfriends for all create", only=V4)
        assert made.plan.sets[0].line == "create ipfriends hash:net family inet"
        assert judged("ipsets").exposures

    def test_rules_are_taken_out_again(self, typed: Typed) -> None:
        """What one recipe does with -D, by the rule's number."""
        before = typed.count("DOCKER-USER")
        typed.type("block 198.51.100.7", "delete DOCKER-USER 1")
        assert typed.count("DOCKER-USER") == before

    def test_both_families_of_a_host_with_two_addresses(self) -> None:
        """An address of the host may be closed and another one left open, for IPv6 as well."""
        answer = planned("ipv6", "only 2001:db8::9 to [2001:db8::1]:8080", only=Family.IPV6)
        assert answer.plan or answer.done
        before, after = judged("ipv6").exposures, audited(answer)
        assert let_in(after, 6379, "eth0", Family.IPV6) == let_in(before, 6379, "eth0", Family.IPV6)


class TestAsPrinted:
    """The rules themselves, in the order printed."""

    DROP_AND_RETURN = (
        "-A DOCKER-USER -j DROP",
        "-I DOCKER-USER -s 172.30.0.0/24 -j RETURN",
        "-I DOCKER-USER -s 192.168.7.0/24 -j RETURN",
        "-I DOCKER-USER -p tcp --dport 80 -j RETURN",
    )

    def test_a_drop_appended_below_dockers_return_does_nothing(self) -> None:
        typed = bare("docker-20")
        before = typed.host
        typed.type(*self.DROP_AND_RETURN)
        assert "drop-after-return" in typed.said
        assert "drop-after-return" in typed.findings
        assert not any(shown.reaches for shown in typed.seen[:1])
        for port in (8080, 6379, 8082):
            assert who(typed, port) == let_in(before.exposures, port, "eth0")

    def test_where_docker_leaves_no_return_it_works_and_cuts_egress(self) -> None:
        typed = bare("docker-28").type(*self.DROP_AND_RETURN)
        assert "drop-after-return" not in typed.said
        assert "egress-cut" in {each.id for each in typed.seen[0].objections}
        assert "egress-cut" in typed.findings
        assert "spoofable-allow" in typed.findings
        assert not who(typed, 6379) - only("192.168.7.0/24", "172.30.0.0/24")
        assert "203.0.113.99" in who(typed)  # port 80 of the container

    def test_the_hosts_port_in_place_of_the_containers(self, typed: Typed) -> None:
        typed.type("-A DOCKER-USER -j DROP", "-I DOCKER-USER -p tcp --dport 8080 -j RETURN")
        assert "host-port-dport" in typed.said
        assert "host-port-dport" in typed.finding_on("--dport 8080")

    def test_input_does_not_guard_containers(self, typed: Typed, everybody: AddressSet) -> None:
        typed.type("-A INPUT -i eth0 -p tcp -s 203.0.113.9 -j ACCEPT", "-A INPUT -i eth0 -j DROP")
        assert "input-rule-useless" in typed.said
        assert who(typed) == everybody

    def test_dockers_own_chain_is_not_written(self, typed: Typed) -> None:
        before = typed.host
        typed.type(
            "-I DOCKER -i eth0 ! -s 8.8.8.8 -j DROP",
            f"-I DOCKER -i eth0 {ESTABLISHED}",
            "-I DOCKER -i eth0 -m set ! --match-set my-ipset src -j DROP",
        )
        assert all(shown.blocked for shown in typed.seen)
        assert typed.said >= {"docker-chain"}
        assert typed.host is before

    def test_all_but_one_address_cuts_egress(self, typed: Typed) -> None:
        typed.type("-I DOCKER-USER -i eth0 ! -s 8.8.8.8 -j DROP")
        assert "egress-cut" in typed.said
        assert "egress-cut" in typed.finding_on("8.8.8.8")
        assert who(typed) == only("8.8.8.8")
        typed.type(f"-I DOCKER-USER -i eth0 {ESTABLISHED}")
        assert "egress-cut" not in typed.findings
        assert who(typed) == only("8.8.8.8")

    def test_a_made_up_interface_matches_nothing(self, typed: Typed, everybody: AddressSet) -> None:
        typed.type("-I DOCKER-USER -i ext_if ! -s 192.0.2.2 -j DROP")
        assert "stale-rule" in typed.said
        assert who(typed) == everybody

    def test_the_drop_inserted_above_the_allow_drops_everybody(self, typed: Typed) -> None:
        typed.type(
            f"-A DOCKER-USER -i eth0 -s 192.168.0.1 -p tcp {ORIGINAL} -j ACCEPT",
            f"-I DOCKER-USER -i eth0 -p tcp {ORIGINAL} -j DROP",
        )
        assert not who(typed)
        assert {"shadowed-rule", "unreachable-rule"} & typed.said
        assert {"shadowed-rule", "unreachable-rule"} & set(typed.finding_on("192.168.0.1"))
        assert "accept-for-return" in typed.said

    def test_answers_and_an_original_port(self, typed: Typed, everybody: AddressSet) -> None:
        typed.type(
            "-I DOCKER-USER -p tcp -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
            "-I DOCKER-USER -p tcp -m conntrack --ctorigdst 203.0.113.1 --ctorigdstport 8080 "
            "-j ACCEPT",
        )
        assert not everybody - who(typed)  # networks that Docker keeps apart get in as well
        assert "accept-for-return" in typed.findings

    def test_forwarding_is_accepted(self, typed: Typed) -> None:
        typed.type("-I DOCKER-USER -i eth0 -o eth1 -j ACCEPT")
        assert not typed.seen[0].blocked
        assert not typed.seen[0].reaches

    @pytest.mark.parametrize(
        ("rule", "left"),
        [
            ("! -s 192.0.2.2", "192.0.2.2"),
            ("! -s 192.0.2.0/24", "192.0.2.0/24"),
            ("-m iprange ! --src-range 192.0.2.1-192.0.2.3", "192.0.2.1-192.0.2.3"),
        ],
    )
    def test_negated_sources(self, typed: Typed, rule: str, left: str) -> None:
        typed.type(f"-I DOCKER-USER -i eth0 {rule} -j DROP")
        assert who(typed) == only(left)
        assert "egress-cut" in typed.said
        typed.type("-I DOCKER-USER -m state --state RELATED,ESTABLISHED -j ACCEPT")
        assert "egress-cut" not in typed.findings


class TestTheHostsOwnRules:
    """Close all ports but some: INPUT and OUTPUT, by hand."""

    RULES = (
        "-A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT",
        "-A OUTPUT -m conntrack --ctstate ESTABLISHED -j ACCEPT",
        "-A INPUT -p tcp --dport 22 -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT",
        "-A INPUT -p icmp --icmp-type echo-request -j ACCEPT",
        "-A INPUT -i lo -j ACCEPT",
        "-A OUTPUT -p tcp --dport 80 -m conntrack --ctstate NEW -j ACCEPT",
        "-A OUTPUT -p tcp --dport 443 -m conntrack --ctstate NEW -j ACCEPT",
        "-A OUTPUT -p udp --dport 53 -m conntrack --ctstate NEW -j ACCEPT",
    )
    CLOSED = ("-A INPUT -j DROP", "-A OUTPUT -j DROP")

    def test_they_leave_published_ports_open_and_that_is_said(
        self, typed: Typed, everybody: AddressSet
    ) -> None:
        typed.type(*self.RULES, *self.CLOSED)
        assert not any(shown.blocked for shown in typed.seen)
        assert "input-rule-useless" in typed.said
        assert who(typed) == everybody

    def test_what_docker_proxy_served_is_lost(self) -> None:
        """Its packets do pass INPUT."""
        typed = bare("docker-28")
        typed.type(*self.RULES, "-A INPUT -j DROP")
        had = let_in(typed.exposures, 6379, "eth0", Family.IPV6)
        assert had  # these rules are IPv4's
        six = planned("docker-28", "insert INPUT 1 -i eth0 -j DROP", only=Family.IPV6)
        assert not let_in(audited(six), 6379, "eth0", Family.IPV6)
