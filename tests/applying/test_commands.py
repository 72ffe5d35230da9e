"""The commands as an operator types them, on a machine with real rules."""

from __future__ import annotations

import json
import os
import pty
import select
import sys
import time

import pytest
from tests.applying.machine import RULES, Machine
from tests.engine.host import poll

from dockerwall.model.kinds import Family

pytestmark = pytest.mark.kernel
V4, V6 = Family.IPV4, Family.IPV6
INSERT = ("insert", "DOCKER-USER", "1", "-s 203.0.113.9 -j DROP", "--family=ipv4")
TEXT = "-A DOCKER-USER -s 203.0.113.9/32 -j DROP"


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, machine: Machine, *words: str) -> None:
        argv = machine.command(*words)
        self.process, self.handle = pty.fork()
        if self.process == 0:
            os.chdir("/")
            os.execvpe(argv[0], argv, machine.environment)
        self.seen = ""

    def until(self, text: str) -> None:
        """Read until a text has come; TimeoutError with what came instead."""
        deadline = time.monotonic() + 30
        while text not in self.seen:
            ready = select.select([self.handle], [], [], deadline - time.monotonic())[0]
            if not ready:
                raise TimeoutError(f"no {text!r} in {self.seen!r}")
            self.seen += os.read(self.handle, 4096).decode()

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self.handle, text.encode() + b"\n")

    def status(self) -> int:
        """The exit status, after the end."""
        try:
            while os.read(self.handle, 4096):
                pass
        except OSError:
            pass  # the other side of the terminal is closed
        os.close(self.handle)
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def test_dry_run_changes_nothing(machine: Machine) -> None:
    before = machine.chains()
    done = machine.run(*INSERT, "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "-s 203.0.113.9" in done.stdout
    assert f"iptables-{machine.variant} -w 5 -I DOCKER-USER 1" in done.stdout
    assert machine.chains() == before
    assert machine.journal() == []


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("-p tcp --dport 99999 -j DROP", "invalid port/service `99999' specified"),
        ("-t nat -j DROP", "The -t option cannot be used in"),
        ("-s 192.0.2.1 -j", 'option "-j" requires an argument'),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(machine: Machine, rule: str, why: str) -> None:
    before = machine.chains()
    done = machine.run("insert", "DOCKER-USER", "1", rule, "--family=ipv4", "--yes")
    assert done.returncode == 4
    assert f"iptables-{machine.variant} does not take the rule: {why}" in done.stderr
    assert machine.chains() == before


def test_apply_has_to_be_typed(nft_machine: Machine) -> None:
    before = nft_machine.chains()
    for answer in ("", "\n", "y\n", "yes\n"):
        assert nft_machine.run(*INSERT, stdin=answer).returncode == 1
    assert nft_machine.chains() == before
    assert nft_machine.run(*INSERT, stdin="apply\n").returncode == 0
    assert nft_machine.rules(V4) == (TEXT, *RULES[V4])


def test_a_command_in_json(machine: Machine) -> None:
    done = machine.run(*INSERT, "--yes", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["applied"]["trial_seconds"] == 60
    assert document["plan"]["changes"][0]["action"] == "insert"
    kept = machine.run("keep", document["applied"]["change"], "--json")
    assert kept.returncode == 0
    decided = json.loads(kept.stdout)["decided"]
    assert (decided["change"], decided["standing"]) == (document["applied"]["change"], "kept")
    assert machine.rules(V4) == (TEXT, *RULES[V4])
    history = json.loads(machine.run("history", "--json").stdout)
    assert [change["standing"] for change in history["changes"]] == ["kept"]


def test_undo_of_a_kept_change_is_a_change(machine: Machine) -> None:
    before = machine.chains()
    machine.run(*INSERT, "--yes")
    machine.run("keep")
    machine.edit(V4, "-I", "DOCKER-USER", "1", "-s", "192.0.2.77", "-j", "DROP")
    undone = machine.run("undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert machine.run("keep").returncode == 0
    assert machine.rules(V4) == ("-A DOCKER-USER -s 192.0.2.77/32 -j DROP", *before[V4])
    again = machine.run("undo", "--yes")
    assert again.returncode == 0  # the undoing itself was kept, and can be undone
    machine.run("keep")
    assert TEXT in machine.rules(V4)


def test_undo_of_a_trial_in_json(nft_machine: Machine) -> None:
    change = json.loads(nft_machine.run(*INSERT, "--yes", "--json").stdout)["applied"]["change"]
    seen = json.loads(nft_machine.run("undo", "--dry-run", "--json").stdout)["decided"]
    assert (seen["change"], seen["standing"]) == (change, "on trial")
    assert TEXT in nft_machine.rules(V4)
    undone = json.loads(nft_machine.run("undo", "--json").stdout)["decided"]
    assert (undone["change"], undone["standing"]) == (change, "taken back")
    assert TEXT not in nft_machine.rules(V4)


def test_undo_of_a_kept_change_in_json(nft_machine: Machine) -> None:
    nft_machine.run(*INSERT, "--yes")
    nft_machine.run("keep")
    undone = json.loads(nft_machine.run("undo", "--yes", "--json").stdout)
    assert undone["notes"] == []
    assert [each["action"] for each in undone["plan"]["changes"]] == ["delete"]
    assert undone["applied"]["trial_seconds"] == 60


def test_undo_where_nothing_is_left(nft_machine: Machine) -> None:
    nft_machine.run(*INSERT, "--yes")
    nft_machine.run("keep")
    nft_machine.edit(V4, "-D", "DOCKER-USER", "1")
    before = nft_machine.chains()
    undone = nft_machine.run("undo", "--yes", "--json")
    assert undone.returncode == 1
    assert "nothing of change" in undone.stderr
    assert json.loads(undone.stdout)["notes"]
    assert nft_machine.chains() == before


def test_read_only_and_ordinary_users(nft_machine: Machine) -> None:
    assert nft_machine.run(*INSERT, "--yes", "--read-only").returncode == 3
    assert nft_machine.run("keep", "--read-only").returncode == 3
    user = nft_machine.enclosure.attempt(
        ["setpriv", "--reuid=65534", "--clear-groups", "--inh-caps=-all",
         *nft_machine.command()[-3:], *INSERT, "--yes"]
    )  # fmt: skip
    assert user.returncode == 3, user.stderr
    assert b"root" in user.stderr
    assert nft_machine.chains() == {V4: RULES[V4], V6: RULES[V6]}


def test_a_recorded_host_is_only_planned_for(nft_machine: Machine) -> None:
    done = nft_machine.run("close", "8080", "--demo", "--yes")
    assert done.returncode == 2
    assert "--dry-run" in done.stderr
    assert nft_machine.run("close", "8080", "--demo", "--dry-run").returncode == 0


def test_a_nonsense_rule_is_refused_before_anybody_is_asked(machine: Machine) -> None:
    done = machine.run("insert", "DOCKER-USER", "1", "-m nonsense -j DROP", "--family=ipv4")
    assert done.returncode == 4, done.stdout
    assert "Type apply" not in done.stderr


def test_words_that_are_no_intent(nft_machine: Machine) -> None:
    for words in (["allow", "nobody", "to", "80"], ["close", "99999"], ["block", "me"]):
        done = nft_machine.run(*words, "--dry-run")
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1


def test_keep_is_typed_on_the_terminal(nft_machine: Machine) -> None:
    terminal = Terminal(nft_machine, *INSERT)
    terminal.until("Type apply")
    terminal.type("apply")
    terminal.until("s left, keep or undo")
    terminal.type("no idea")
    terminal.type("keep")
    assert terminal.status() == 0
    assert nft_machine.rules(V4) == (TEXT, *RULES[V4])
    assert nft_machine.events()[-1] == "kept"


def test_nothing_is_typed_on_the_terminal(nft_machine: Machine) -> None:
    terminal = Terminal(nft_machine, *INSERT, "--trial=10")
    terminal.until("Type apply")
    terminal.type("apply")
    terminal.until("taken back")
    assert terminal.status() == 5
    assert nft_machine.chains() == {V4: RULES[V4], V6: RULES[V6]}


def test_the_program_is_killed_on_the_terminal(nft_machine: Machine) -> None:
    terminal = Terminal(nft_machine, *INSERT, "--trial=10")
    terminal.until("Type apply")
    terminal.type("apply")
    terminal.until("s left, keep or undo")
    os.kill(terminal.process, 9)
    os.close(terminal.handle)
    os.waitpid(terminal.process, 0)
    assert TEXT in nft_machine.rules(V4)
    nft_machine.until_settled()
    assert TEXT not in nft_machine.rules(V4)


def test_established_connections_can_be_ended(nft_machine: Machine) -> None:
    """Only asked for explicitly; without a way lost, none is ended."""
    done = nft_machine.run(*INSERT, "--yes", "--json", "--end-connections")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["applied"]["connections_ended"] == 0


def test_sets_are_shown_and_changed(machine: Machine) -> None:
    machine.enclosure.run(["ipset", "create", "office", "hash:net"])
    machine.edit(V4, "-A", "DOCKER-USER", "-m", "set", "--match-set", "office", "src",
                 "-j", "DROP")  # fmt: skip
    added = machine.run("set", "add", "office", "203.0.113.0/24", "--yes")
    assert added.returncode == 0, added.stderr
    assert "203.0.113.0/24" in machine.run("set", "show", "office").stdout
    assert machine.run("set", "show", "nothing").returncode == 1
    assert machine.run("undo").returncode == 0
    assert "203.0.113.0/24" not in machine.run("set", "show").stdout
    poll("the end", lambda: not machine.open_trials())


@pytest.mark.parametrize("words", [("off", "1"), ("delete", "1"), ("move", "1", "down")])
def test_a_line_end_in_a_comment_becomes_no_rule(
    nft_machine: Machine, words: tuple[str, ...]
) -> None:
    comment = "x\n-A DOCKER-USER -j ACCEPT\n#"
    nft_machine.edit(V4, "-I", "DOCKER-USER", "1", "-m", "comment", "--comment", comment)
    before = nft_machine.chains()
    command, *rest = words
    done = nft_machine.run(command, "DOCKER-USER", *rest, "--family=ipv4", "--yes")
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert nft_machine.chains() == before


def test_a_change_of_another_network_namespace_is_left_alone(nft_machine: Machine) -> None:
    """Its rules are not those that are seen from here."""
    done = nft_machine.run(*INSERT, "--yes", "--trial=600")
    assert done.returncode == 0, done.stderr
    program = nft_machine.command()[-3:]
    elsewhere = ["env", *(f"{k}={v}" for k, v in nft_machine.environment.items()), "unshare",
                 "--net", *program]  # fmt: skip
    for words in (["keep"], ["undo"]):
        refused = nft_machine.enclosure.attempt([*elsewhere, *words])
        assert refused.returncode == 4, refused.stderr
        assert b"another network namespace" in refused.stderr
    assert TEXT in nft_machine.rules(V4)
    assert nft_machine.run("undo").returncode == 0
    assert TEXT not in nft_machine.rules(V4)


def test_the_operators_own_session(nft_machine: Machine) -> None:
    """A plan that would cut it is refused, unless the operator insists; then it is on trial."""
    nft_machine.enclosure.script(
        """
        ip link add eth0 type veth peer name wire
        ip addr add 203.0.113.1/24 dev eth0
        ip link set eth0 up
        ip link set wire up
        ip link set lo up
        """
    )
    listener = nft_machine.enclosure.start(
        [sys.executable, "-c", "import socket, time; s = socket.socket(); "
         "s.bind(('203.0.113.1', 22)); s.listen(); time.sleep(600)"]
    )  # fmt: skip
    poll("the listener", lambda: b":22 " in nft_machine.enclosure.attempt(["ss", "-lnt"]).stdout)
    nft_machine.environment["SSH_CONNECTION"] = "203.0.113.9 50000 203.0.113.1 22"
    words = ("insert", "INPUT", "1", "-i eth0 -p tcp --dport 22 -j DROP", "--family=ipv4", "--yes")
    refused = nft_machine.run(*words)
    assert refused.returncode == 1, refused.stdout
    assert "--force-lockout" in refused.stderr
    assert "your own SSH session" in refused.stdout
    assert nft_machine.events() == []
    insisted = nft_machine.run(*words, "--force-lockout", "--json")
    assert insisted.returncode == 0, insisted.stderr
    first = json.loads(insisted.stdout)["plan"]["objections"][0]
    assert (first["id"], first["blocking"]) == ("own-session", False)
    assert nft_machine.run("undo").returncode == 0
    listener.kill()


def test_a_recorded_host_says_so_in_its_plan(nft_machine: Machine) -> None:
    done = nft_machine.run("close", "8080", "--demo", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)["plan"]
    assert "recorded-host" in {each["id"] for each in plan["objections"]}
    assert plan["changes"]
