"""The walls between the rooms: import-linter's contracts, and what a fresh interpreter loads."""

from __future__ import annotations

import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import dockerwall

ROOT = Path(__file__).parent.parent
JUDGING = ("model", "grammar", "analysis", "editing", "present")
FORBIDDEN = ("subprocess", "socket", "time", "docker", "textual", "rich", "iptc")
CODE = """
import sys
before = set(sys.modules)
import importlib
for name in {names!r}:
    importlib.import_module(name)
import json
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def modules(room: str) -> list[str]:
    """Every module of a room; none where the room does not exist yet."""
    folder = Path(dockerwall.__file__).parent / room
    prefix = f"dockerwall.{room}."
    return [each.name for each in pkgutil.walk_packages([str(folder)], prefix)]


@pytest.mark.parametrize("room", JUDGING)
def test_a_judging_room_sees_neither_clock_nor_machine(room: str) -> None:
    names = modules(room)
    if not names:
        pytest.skip(f"there is no room {room}")
    loaded = {name.partition(".")[0] for name in loaded_by(names)}
    assert not loaded & set(FORBIDDEN)


def loaded_by(names: list[str]) -> list[str]:
    """What a fresh interpreter loads for some modules."""
    done = subprocess.run(
        [sys.executable, "-c", CODE.format(names=names)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout)
    return found


def test_the_watchdog_judges_nothing_and_is_up_the_sooner() -> None:
    loaded = loaded_by(["dockerwall.applying.watchdog"])
    assert "dockerwall.applying.wayback" in loaded
    assert not [name for name in loaded if name.startswith("dockerwall.analysis")]


def test_the_contracts_of_the_rooms_are_kept() -> None:
    linter = Path(sys.executable).parent / "lint-imports"
    if not linter.exists():
        pytest.skip("import-linter is not installed")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_programs_are_run_in_one_place_only() -> None:
    source = Path(dockerwall.__file__).parent
    users = {
        str(path.relative_to(source))
        for path in source.rglob("*.py")
        if "import subprocess" in path.read_text() or "os.system" in path.read_text()
    }
    assert {Path(user).parts[0] for user in users} == {"programs"}
