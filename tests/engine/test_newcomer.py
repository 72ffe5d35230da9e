"""Someone new, at the other end of a connection: finds the open port, sees why, and closes it.

A real sshd on the loopback of a real Docker host, a real terminal of 80 by 24 cells, and nothing
pressed but what the screen itself names.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.app.window import DEADLINE, Window
from tests.app.window import missing as window_missing
from tests.engine.engines import Engine
from tests.engine.host import Host, poll
from tests.engine.probe import Probe
from tests.engine.scenario import Container, Scenario
from tests.engine.test_screen_over_ssh import press_until
from tests.reading.sshd import Sshd, missing

pytestmark = pytest.mark.engine

SCENARIO = Scenario(
    "newcomer",
    "One port that the Internet reaches, by both families, and one that it does not.",
    daemon=("--ipv6", "--fixed-cidr-v6=fd00:d0c::/64"),
    containers=(Container("web", ("8080:80",)), Container("db", ("127.0.0.1:9090:81",))),
)
INTERNET = (
    Probe("internet", "eth0", "198.51.100.7", "203.0.113.1", "tcp", 8080),
    Probe("internet", "eth0", "2001:db8:f::7", "2001:db8::1", "tcp", 8080),
)
LAN = (
    Probe("lan", "eth1", "192.168.7.9", "192.168.7.1", "tcp", 8080),
    Probe("lan", "eth1", "fd00:7::9", "fd00:7::1", "tcp", 8080),
)
PORT = 2022
FIRST = re.compile(r"^> !! exposed +8080/tcp +0\.0\.0\.0 :: +web +all", re.MULTILINE)


@pytest.fixture
def far(engines: dict[str, Engine], tmp_path: Path) -> Iterator[tuple[Host, Sshd]]:
    """A Docker host and its sshd."""
    if "28.5" not in engines:
        pytest.skip("Docker 28.5 is not installed (run .ci/packages)")
    if reason := missing() or window_missing():
        pytest.skip(reason)
    tmp_path.chmod(0o755)
    with Host(SCENARIO, engines["28.5"]) as host:
        path = f"PATH={engines['28.5'].path}"
        yield host, Sshd(host.enclosure, tmp_path, environment=path, port=PORT)


def gets_in(host: Host, probes: tuple[Probe, ...]) -> list[bool]:
    """Which of these connections can be opened now, by real packets."""
    return [host.vantages[probe.vantage].send([probe])[0].reached for probe in probes]


def own_processes(host: Host) -> str:
    """The processes of the program on the host."""
    own = "grep -e '[m] dockerwall' -e '[d]ockerwall.applying'"  # the screen, the watchdog
    return host.enclosure.script(f"ps -eo args | {own} || true").strip()


@pytest.mark.parametrize(
    ("term", "variables", "keys"),
    [
        ("xterm-256color", "", "x"),
        ("linux", "", "ec"),
        ("xterm-256color", "NO_COLOR=1", "e\r"),
    ],
)
def test_the_open_port_is_found_and_closed(
    far: tuple[Host, Sshd], term: str, variables: str, keys: str
) -> None:
    host, sshd = far
    assert gets_in(host, INTERNET) == [True, True]
    settings = f"TERM={term} LANG=C.UTF-8 XDG_STATE_HOME=/run/state {variables}"
    # A shell stays when the program ends, and says how it ended.
    command = f"env {settings} {sys.executable} -m dockerwall; echo ended with $?; exec cat"
    ssh = ["ssh", "-tt", "-p", str(PORT), "root@127.0.0.1", command]
    with Window(sshd.folder / "socket", ssh, sshd.program()) as window:
        window.wait_for("SEVERITY", "exposed", "Enter shows why")
        poll("the worst at the top, its container named", lambda: bool(FIRST.search(window.text())))
        window.press("Enter")
        window.wait_for("OPEN: container web gets it", "decides", "e Change")
        window.press("Escape")
        window.wait_for("SEVERITY", "e Change")

        window.type(keys)  # in one burst
        shown = window.wait_for("Close 8080/tcp to the Internet", "Rules", "type apply")
        assert "nothing is changed yet" in shown
        assert gets_in(host, INTERNET) == [True, True]
        type_until(window, "apply", "Enter does it")
        window.press("Enter")
        window.wait_for("On trial", "It is taken back in", "type keep")
        assert gets_in(host, INTERNET) == [False, False]
        type_until(window, "keep", "Enter does it")
        window.press("Enter")
        window.wait_for("Kept", "Close 8080/tcp to the Internet")
        press_until(window, "Escape", "SEVERITY")
        shown = window.wait_for("nothing exposed")
        assert re.search(r"^> -  lan +8080/tcp .* web +no ", shown, re.MULTILINE), shown
        window.press("q")
        window.wait_for("ended with 0")

    poll("the end of every process", lambda: not own_processes(host))
    assert gets_in(host, INTERNET) == [False, False]
    assert gets_in(host, LAN) == [True, True]


def type_until(window: Window, word: str, answer: str) -> None:
    """Type a word, again if the page had just opened and took nothing yet."""
    end = time.monotonic() + DEADLINE
    while answer not in window.text():
        assert time.monotonic() < end, window.text()
        window.press(*["BSpace"] * len(word))
        window.type(word)
        with suppress(TimeoutError):
            poll(f"{word} is taken", lambda: answer in window.text(), 2)
