"""The program as it starts on terminals of every kind, from its own command line."""

from __future__ import annotations

import base64
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tests.app.hosts import RULES, counted
from tests.app.stage import Stage, played

HOST = Path(__file__).parent.parent / "hosts" / "docker-28"
GROUND_OF_LIGHT = b"48;2;251;250;247"


def started(environ: Mapping[str, str], size: tuple[int, int] = (80, 24), *options: str) -> Stage:
    """The program on a recorded host."""
    command = [sys.executable, "-m", "dockerwall", "--snapshot", str(HOST), *options]
    return Stage(command, environ, size)


def test_a_terminal_that_can_show_nothing_gets_the_tree_as_text() -> None:
    with started({"TERM": "dumb"}) as stage:
        assert stage.ended() == 0
        assert b"DOCKER-USER" in stage.output
        assert b"\x1b" not in stage.output


def test_the_first_exposures_take_few_bytes() -> None:
    with started({}) as stage:
        stage.wait_for("SEVERITY")
        stage.settle()
        assert len(stage.output) <= 20_000


def test_a_light_background_gets_colours_for_it() -> None:
    with started({"COLORTERM": "truecolor", "COLORFGBG": "0;15"}) as stage:
        stage.wait_for("SEVERITY")
        assert GROUND_OF_LIGHT in stage.output


def test_a_theme_that_is_asked_for_is_put_on() -> None:
    with started({"COLORTERM": "truecolor"}, (80, 24), "--theme", "light") as stage:
        stage.wait_for("SEVERITY")
        assert GROUND_OF_LIGHT in stage.output


def test_the_mouse_is_used_over_ssh_only_where_it_is_asked_for() -> None:
    over_ssh = {"SSH_CONNECTION": "192.0.2.1 1 192.0.2.2 22"}
    with started(over_ssh) as stage:
        stage.wait_for("SEVERITY")
        assert b"\x1b[?1000h" not in stage.output
    with started(over_ssh, (80, 24), "--mouse") as stage:
        stage.wait_for("SEVERITY")
        assert b"\x1b[?1000h" in stage.output


def test_the_hint_is_for_the_first_time_only(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    with started(environ) as stage:
        stage.wait_for("New here?")
    with started(environ) as stage:
        stage.wait_for("SEVERITY")
        stage.settle()
        assert b"New here?" not in stage.output


def test_what_is_copied_is_sent_to_the_terminal_and_kept(tmp_path: Path) -> None:
    with started({"XDG_STATE_HOME": str(tmp_path)}) as stage:
        stage.wait_for("SEVERITY")
        stage.settle()
        stage.type(b"y")
        stage.wait_for("command that proves it")
        stage.type(b"\r")
        stage.wait_for("may be ignored")
        sent = re.search(rb"\x1b\]52;c;([^\x07]*)\x07", stage.output)
        assert sent is not None
        text = base64.b64decode(sent[1])
        assert text.startswith(b"dockerwall-tui trace")
        assert (tmp_path / "dockerwall-tui" / "clip.txt").read_bytes() == text + b"\n"


def test_a_stalled_link_freezes_nothing_but_the_screen(tmp_path: Path) -> None:
    rules = tmp_path / "iptables-save"
    rules.write_text(RULES)
    with played(rules) as stage:
        stage.type(b"2")
        stage.settle()
        for _ in range(300):  # nobody reads: frames fill the pseudo-terminal, then the queue
            stage.type(b"\x1b[6~\x1b[5~")
            time.sleep(0.002)
        stage.type(b"g")
        rules.write_text(counted(RULES, [("[3:180] -A P", "[777:240] -A P")]))
        late = stage.wait_for("777")
        assert len(late) < 200_000  # what was left out meanwhile does not follow
        stage.type(b"q")
        assert stage.ended() == 0
