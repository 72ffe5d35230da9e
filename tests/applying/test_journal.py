"""The journal holds whole entries only, whatever is cut short."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dockerwall.applying.document import Written, as_json
from dockerwall.applying.journal import SCHEMA, Event, Journal, JournalError
from dockerwall.applying.state import State, StateError, write_whole

WHO = {"user": "root"}


def test_entries_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal(State(tmp_path))
    journal.write("1", Event.PLANNED, WHO, {"plan": {"text": "\udcff \x1b[2J\n"}})
    journal.write("1", Event.KEPT, WHO, {})
    found = journal.read()
    assert [entry.event for entry in found] == [Event.PLANNED, Event.KEPT]
    assert found[0].facts["plan"] == {"text": "\udcff \x1b[2J\n"}
    assert (tmp_path / "journal.jsonl").stat().st_mode & 0o777 == 0o600


def test_what_was_written_before_reads_as_if_it_were_written_now(tmp_path: Path) -> None:
    plan = {"summary": '\udcff "two" \n', "chains": [{"before": ["-A X"]}]}
    journal = Journal(State(tmp_path))
    journal.write(
        "1", Event.PLANNED, WHO, {"plan": Written(json.dumps(plan).encode()), "boot": "b"}
    )
    (entry,) = journal.read()
    assert entry.facts == {"plan": plan, "boot": "b", "schema": SCHEMA}
    assert json.loads(as_json({"plan": Written(b"{}")})) == {"plan": {}}


def test_half_a_line_is_taken_away_by_the_next_entry(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(State(path.parent))
    journal.write("1", Event.PLANNED, WHO, {})
    with path.open("ab") as file:
        file.write(b'{"schema": "dockerwall-jour')
    assert len(journal.read()) == 1
    journal.write("1", Event.FAILED, WHO, {})
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == [
        "planned",
        "failed",
    ]


def test_lines_that_are_no_entries_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    path.write_text('[]\nnull\n{"change": 1}\n{"change": "1", "event": "dreamt", "at": ""}\nx\n')
    assert Journal(State(path.parent)).read() == ()


def test_no_room_leaves_the_journal_as_it_was(tmp_path: Path) -> None:
    """A limit on the file's size cuts the write short, as a full disk does."""
    path = tmp_path / "journal.jsonl"
    Journal(State(path.parent)).write("1", Event.PLANNED, WHO, {})
    before = path.read_bytes()
    code = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from dockerwall.applying.journal import Event, Journal, JournalError\n"
        "from dockerwall.applying.state import State\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 20}, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    Journal(State(Path(sys.argv[1]).parent)).write('1', Event.KEPT, {}, {})\n"
        "except JournalError:\n"
        "    sys.exit(7)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 7
    assert path.read_bytes() == before
    assert resource.getrlimit(resource.RLIMIT_FSIZE)


def test_two_writers_do_not_mix(tmp_path: Path) -> None:
    journal = Journal(State(tmp_path))

    def write(name: str) -> None:
        for _ in range(20):
            journal.write(name, Event.PLANNED, WHO, {"padding": "x" * 20000})

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journal.read()) == 40


def test_a_folder_in_place_of_the_journal(tmp_path: Path) -> None:
    (tmp_path / "journal.jsonl").mkdir()
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(State(tmp_path)).write("1", Event.PLANNED, WHO, {})


def test_the_state_folder_is_this_users_alone(tmp_path: Path) -> None:
    state = State(tmp_path / "a" / "state")
    state.prepare()
    assert state.folder.stat().st_mode & 0o777 == 0o700
    assert state.trials.stat().st_mode & 0o777 == 0o700
    link = tmp_path / "link"
    link.symlink_to(state.folder)
    with pytest.raises(StateError):
        State(link).prepare()


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_whole(tmp_path / "file", b"one")
    with pytest.raises(OSError, match="No such file"):
        write_whole(tmp_path / "nowhere" / "file", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
