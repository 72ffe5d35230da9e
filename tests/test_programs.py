"""Programs are run without a shell, without input, and never for longer than they are given."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from dockerwall.programs import Failure, find_program, run


def test_what_is_printed_is_the_answer() -> None:
    answer = run(["printf", "%s", "a $HOME; `id` \udcff"])
    assert answer.failure is None
    assert answer.text == "a $HOME; `id` \udcff"


def test_the_environment_is_plain_and_there_is_no_input() -> None:
    assert "LC_ALL=C" in run(["env"]).text.splitlines()
    assert run(["cat"]).output == b""


def test_a_program_that_is_not_there() -> None:
    answer = run(["no-such-program-of-ours", "-c"])
    assert answer.failure is Failure.MISSING
    assert answer.problem() == "no-such-program-of-ours is not installed."


def test_a_program_that_fails_says_why() -> None:
    answer = run(["sh", "-c", "echo first >&2; printf 'no\\033[2J way' >&2; exit 4"])
    assert answer.failure is Failure.FAILED
    assert answer.complaint == "no [2J way"


def test_the_reason_is_told_and_not_where_help_is() -> None:
    answer = run(
        [
            "sh",
            "-c",
            "printf '%s\\n' 'x: no such port' '' 'Error occurred at line: 2' "
            '"Try \\`x -h\' for more information." >&2; exit 2',
        ]
    )
    assert answer.complaint == "x: no such port"


def test_where_only_help_is_told_that_is_the_answer() -> None:
    answer = run(["sh", "-c", """echo "Try 'x --help' for more information." >&2; exit 2"""])
    assert answer.complaint == "Try 'x --help' for more information."


def test_a_program_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    marker = tmp_path / "child"
    started = time.monotonic()
    answer = run(["sh", "-c", f"sh -c 'echo $$ >{marker}; sleep 60' & wait"], patience=0.5)
    assert answer.failure is Failure.TIMED_OUT
    assert time.monotonic() - started < 30
    child = int(marker.read_text())
    for _ in range(500):
        if not Path(f"/proc/{child}").exists() or _is_zombie(child):
            break
        time.sleep(0.01)
    else:
        pytest.fail("the child lives on")


def _is_zombie(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_child_that_keeps_the_output_open_does_not_hold_it_up() -> None:
    answer = run(["sh", "-c", "sleep 60 & echo done"], patience=0.5)
    assert answer.failure is Failure.TIMED_OUT


def test_endless_output_is_cut_short() -> None:
    answer = run(["cat", "/dev/zero"], largest=1 << 20)
    assert answer.failure is Failure.TOO_MUCH
    assert answer.output == b""


def test_system_folders_are_searched_without_being_in_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "relative:/nowhere")
    found = find_program("sh")
    assert found is not None
    assert os.path.isabs(found)
