"""Settings and options: an option wins, a flawed file is named, and no verdict rests on it."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from dockerwall.cli.choosing import chosen, trial_seconds
from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.opening import open_session
from dockerwall.cli.parser import build_parser
from dockerwall.cli.screen import options_of
from dockerwall.model.settings import KeyChoice

FILE = """\
lan = ["10.0.0.0/8"]
interval = 5
trial = 90
theme = "light"
mouse = true
ascii = true

[keys]
freeze = ["space", "z"]
help = "h"
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This user's settings file."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = tmp_path / "dockerwall" / "config.toml"
    file.parent.mkdir()
    file.write_text(FILE)
    return file


def parsed(*words: str) -> argparse.Namespace:
    return build_parser().parse_args(words)


def test_the_screen_is_told_what_the_file_says(config: Path) -> None:
    options = options_of(parsed())
    assert (options.interval, options.trial, options.theme) == (5.0, 90.0, "light")
    assert options.mouse
    assert options.ascii_only
    assert options.keys == (
        KeyChoice("freeze", ("space", "z"), f"{config}:9:1"),
        KeyChoice("help", ("h",), f"{config}:10:1"),
    )


def test_an_option_wins(config: Path) -> None:
    words = "--interval 1 --trial 20 --theme ansi --no-mouse --no-ascii --key help=f1,ctrl+h"
    options = options_of(parsed(*words.split(), "--lan", "192.0.2.0/24"))
    assert (options.interval, options.trial, options.theme) == (1.0, 20.0, "ansi")
    assert not options.mouse
    assert not options.ascii_only
    assert options.keys[0] == KeyChoice("help", ("f1", "ctrl+h"))
    assert [each.command for each in options.keys] == ["help", "freeze"]
    assert chosen(parsed("--lan", "192.0.2.0/24")).settings.lan == ("192.0.2.0/24",)
    assert chosen(parsed()).settings.lan == ("10.0.0.0/8",)


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("close 80", 90.0),
        ("close 80 --trial 30", 30.0),
        ("--trial 30 close 80", 30.0),
        ("undo", 90.0),
    ],
)
def test_a_change_is_on_trial_as_long_as_was_settled(
    config: Path, words: str, seconds: float
) -> None:
    assert trial_seconds(parsed(*words.split())) == seconds


def test_without_a_file_the_usual_holds(config: Path) -> None:
    config.unlink()
    options = options_of(parsed())
    assert (options.interval, options.trial, options.theme) == (2.0, 60.0, None)
    assert not options.mouse
    assert options.keys == ()


@pytest.mark.parametrize("words", ["audit", "close 80 --dry-run", "lan-only --dry-run"])
@pytest.mark.parametrize("bad", ["lan = 7", 'lna = ["10.0.0.0/8"]', "[[expected]]", "lan = ["])
def test_no_verdict_rests_on_a_flawed_file(config: Path, words: str, bad: str) -> None:
    config.write_text(bad)
    arguments = parsed(*words.split(), "--demo")
    with pytest.raises(WrongUseError, match="mend it first") as caught:
        open_session(arguments, judging=True)
    assert f"{config}:1:" in str(caught.value)


@pytest.mark.parametrize("bad", ["lan = 7", "interval = 0", "colour = 1", "lan = ["])
def test_the_rest_starts_with_what_is_good(
    config: Path, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    config.write_text(bad)
    session = open_session(parsed("--demo"))
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{config}:1:" in line
    assert "(not used)" in line
    assert [str(flaw) in line for flaw in session.flaws] == [True]
    assert options_of(parsed("--demo")).flaws == session.flaws


def test_the_screen_says_the_reason_first(config: Path) -> None:
    from dockerwall.app.starting import greeting

    config.write_text("interval = 0\nmouse = 1")
    said = greeting(options_of(parsed("--demo")).flaws)
    assert said.startswith("Settings: interval must be ")
    assert said.endswith(f"({config}:1:1, and 1 more)")
    assert greeting(()) == ""


def test_a_bad_preference_does_not_keep_an_audit_from_its_verdict(config: Path) -> None:
    config.write_text("interval = 0")
    assert open_session(parsed("audit", "--demo"), judging=True).flaws


@pytest.mark.parametrize(
    "words",
    [
        "--interval 0.1",
        "--trial 9",
        "--trial nan",
        "close 80 --trial 4000",
        "--theme pink",
        "--key f5",
        "--key help=F33,",
        "--lan home",
        "audit --lan 10.0.0.0/33",
    ],
)
def test_a_bad_option_is_wrong_use(words: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        parsed(*words.split())
    assert caught.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "--help" in line
