"""Completions and man page: taken from the parser, understood by the shells and by man."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from dockerwall.cli import completion
from dockerwall.cli.completion import SHARED, SHELLS
from dockerwall.cli.parser import build_parser
from dockerwall.cli.synopsis import Command, synopsis

ROOT = Path(__file__).parent.parent.parent
PROGRAM = synopsis(build_parser())
COMMANDS = [pytest.param(each, id=" ".join(each.path) or "program") for each in PROGRAM.all()]


def text(kind: str) -> str:
    """What the program prints of itself."""
    return completion.text(kind, build_parser())


def run(command: list[str], stdin: str = "") -> str:
    """What a program prints; the test is skipped where it is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("kind", SHARED.values())
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_named(command: Command, kind: str) -> None:
    said = text(kind).replace("\\-", "-")
    for word in command.path:
        assert word in said
    for option in command.options:
        for flag in option.flags:
            assert (flag in said) or (kind == "fish" and f"-l {flag[2:]}" in said), flag


@pytest.mark.parametrize("shell", SHELLS)
def test_the_shell_understands_its_completions(shell: str, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(text(shell))
    run([shell, "-n", str(script)])


LINES = [
    ("", ["audit", "show", "close", "set", "completion"]),
    ("au", ["audit"]),
    ("audit --for", ["--format"]),
    ("audit --format ", ["text", "markdown", "html", "json"]),
    ("--theme ", ["dark", "light", "ansi"]),
    ("--theme dark set ", ["add", "del", "show"]),
    ("--snapshot audit sh", ["show"]),
    ("set add blocked 192.0.2.1 --fam", ["--family"]),
    ("completion ", ["bash", "zsh", "fish"]),
    ("close 80 --tri", ["--trial"]),
]


def bash_offers(words: list[str]) -> list[str]:
    """What bash offers for the last of these words."""
    script = f"""{text("bash")}
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dockerwall_tui; echo "${{COMPREPLY[@]}}"
"""
    return run(["bash", "--norc", "-c", script, "bash", *words]).split()


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_bash_completes(line: str, offered: list[str]) -> None:
    words = ["dockerwall-tui", *line.split(" ")]
    found = bash_offers(words)
    assert set(offered) <= set(found)
    if line:
        assert len(found) == len(offered)


@pytest.mark.parametrize("line", ["audit --format=h", "audit --format = h"])
def test_bash_completes_behind_an_equals_sign(line: str) -> None:
    words = ["dockerwall-tui", *line.replace("=", " = ").split()]
    assert bash_offers(words) == ["html"]


@pytest.mark.parametrize(("line", "offered"), LINES)
def test_fish_completes(line: str, offered: list[str]) -> None:
    script = text("fish") + f'complete -C "dockerwall-tui {line}"'
    found = [each.split("\t")[0] for each in run(["fish", "--no-config", "-c", script]).split("\n")]
    assert set(offered) <= set(found)


def test_files_are_completed_where_a_file_is_meant(tmp_path: Path) -> None:
    (tmp_path / "recorded.tar").write_text("")
    words = ["dockerwall-tui", "--snapshot", f"{tmp_path}/rec"]
    assert bash_offers(words) == [f"{tmp_path}/recorded.tar"]


def test_man_shows_the_page_without_a_warning(tmp_path: Path) -> None:
    page = tmp_path / "dockerwall-tui.1"
    page.write_text(text("man"))
    run(["mandoc", "-T", "lint", "-W", "error", str(page)])
    shown = run(["mandoc", "-T", "ascii", str(page)])
    for title in ("SYNOPSIS", "OPTIONS", "COMMANDS", "EXIT STATUS", "FILES", "EXAMPLES"):
        assert "".join(f"{letter}\b{letter}" for letter in title.split()[0]) in shown


def test_groff_formats_the_page_without_a_warning() -> None:
    run(["groff", "-man", "-ww", "-T", "ascii", "-"], stdin=text("man"))


def test_a_wheel_holds_them_all(tmp_path: Path) -> None:
    wheel = pytest.importorskip("hatchling.builders.wheel")
    (built,) = wheel.WheelBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
        for place, kind in SHARED.items():
            (name,) = [each for each in names if each.endswith(f".data/data/share/{place}")]
            assert archive.read(name).decode() == text(kind)
