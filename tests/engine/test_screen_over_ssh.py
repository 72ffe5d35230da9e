"""The screen on a real Docker host over a real sshd: a port closed on trial, the link cut, kept."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from tests.app.window import Window
from tests.app.window import missing as window_missing
from tests.engine.engines import Engine
from tests.engine.host import Host, poll
from tests.engine.scenarios import SCENARIOS
from tests.engine.test_ssh import rules, state
from tests.reading.sshd import Sshd, missing

pytestmark = pytest.mark.engine


def over_ssh(sshd: Sshd, folder: Path, trial: int) -> Window:
    """The screen on this machine, on the host behind that sshd."""
    settings = [f"DOCKERWALL_STATE={folder}/own", f"XDG_STATE_HOME={folder}/xdg", "LANG=C.UTF-8"]
    program = [sys.executable, "-m", "dockerwall", "--ssh", "root@127.0.0.1:2022"]
    command = ["env", *settings, *program, "--trial", str(trial)]
    return Window(folder / f"socket-{trial}", command, sshd.program())


def go_to(window: Window, text: str) -> None:
    """Put the cursor on the line with a text."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        shown = window.text().splitlines()
        if any(line.startswith(">") and text in line for line in shown):
            return
        at = next((n for n, line in enumerate(shown) if line.startswith(">")), 0)
        below = any(text in line for line in shown[at + 1 :])
        window.press("Down" if below else "Up")
        time.sleep(0.3)
    raise AssertionError(f"no line with {text}:\n{window.text()}")


def close_port(window: Window) -> None:
    """Close 8080/tcp on trial; while the host is still being read, rows may move under the key."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        go_to(window, "8080/tcp")
        window.press("x")
        if comes(window, "type apply"):
            if "Close 8080/tcp" in window.text():
                say(window, "apply")
                return
            window.press("Escape")
            window.wait_for("SEVERITY")
    raise AssertionError(f"another port each time, or none:\n{window.text()}")


def say(window: Window, word: str) -> None:
    """Type a word of a dialog, once it takes keys, and Enter."""
    window.wait_for(f"type {word}" if word != "undo" else "undo")
    first = f"[ {word[0]} ]"
    end = time.monotonic() + 20
    while first not in window.text():
        assert time.monotonic() < end, window.text()
        window.type(word[0])
        comes(window, first)
    window.type(word[1:])
    window.wait_for(f"[ {word} ]")
    window.press("Enter")


def comes(window: Window, text: str) -> bool:
    """Whether a text is shown soon."""
    end = time.monotonic() + 3
    while text not in window.text():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def press_until(window: Window, key: str, text: str) -> None:
    """Press a key, and again if the page had just opened and took nothing yet."""
    for _ in range(10):
        window.press(key)
        if comes(window, text):
            return
    raise AssertionError(f"{text} is not shown:\n{window.text()}")


def cut(window: Window) -> None:
    """End the ssh of the program in a window."""
    pane = int(window.ask("#{pane_pid}"))
    children = Path(f"/proc/{pane}/task/{pane}/children").read_text().split()
    by_name = {Path(f"/proc/{each}/comm").read_text().strip(): int(each) for each in children}
    os.kill(by_name["ssh"], signal.SIGKILL)


def test_a_port_is_closed_on_the_screen_over_ssh(
    engines: dict[str, Engine], tmp_path: Path
) -> None:
    if "28.5" not in engines:
        pytest.skip("Docker 28.5 is not installed (run .ci/packages)")
    if reason := missing() or window_missing():
        pytest.skip(reason)
    scenario = next(scenario for scenario in SCENARIOS if scenario.name == "docker-28")
    tmp_path.chmod(0o755)
    with Host(scenario, engines["28.5"]) as host:
        path = f"PATH={engines['28.5'].path}"
        sshd = Sshd(host.enclosure, tmp_path, environment=path, port=2022)
        # iptables-nft makes a base chain for its first rule, and leaves it there, empty.
        host.enclosure.script("ip6tables -A INPUT -j ACCEPT; ip6tables -D INPUT -j ACCEPT")
        before = state(host)

        # Closed on trial; then the link is cut, and nobody gets in any more.
        with over_ssh(sshd, tmp_path, 20) as window:
            window.wait_for("RW", "8080/tcp", "SEVERITY")
            close_port(window)
            window.wait_for("On trial", "The change is made")
            closed = rules(state(host))
            assert closed != rules(before)
            sshd.admit("")
            cut(window)
            window.wait_for("The link is lost", "by itself")
            poll("the way back", lambda: rules(state(host)) == rules(before), 40)
            sshd.admit((tmp_path / "user.pub").read_text())
            window.wait_for("Taken back", "not confirmed in time")
            poll("the end of the trial", lambda: state(host) == before, 10)

        # Once more, found again by another screen after this one is gone, and kept.
        with over_ssh(sshd, tmp_path, 120) as window:
            window.wait_for("RW", "8080/tcp", "SEVERITY")
            close_port(window)
            window.wait_for("On trial", "The change is made")
            cut(window)
            window.wait_for("The link is lost")
            window.wait_for("The change is made")
        with over_ssh(sshd, tmp_path, 60) as window:
            window.wait_for("On trial", "The change is made")
            say(window, "keep")
            window.wait_for("Kept:")
            poll("the end of the watchdog", lambda: "/run/dockerwall" not in str(state(host)), 10)
            assert rules(state(host)) == closed

            # The history knows it, and it is undone.
            press_until(window, "Enter", "SEVERITY")
            window.wait_for("RW")
            press_until(window, "5", "taken back")
            window.wait_for("kept")
            press_until(window, "Escape", "SEVERITY")
            press_until(window, "u", "type apply")
            say(window, "apply")
            window.wait_for("On trial", "The change is made")
            say(window, "keep")
            window.wait_for("Kept:")
            poll("the host as it was", lambda: state(host) == before, 10)
