"""Hosts that answer with anything but a snapshot, and destinations that are none."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from dockerwall.model.unreadable import UnreadableError
from dockerwall.reading.destination import parse_destination
from dockerwall.reading.remote import RemoteHost
from dockerwall.reading.remote_shell import Patience, RemoteShell, Standing

FAR = parse_destination("far")


PATIENT = Patience(reading=5.0)
IMPATIENT = Patience(opening=0.5, reading=0.5)


def shell(scene: str, patience: Patience = PATIENT) -> RemoteShell:
    fake = str(Path(__file__).parent / "fake_ssh.py")
    return RemoteShell(FAR, ssh=(sys.executable, fake, scene), patience=patience)


def host(scene: str, patience: Patience = PATIENT) -> RemoteHost:
    made = RemoteHost(FAR, lambda: shell(scene, patience))
    made.open(shell(scene, patience))
    return made


def refusal(scene: str, patience: Patience = PATIENT) -> str:
    """What is said of a host, in one line that no terminal acts on."""
    with pytest.raises(UnreadableError) as caught:
        host(scene, patience).read()
    text = str(caught.value)
    assert text.isprintable()
    assert text.endswith(".")
    return text


def test_a_good_host() -> None:
    made = host("good")
    snapshot = made.read()
    assert snapshot.host.hostname == "far"
    assert len(snapshot.rules) == 1
    missing = {gap.source for gap in snapshot.gaps}
    assert {"ip6tables-save.nft", "addr.json", "docker-version.json"} <= missing
    made.close()


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ("garbage", "no plain file"),
        ("shell-garbage", "prints without end"),
        ("odd-name", "belongs to no snapshot"),
        ("link", "no plain file"),
        ("device", "no plain file"),
        ("twice", "belongs to no snapshot"),
        ("half-end", "does not end as one"),
        ("bad-sum", "no plain file"),
        ("no-meta", "no snapshot"),
        ("bad-meta", "meta.json"),
        ("binary", "binary data"),
        ("stale", "never came"),
        ("endless-file", "too large"),
        ("endless-banner", "without end"),
        ("no-end", "does not end"),
        ("cut", "was lost"),
        ("closed", "starts no POSIX shell"),
        ("escape", "No route"),
    ],
)
def test_a_hostile_host_is_one_sentence(scene: str, words: str) -> None:
    assert any(each in refusal(scene) for each in words.split("|"))


@pytest.mark.parametrize("scene", ["silence", "drip"])
def test_a_silent_host_is_given_up(scene: str) -> None:
    assert "has not answered within" in refusal(scene, IMPATIENT)


def test_after_a_bad_answer_the_pause_grows() -> None:
    made = host("cut")
    with pytest.raises(UnreadableError, match="was lost"):
        made.read()
    with pytest.raises(UnreadableError, match="trying again in"):
        made.read()


def test_closing_ends_a_reading_that_hangs() -> None:
    made = host("drip")
    said: list[str] = []

    def work() -> None:
        try:
            made.read()
        except UnreadableError as error:
            said.append(str(error))

    reader = threading.Thread(target=work)
    reader.start()
    made.close()
    reader.join(10)
    assert said


def test_ssh_is_asked_for_nothing_but_a_shell(tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    fake = Path(__file__).parent / "fake_ssh.py"
    script = tmp_path / "ssh"
    script.write_text(
        f'#!/bin/sh\nprintf "%s\\n" "$@" >{seen}\nexec {sys.executable} {fake} good "$@"\n'
    )
    script.chmod(0o755)
    made = RemoteShell(parse_destination("anna@far:2222"), ssh=(str(script),))
    assert made.standing is Standing.ROOT
    made.close()
    words = seen.read_text().splitlines()
    assert words[words.index("--") + 1] == "anna@far"
    assert words[words.index("-p") + 1] == "2222"
    for option in ("ClearAllForwardings=yes", "ForwardAgent=no", "ForwardX11=no",
                   "PermitLocalCommand=no", "RequestTTY=no", "BatchMode=yes"):  # fmt: skip
        assert option in words


@pytest.mark.parametrize(
    ("text", "shown", "arguments"),
    [
        ("far", "far", ("--", "far")),
        ("root@203.0.113.1", "root@203.0.113.1", ("--", "root@203.0.113.1")),
        ("far:2222", "far:2222", ("-p", "2222", "--", "far")),
        ("[2001:db8::1]:22", "[2001:db8::1]:22", ("-p", "22", "--", "2001:db8::1")),
        ("2001:db8::1", "2001:db8::1", ("--", "2001:db8::1")),
        ("a@b@far", "a@b@far", ("--", "a@b@far")),
        ("fe80::1%eth0", "fe80::1%eth0", ("--", "fe80::1%eth0")),
    ],
)
def test_destinations(text: str, shown: str, arguments: tuple[str, ...]) -> None:
    destination = parse_destination(text)
    assert str(destination) == shown
    assert destination.arguments == arguments


@pytest.mark.parametrize(
    "text",
    ["", "-oProxyCommand=touch x", "root@-oProxyCommand=x", "-l@far", "far:0", "far:99999",
     "far:22x", "a b", "far;id", "$(id)@far", "`id`", "@far", "root@", "[::1", "[::1]22", "a\nb",
     "x" * 300, "far:-1", "root@far/../x"],
)  # fmt: skip
def test_no_destination(text: str) -> None:
    with pytest.raises(ValueError, match=r"no host|no user|no port"):
        parse_destination(text)
