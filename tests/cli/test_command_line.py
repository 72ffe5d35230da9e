"""`dockerwall-tui` as people run it: wrong use, odd terminals, closed pipes, unexpected errors."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dockerwall import __version__
from dockerwall.cli.ending import WrongUseError, ended

RULES = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"


@pytest.fixture
def host(tmp_path: Path) -> Path:
    place = tmp_path / "host"
    place.mkdir()
    (place / "iptables-save.nft").write_text(RULES)
    return place


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dockerwall", *arguments],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=60,
        env={**os.environ, **environment},
        check=False,
    )


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    """The only line it complained with."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("dockerwall-tui")
    return line


def test_its_version() -> None:
    assert run("--version").stdout == f"dockerwall-tui {__version__}\n"


def test_help_names_every_command() -> None:
    shown = run("--help")
    assert shown.returncode == 0
    assert {"show", "snapshot"} <= set(re.findall(r"^    (\w+) ", shown.stdout, re.MULTILINE))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--frobnicate"],
        ["dance"],
        ["show", "--format", "poem"],
        ["show", "--snap", "x"],
        ["snapshot"],
        ["--interval", "soon"],
        ["--interval", "0"],
        ["--interval", "nan"],
        ["show", "--snapshot", "a", "--demo"],
        ["--snapshot"],
    ],
)
def test_wrong_use_is_one_line_and_status_2(arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert "--help" in one_line(done)


@pytest.mark.parametrize("arguments", [["show"], []])
def test_a_missing_snapshot_is_one_line_and_status_2(arguments: list[str]) -> None:
    done = run(*arguments, "--snapshot", "/no/such/place\x1b[2J", TERM="xterm")
    assert done.returncode == 2
    assert "/no/such/place" in done.stderr.splitlines()[-1]
    assert "\x1b" not in done.stderr


@pytest.mark.parametrize("position", ["before", "after"])
def test_the_snapshot_may_be_named_before_or_after_the_command(host: Path, position: str) -> None:
    named = ["--snapshot", str(host)]
    arguments = [*named, "show"] if position == "before" else ["show", *named]
    assert run(*arguments, "--format", "save").stdout.endswith(RULES)


def test_a_bad_file_is_named_with_line_and_column(host: Path) -> None:
    (host / "iptables-save.nft").write_text("*filter\nnonsense\nCOMMIT\n")
    done = run("show", "--snapshot", str(host))
    assert done.returncode == 2
    assert f"{host}/iptables-save.nft:2:1: " in one_line(done)


@pytest.mark.parametrize("name", ["iptables-save.nft", "nft.json", "docker-info.json", "meta.json"])
def test_binary_junk_never_makes_a_traceback(host: Path, name: str) -> None:
    (host / name).write_bytes(os.urandom(5000) + b"\0")
    done = run("show", "--snapshot", str(host))
    assert done.returncode == 2
    assert name in one_line(done)


def test_what_could_not_be_read_is_said(host: Path) -> None:
    done = run("show", "--snapshot", str(host))
    assert done.returncode == 0
    assert "ip6tables-save.nft" in done.stderr
    assert all(line.startswith("dockerwall-tui: ") for line in done.stderr.splitlines())


def test_nothing_of_a_firewall_is_not_an_empty_firewall(host: Path) -> None:
    (host / "iptables-save.nft").rename(host / "listen.txt")
    (host / "listen.txt").write_text("")
    done = run("show", "--snapshot", str(host))
    assert done.returncode == 2
    assert "iptables-save.nft" in done.stderr


def test_a_snapshot_never_replaces_anything(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = run("snapshot", "-o", str(tmp_path / "mine"), DOCKER_HOST="unix:///nowhere")
    assert done.returncode == 2
    assert "exists already" in done.stderr
    assert (tmp_path / "mine").read_text() == "mine"


def test_without_a_terminal_the_tree_is_printed() -> None:
    done = run("--demo", TERM="xterm")
    assert done.returncode == 0
    assert "DOCKER-USER" in done.stdout
    assert "no terminal" in done.stderr


@pytest.mark.parametrize("term", ["dumb", "unknown", "emacs"])
def test_a_terminal_that_cannot_draw_gets_the_tree(term: str) -> None:
    controller, terminal = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "dockerwall", "--demo"],
        stdin=terminal,
        stderr=terminal,
        stdout=subprocess.PIPE,
        text=True,
        timeout=60,
        env={**os.environ, "TERM": term},
        check=False,
    )
    os.close(terminal)
    os.close(controller)
    assert done.returncode == 0
    assert "DOCKER-USER" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_reader_that_has_seen_enough_ends_it_quietly() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dockerwall", "show", "--demo", "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + 13
    assert errors == b""


IMPORTS = """
import sys
from dockerwall.cli import main
status = main({arguments!r})
heavy = [name for name in ("textual", "rich", "docker", "requests", "iptc") if name in sys.modules]
print(status, heavy, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "arguments", [["show", "--demo"], ["show", "--demo", "--format", "json"], ["--version"]]
)
def test_neither_screen_nor_docker_is_loaded_for_a_recording(arguments: list[str]) -> None:
    code = IMPORTS.format(arguments=arguments)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr.splitlines()[-1:] in (["0 []"], [])


def raising(error: BaseException) -> int:
    raise error


@pytest.mark.parametrize(
    ("error", "status", "line"),
    [
        (WrongUseError("no such rule"), 2, "dockerwall-tui: no such rule\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_expected_ends(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, line: str
) -> None:
    assert ended(lambda: raising(error)) == status
    assert capsys.readouterr().err == line


def test_an_unexpected_error_is_one_line_and_how_to_see_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKERWALL_TRACEBACK", raising=False)
    assert ended(lambda: raising(ZeroDivisionError("a\nb"))) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "ZeroDivisionError: a�b" in line
    assert "DOCKERWALL_TRACEBACK=1" in line
    monkeypatch.setenv("DOCKERWALL_TRACEBACK", "1")
    assert ended(lambda: raising(ZeroDivisionError())) == 2
    assert "Traceback" in capsys.readouterr().err
