"""Rules made to last on a machine: written, brought back as by a boot, undone to the byte."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.applying.booting import ENVIRONMENT, SHORT, forget, run_unit, systemd_machine
from tests.applying.machine import RULES, Machine, missing

from dockerwall.model.boot import EARLY, FOLDER, UNIT
from dockerwall.model.kinds import Family, Variant

pytestmark = pytest.mark.kernel
V4, V6 = Family.IPV4, Family.IPV6
LIVE = {V4: RULES[V4], V6: RULES[V6]}
RETURN = "-A DOCKER-USER -j RETURN"


@pytest.fixture(params=list(Variant), ids=str)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Machine]:
    """A machine that systemd seems to run on."""
    if reason := missing():
        pytest.skip(reason)
    with systemd_machine(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def nft_machine(tmp_path: Path) -> Iterator[Machine]:
    """The same, where the variant does not matter."""
    if reason := missing():
        pytest.skip(reason)
    with systemd_machine(tmp_path) as made:
        yield made


def tree(machine: Machine, *folders: str) -> str:
    """Every file below some folders: mode, owner, name and content."""
    names = " ".join(folders or ("/etc/dockerwall", "/etc/systemd", "/etc/iptables", "/etc/ufw"))
    return machine.enclosure.run(
        ["sh", "-c", f"find {names} -printf '%m %u:%g %y %p %l\\n' 2>/dev/null | sort;"
         f"find {names} -type f 2>/dev/null | sort | xargs -r sha256sum"]
    )  # fmt: skip


def persist(machine: Machine, *words: str) -> None:
    """Make what is live last."""
    done = machine.run("persist", "--yes", *words)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_boot_brings_them_back(machine: Machine) -> None:
    persist(machine)
    for docker in ((), ("-j RETURN",)):
        forget(machine, docker)
        assert run_unit(machine)[0] == 0
        expected = {f: (*LIVE[f], *(RETURN,) * len(docker)) for f in Family}
        assert machine.chains() == expected
        saved = machine.enclosure.run([f"/usr/sbin/iptables-{machine.variant}-save", "-c"])
        assert run_unit(machine) == (
            0,
            "".join(
                f"dockerwall-rules: {name}-{machine.variant}: rules are as saved\n"
                for name in ("iptables", "ip6tables")
            ),
        )
        again = machine.enclosure.run([f"/usr/sbin/iptables-{machine.variant}-save", "-c"])
        assert _rules(again) == _rules(saved)


def _rules(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_a_restart_of_docker_keeps_counters_and_what_others_put_there(machine: Machine) -> None:
    persist(machine)
    machine.edit(V4, "-I", "DOCKER-USER", "1", "-s", "192.0.2.77", "-j", "DROP")
    machine.edit(V4, "-D", "DOCKER-USER", "3")
    machine.edit(
        V4, "-R", "DOCKER-USER", "2", "-s", "192.0.2.0/24", "-j", "RETURN", "-c", "7", "420"
    )
    assert run_unit(machine)[0] == 0
    assert machine.rules(V4) == ("-A DOCKER-USER -s 192.0.2.77/32 -j DROP", *RULES[V4])
    saved = machine.enclosure.run([f"/usr/sbin/iptables-{machine.variant}-save", "-c"])
    assert f"[7:420] {RULES[V4][0]}" in saved.splitlines()


def test_docker_never_makes_its_chain(nft_machine: Machine) -> None:
    """The rules are there nevertheless, and FORWARD leads to them before anything Docker makes."""
    persist(nft_machine)
    forget(nft_machine, None)
    nft_machine.edit(V4, "-A", "FORWARD", "-o", "docker0", "-j", "ACCEPT")
    status, said = run_unit(nft_machine)
    assert (status, "made here" in said) == (0, True)
    assert nft_machine.chains() == LIVE
    forward = nft_machine.enclosure.run(["/usr/sbin/iptables-nft", "-S", "FORWARD"]).splitlines()
    assert forward[1:] == ["-A FORWARD -j DOCKER-USER", "-A FORWARD -o docker0 -j ACCEPT"]


def test_sets_come_before_the_rules_that_ask_them(nft_machine: Machine) -> None:
    run = nft_machine.enclosure.run
    run(["ipset", "create", "inner", "hash:net", "counters"])
    run(["ipset", "add", "inner", "203.0.113.0/24"])
    run(["ipset", "create", "outer", "list:set"])
    run(["ipset", "add", "outer", "inner"])
    run(["ipset", "create", "bans", "hash:ip", "timeout", "600"])
    run(["ipset", "add", "bans", "192.0.2.9"])
    for name in ("bans", "outer"):
        nft_machine.edit(V4, "-I", "DOCKER-USER", "1", "-m", "set", "--match-set", name, "src",
                         "-j", "RETURN")  # fmt: skip
    live = nft_machine.chains()
    persist(nft_machine)
    forget(nft_machine)
    assert run(["ipset", "list", "-n"]) == ""
    assert run_unit(nft_machine)[0] == 0
    assert nft_machine.chains() == live
    assert "203.0.113.0/24" in run(["ipset", "list", "inner"])
    assert "192.0.2.9" not in run(["ipset", "list", "bans"])  # it would have ended by then
    run(["ipset", "add", "inner", "198.51.100.0/24"])
    assert run_unit(nft_machine)[0] == 0
    assert "198.51.100.0/24" in run(["ipset", "list", "inner"])
    assert nft_machine.run("persist", "--status").returncode == 1


def test_without_ipv6_the_rest_comes_back(nft_machine: Machine) -> None:
    persist(nft_machine)
    forget(nft_machine)
    nft_machine.enclosure.run(["mount", "-t", "tmpfs", "tmpfs", "/proc/sys/net"])
    status, said = run_unit(nft_machine)
    assert (status, "IPv6 is off" in said) == (0, True)
    assert nft_machine.rules(V4) == RULES[V4]
    assert nft_machine.rules(V6) == ()


def test_a_held_lock_is_waited_for(tmp_path: Path) -> None:
    if reason := missing():
        pytest.skip(reason)
    with systemd_machine(tmp_path, Variant.LEGACY) as machine:
        persist(machine)
        forget(machine)
        holder = machine.enclosure.start(["flock", "/run/xtables.lock", "sleep", "3"])
        words = [*ENVIRONMENT, "/bin/sh", f"{FOLDER}/restore"]
        done = machine.enclosure.attempt(words)
        assert done.returncode == 0, done.stderr
        holder.wait()
        assert machine.chains() == LIVE


def test_what_cannot_be_restored_is_said_loudly(nft_machine: Machine) -> None:
    persist(nft_machine)
    forget(nft_machine)
    enclosure = nft_machine.enclosure
    enclosure.script(f"sed -i 's/-j DROP/-j NONSENSE/' {FOLDER}/rules.v4")
    status, said = run_unit(nft_machine)
    assert status == 1
    assert "NOTHING of them is restored" in said
    assert nft_machine.rules(V4) == ()  # all or nothing
    assert nft_machine.rules(V6) == RULES[V6]  # the other family comes back nevertheless


def test_early_rules_are_what_docker_finds(nft_machine: Machine) -> None:
    persist(nft_machine, "--early")
    forget(nft_machine, None)
    assert run_unit(nft_machine, EARLY)[0] == 0
    assert nft_machine.chains() == LIVE
    forward = nft_machine.enclosure.run(["/usr/sbin/ip6tables-nft", "-S", "FORWARD"])
    assert "-A FORWARD -j DOCKER-USER" in forward
    assert run_unit(nft_machine, EARLY)[1].count("as saved") == 2
    persist(nft_machine, "--no-early")
    assert nft_machine.enclosure.attempt(["ls", EARLY]).returncode != 0
    assert nft_machine.run("persist", "--status").returncode == 0


def test_a_rule_that_a_kept_change_put_into_input_comes_back_in_its_place(
    nft_machine: Machine,
) -> None:
    for words in (["-i", "lo", "-j", "ACCEPT"], ["-p", "udp", "-j", "DROP"]):
        nft_machine.edit(V4, "-A", "INPUT", *words)
    insert = ("insert", "INPUT", "2", "-s 203.0.113.9 -j DROP", "--family=ipv4")
    assert nft_machine.run(*insert, "--yes").returncode == 0
    refused = nft_machine.run("persist", "--yes")
    assert (refused.returncode, "still on trial" in refused.stderr) == (4, True)
    kept = nft_machine.run("keep")
    assert "dockerwall-tui persist" in kept.stderr
    persist(nft_machine)
    before = nft_machine.enclosure.run(["/usr/sbin/iptables-nft", "-S", "INPUT"])
    nft_machine.edit(V4, "-D", "INPUT", "2")
    assert run_unit(nft_machine)[0] == 0
    assert nft_machine.enclosure.run(["/usr/sbin/iptables-nft", "-S", "INPUT"]) == before


def test_chains_of_the_operators_own_come_back_and_those_of_programs_do_not(
    nft_machine: Machine,
) -> None:
    nft_machine.restore(
        V4,
        ["*filter", ":OFFICE - [0:0]", ":f2b-docker - [0:0]",
         "-A OFFICE -s 203.0.113.0/24 -j RETURN", "-A OFFICE -j DROP",
         "-A f2b-docker -s 192.0.2.1/32 -j REJECT --reject-with icmp-port-unreachable",
         "-I DOCKER-USER 1 -j f2b-docker", "-I DOCKER-USER 2 -i eth0 -j OFFICE", "COMMIT"],
    )  # fmt: skip
    persist(nft_machine)
    forget(nft_machine)
    assert run_unit(nft_machine)[0] == 0
    assert nft_machine.rules(V4) == ("-A DOCKER-USER -i eth0 -j OFFICE", *RULES[V4])
    office = nft_machine.enclosure.run(["/usr/sbin/iptables-nft", "-S", "OFFICE"])
    assert office.splitlines()[1:] == [
        "-A OFFICE -s 203.0.113.0/24 -j RETURN",
        "-A OFFICE -j DROP",
    ]
    assert "f2b" not in nft_machine.enclosure.run(["/usr/sbin/iptables-nft", "-S"])


def test_status_tells_live_from_saved(machine: Machine) -> None:
    first = machine.run("persist", "--status")
    assert first.returncode == 1
    assert f"+{RULES[V4][0]}" in first.stdout
    persist(machine)
    assert machine.run("persist", "--status").returncode == 0
    machine.edit(V6, "-D", "DOCKER-USER", "2")
    after = json.loads(machine.run("persist", "--status", "--json").stdout)
    assert after["differ"] is True
    assert [file["path"] for file in after["files"]] == [f"{FOLDER}/rules.v6"]
    assert after["places"][0]["name"] == "systemd"
    persist(machine)
    assert machine.run("persist", "--status").returncode == 0


def test_removal_leaves_everything_as_it_was(machine: Machine) -> None:
    before = tree(machine)
    dry = machine.run("persist", "--dry-run")
    assert (dry.returncode, tree(machine)) == (0, before)
    assert machine.run("persist", stdin="no\n").returncode == 1
    assert tree(machine) == before
    persist(machine, "--early")
    private = machine.enclosure.run(["find", FOLDER, "-perm", "/077"])
    assert private == ""
    assert machine.run("persist", "--remove", "--yes").returncode == 0
    assert tree(machine) == before
    assert machine.chains() == LIVE
    again = machine.run("persist", "--remove", "--yes")
    assert (again.returncode, tree(machine)) == (0, before)


def test_who_may_and_where(nft_machine: Machine) -> None:
    before = tree(nft_machine)
    assert nft_machine.run("persist", "--yes", "--read-only").returncode == 3
    assert nft_machine.run("persist", "--yes", "--demo").returncode == 2
    nft_machine.enclosure.run(["mkdir", "-m", "777", "/etc/dockerwall"])
    refused = nft_machine.run("persist", "--yes")
    assert (refused.returncode, "only root" in refused.stderr) == (4, True)
    nft_machine.enclosure.run(["rmdir", "/etc/dockerwall"])
    assert tree(nft_machine) == before


def test_a_full_disk_leaves_nothing_half(nft_machine: Machine) -> None:
    enclosure = nft_machine.enclosure
    enclosure.run(["mkdir", "-p", "/etc/systemd/system/docker.service.wants"])
    enclosure.run(["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs",
                   "/etc/systemd/system/docker.service.wants"])  # fmt: skip
    enclosure.run(["mount", "-o", "remount,ro", "/etc/systemd/system/docker.service.wants"])
    before = tree(nft_machine)
    refused = nft_machine.run("persist", "--yes")
    assert (refused.returncode, "cannot be written" in refused.stderr) == (4, True)
    assert tree(nft_machine) == before


def test_the_unit_is_run_as_systemd_would(nft_machine: Machine, tmp_path: Path) -> None:
    persist(nft_machine)
    words = (tmp_path / "systemctl-words").read_text().splitlines()
    assert words == ["daemon-reload", f"start {UNIT.rpartition('/')[2]}"]
    assert SHORT not in words


def test_systemd_finds_nothing_wrong_with_the_units(nft_machine: Machine) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    persist(nft_machine, "--early")
    done = nft_machine.enclosure.attempt(["systemd-analyze", "verify", UNIT, EARLY])
    ours = [line for line in done.stderr.decode().splitlines() if "dockerwall" in line]
    assert ours == []


def test_a_restart_of_docker_during_a_trial(nft_machine: Machine) -> None:
    """The unit brings back what is saved; the way back then finds it there, and adds nothing."""
    persist(nft_machine)
    deleted = nft_machine.run("delete", "DOCKER-USER", "2", "--family=ipv4", "--yes", "--trial=10")
    assert deleted.returncode == 0, deleted.stderr
    assert run_unit(nft_machine)[0] == 0
    assert nft_machine.chains() == LIVE
    assert nft_machine.run("undo").returncode == 0
    assert nft_machine.chains() == LIVE
