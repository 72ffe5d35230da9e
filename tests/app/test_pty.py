"""The program on a real terminal: bytes, signals, bad input, colours."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.hosts import RULES, counted
from tests.app.stage import END_OF_TERMINAL, RESTORED, Stage, played

TRUE_COLOUR = re.compile(rb"\x1b\[[0-9;]*[34]8;2;")
ANY_COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]")
BRIGHT = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:9[0-7]|10[0-7])[;m]")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The file with the host's rules."""
    path = tmp_path / "iptables-save"
    path.write_text(RULES)
    return path


@pytest.fixture
def stage(rules: Path) -> Iterator[Stage]:
    """The screen, drawn."""
    with played(rules) as stage:
        stage.type(b"2")  # the tree
        stage.settle()
        yield stage


def test_the_first_screen_takes_few_bytes(rules: Path) -> None:
    with played(rules) as stage:
        stage.settle()
        assert len(stage.output) <= 20_000


def test_an_idle_screen_writes_not_one_byte(stage: Stage) -> None:
    assert stage.read_for(3.0) == b""  # fifteen readings


def test_three_moved_counters_take_less_than_a_kilobyte(stage: Stage, rules: Path) -> None:
    moved = [
        ("[3:180] -A P", "[4:240] -A P"),
        ("[91200:", "[91300:"),
        ("[1234:72000] -A DOCKER !", "[1299:72000] -A DOCKER !"),
    ]
    rules.write_text(counted(RULES, moved))
    written = stage.wait_for("1.2k")
    written += (
        stage.settle()
    )  # the reading that moved them, and the one that ends their standing out
    assert 0 < len(written) <= 2 * 1024
    assert stage.read_for(1.0) == b""


@pytest.mark.parametrize(("key", "title"), [(b"?", b"Help:"), (b":", b"Commands"), (b"y", b"Copy")])
def test_a_page_comes_whole_in_one_frame(stage: Stage, key: bytes, title: bytes) -> None:
    stage.type(key)
    written = stage.settle()
    assert title in written
    assert written.count(b"\x1b[1;1H") == 1  # not a blank page first, and its words afterwards


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_restores_the_terminal_and_ends_the_program(stage: Stage, number: int) -> None:
    stage.signal(number)
    assert stage.ended() == 128 + number
    assert all(sequence in stage.output for sequence in RESTORED)
    assert stage.is_sane


def test_a_terminal_that_goes_away_ends_the_program(stage: Stage) -> None:
    stage.hang_up()
    assert stage.process.wait(15) == END_OF_TERMINAL


def test_a_terminal_that_takes_nothing_more_does_not_hold_up_the_end(stage: Stage) -> None:
    for _ in range(400):  # nobody reads: the frames fill the pseudo-terminal, then the queue
        stage.type(b"\x1b[6~\x1b[5~")
        time.sleep(0.002)
    stage.signal(signal.SIGTERM)
    assert stage.process.wait(15) == 128 + signal.SIGTERM


def test_leaving_does_not_wait_for_a_stuck_reading(stage: Stage, rules: Path) -> None:
    rules.write_text("stuck")
    stage.wait_for("STALE")
    stage.type(b"q")
    assert stage.ended() == 0


@pytest.mark.parametrize("key", [b"q", b"\x03", b"\x11"])
def test_the_keys_to_leave_work_and_restore_the_terminal(stage: Stage, key: bytes) -> None:
    stage.type(key)
    assert stage.ended() == 0
    assert stage.is_sane


@pytest.mark.parametrize("junk", [b"\xe9", b"\xff\xfe\x80", b"\x1b[M \xe0\xe0", "é漢".encode()[:3]])
def test_input_that_is_no_utf8_does_no_harm(stage: Stage, junk: bytes) -> None:
    stage.type(junk)
    stage.read_for(0.5)
    stage.type(b"?")
    stage.wait_for("Help")
    assert stage.process.poll() is None


def test_an_escape_sequence_in_parts_is_one_key_over_ssh(rules: Path) -> None:
    with played(rules, environ={"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}) as stage:
        stage.type(b"2")
        stage.settle()
        stage.type(b"\x1b")
        time.sleep(0.2)
        stage.type(b"[B")
        assert b"2/" in stage.settle()  # the cursor is on the second line


@pytest.mark.parametrize("pause", [0.0, 0.3])
def test_escape_and_another_key_are_two_keys_over_ssh(rules: Path, pause: float) -> None:
    with played(rules, environ={"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}) as stage:
        stage.settle()
        stage.type(b"?")
        stage.wait_for("Help:")
        stage.type(b"\x1b")
        stage.read_for(pause)
        stage.type(b"4")
        stage.wait_for("kernel")  # the page is left, and the host's view there
        stage.type(b"/nothing")
        stage.settle()
        stage.type(b"\x1b")
        stage.read_for(pause)
        stage.type(b"q")
        assert stage.ended() == 0


def test_ctrl_z_suspends_and_fg_comes_back(stage: Stage) -> None:
    stage.type(b"\x1a")
    end = time.monotonic() + 10
    while _state(stage.process.pid) != "T":
        assert time.monotonic() < end
        stage.read_for(0.02)
    assert RESTORED[0] in stage.output
    stage.signal(signal.SIGCONT)
    assert b"PREROUTING" in stage.wait_for("PREROUTING")
    stage.type(b"q")
    assert stage.ended() == 0


def test_no_color_sends_no_colour_and_still_marks_the_cursor(rules: Path) -> None:
    with played(rules, environ={"NO_COLOR": "1"}) as stage:
        stage.settle()
        stage.type(b"j?")
        stage.settle()
        assert not ANY_COLOUR.search(stage.output)
        assert re.search(rb"\x1b\[(?:\d+;)*7[;m]", stage.output)


def test_an_empty_no_color_counts_for_nothing(rules: Path) -> None:
    with played(rules, environ={"NO_COLOR": ""}) as stage:
        stage.settle()
        assert ANY_COLOUR.search(stage.output)


@pytest.mark.parametrize("term", ["linux", "vt100", "screen", "xterm"])
def test_plain_terminals_get_eight_colours(rules: Path, term: str) -> None:
    with played(rules, environ={"TERM": term}) as stage:
        stage.settle()
        stage.type(b"?")
        stage.settle()
        assert ANY_COLOUR.search(stage.output)
        assert not TRUE_COLOUR.search(stage.output)
        assert not BRIGHT.search(stage.output)


def test_256_colours_are_not_exceeded(rules: Path) -> None:
    with played(rules, environ={"TERM": "tmux-256color"}) as stage:
        stage.settle()
        assert not TRUE_COLOUR.search(stage.output)


def test_a_locale_without_utf8_gets_ascii_lines(rules: Path) -> None:
    with played(rules, environ={"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}) as stage:
        stage.settle()
        assert stage.output.isascii()
        assert b"\\u" not in stage.output


def test_the_mouse_is_left_alone(stage: Stage) -> None:
    assert b"\x1b[?1000h" not in stage.output
    assert b"\x1b[?1003h" not in stage.output


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
