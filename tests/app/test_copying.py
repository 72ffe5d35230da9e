"""What is copied goes to the terminal in its own envelope, and into a file of one's own."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import pytest
from tests.app.driving import app_of, showing, text_of_screen, until
from tests.app.hosts import FakeHost, recorded

from dockerwall.app.clipboard import MOST_ENCODED, copied, sequences
from dockerwall.app.keeping import is_first_time, keep, runtime_folder, state_folder
from dockerwall.app.screens.choice import ChoicePage

XTERM = {"TERM": "xterm-256color"}


def decoded(sequence: str) -> str:
    """The text in a plain sequence."""
    return base64.b64decode(sequence.removeprefix("\x1b]52;c;").removesuffix("\x07")).decode()


def test_a_terminal_gets_one_plain_sequence() -> None:
    [sequence] = sequences("-A DOCKER é", XTERM)
    assert decoded(sequence) == "-A DOCKER é"


def test_tmux_gets_it_wrapped_as_well() -> None:
    plain, wrapped = sequences("x", {"TERM": "tmux-256color", "TMUX": "/tmp/t,1,0"})
    assert wrapped == f"\x1bPtmux;\x1b{plain}\x1b\\"


def test_screen_gets_it_in_parts_short_enough() -> None:
    plain, wrapped = sequences("x" * 1000, {"TERM": "screen", "STY": "1.pts"})
    parts = wrapped.removeprefix("\x1bP").removesuffix("\x1b\\").split("\x1b\\\x1bP")
    assert "".join(parts) == plain
    assert max(map(len, parts)) < 256


@pytest.mark.parametrize("term", ["linux", "vt100"])
def test_a_terminal_without_a_clipboard_gets_nothing(term: str) -> None:
    assert list(sequences("x", {"TERM": term})) == []


def test_what_is_too_long_goes_to_the_file_alone(tmp_path: Path) -> None:
    environ = XTERM | {"XDG_STATE_HOME": str(tmp_path)}
    text = "x" * MOST_ENCODED
    done, sequence = copied(text, environ)
    assert sequence == ""
    assert not done.sent
    assert done.file is not None
    assert done.file.read_text() == f"{text}\n"
    assert str(done.file) in done.sentence


def test_the_file_is_private_and_replaced_whole(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    assert keep(folder, "clip.txt", "one") == folder / "clip.txt"
    keep(folder, "clip.txt", "two")
    assert (folder / "clip.txt").read_text() == "two"
    assert stat.S_IMODE((folder / "clip.txt").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["clip.txt"]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs a folder of somebody else")
def test_nothing_is_put_into_a_folder_of_somebody_else(tmp_path: Path) -> None:
    theirs = tmp_path / "home"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    assert keep(theirs / ".local" / "state", "clip.txt", "x") is None
    assert list(theirs.iterdir()) == []


def test_no_link_is_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    assert keep(tmp_path / "link", "clip.txt", "x") is None


def test_a_folder_that_cannot_be_written_is_no_failure() -> None:
    assert keep(Path("/proc/nowhere"), "clip.txt", "x") is None
    assert keep(None, "clip.txt", "x") is None
    assert not is_first_time({"XDG_STATE_HOME": "/proc/nowhere"})
    assert not is_first_time({})


def test_the_first_time_is_remembered(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    assert is_first_time(environ)
    assert not is_first_time(environ)


def test_the_folders_are_those_of_xdg(tmp_path: Path) -> None:
    assert state_folder({"HOME": "/home/a"}) == Path("/home/a/.local/state/dockerwall-tui")
    assert state_folder({"XDG_STATE_HOME": "relative"}) is None
    mine = {"XDG_RUNTIME_DIR": str(tmp_path), "HOME": "/home/a"}
    assert runtime_folder(mine) == tmp_path / "dockerwall-tui"
    gone = {"XDG_RUNTIME_DIR": str(tmp_path / "gone"), "HOME": "/home/a"}
    assert runtime_folder(gone) == state_folder(gone)


@pytest.mark.parametrize(
    ("view", "keys", "held"),
    [
        ("1", (), "dockerwall-tui trace --in eth0"),
        ("1", ("j",), "-A "),
        ("2", ("j", "j"), "-A PREROUTING -d 172.30.0.2/32"),
        ("2", ("j", "j", "down"), "-A PREROUTING -d 172.30.0.3/32"),
        ("3", (), "ip6tables-nft -w"),
        ("4", ("j",), "demo-docker-28"),
    ],
)
async def test_a_line_of_every_view_can_be_copied(
    view: str, keys: tuple[str, ...], held: str, tmp_path: Path
) -> None:
    async with showing(FakeHost(recorded("docker-28").read(), live=False), view=view) as pilot:
        app = app_of(pilot)
        app.environ = XTERM | {"XDG_STATE_HOME": str(tmp_path)}
        await pilot.press(*keys, "y")
        page = app.screen
        assert isinstance(page, ChoicePage)
        texts = [choice.text for choice in page.choices]
        assert any(held in text for text in texts)
        await pilot.press("enter")
        assert (tmp_path / "dockerwall-tui" / "clip.txt").read_text().strip() == texts[0]
        assert "may be ignored" in text_of_screen(pilot)
        await pilot.press("j")
        assert "may be ignored" not in text_of_screen(pilot)


async def test_the_report_is_copied_too(tmp_path: Path) -> None:
    async with showing(FakeHost(recorded("docker-28").read(), live=False), view="1") as pilot:
        app = app_of(pilot)
        app.environ = XTERM | {"XDG_STATE_HOME": str(tmp_path)}
        await pilot.press("y", "end", "y")
        file = tmp_path / "dockerwall-tui" / "clip.txt"
        await until(pilot, file.exists)
        assert "6379/tcp" in file.read_text()


async def test_the_screen_is_saved_as_a_picture(tmp_path: Path) -> None:
    async with showing(FakeHost(recorded("docker-28").read(), live=False)) as pilot:
        app = app_of(pilot)
        app.environ = {"XDG_STATE_HOME": str(tmp_path)}
        await pilot.press("f8")
        [file] = (tmp_path / "dockerwall-tui").iterdir()
        assert file.read_text().startswith("<svg")
        assert "screen: in" in text_of_screen(pilot)
