"""The pictures: which host, which size, which keys; drawn by driving the real application."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.app.changing import Stopwatch
from tests.app.driving import NARROW, WIDE, app_for, app_of, reread, showing, until
from tests.app.edit_scenes import EDIT_SHOTS, EDITS
from tests.app.hosts import RULES, FakeHost, counted, recorded, snapshot_of
from tests.app.scene import REST, Scene
from textual.pilot import Pilot

from dockerwall.app.app import DockerwallApp
from dockerwall.app.reader import Host
from dockerwall.app.terminal import Terminal
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.rules import SavedRules
from dockerwall.model.snapshot import Gap, Snapshot

GOLDENS = Path(__file__).parent / "goldens"
SCREENSHOTS = Path(__file__).parent.parent.parent / "screenshots"

DOCKER_28 = "docker-28"

MOVED = counted(
    RULES, [("[40:2100]", "[52:2820]"), ("[88000:", "[88300:"), ("[5700:310000]", "[5701:310060]")]
)


def _denied() -> Snapshot:
    gap = Gap(
        "iptables-save.nft",
        "iptables-nft-save -c was refused: Permission denied (you must be root).",
        "Run dockerwall-tui as root.",
        denied=True,
    )
    return Snapshot(host=snapshot_of().host, gaps=(gap,))


def _partial() -> Snapshot:
    gaps = (
        Gap("nft.json", "nft does not know a table's match.", "Look with nft list ruleset."),
        Gap("docker-info.json", "Docker did not answer within 5 s.", "See docker info."),
    )
    return snapshot_of(gaps=gaps)


def _moving() -> FakeHost:
    first = snapshot_of()
    return FakeHost(first, snapshot_of(MOVED, previous=first))


def _docker() -> FakeHost:
    return FakeHost(recorded(DOCKER_28).read(), live=False)


def _recorded_with(**changes: Any) -> Snapshot:
    return replace(recorded(DOCKER_28).read(), **changes)


def _lost() -> FakeHost:
    """Docker answers at first, and then no more."""
    first = recorded(DOCKER_28).read()
    gap = Gap(
        "docker",
        "Docker does not answer at unix:///var/run/docker.sock: connection refused.",
        "See systemctl status docker.",
    )
    return FakeHost(first, _recorded_with(docker=None, gaps=(gap,)))


def _without_docker() -> FakeHost:
    gap = Gap(
        "docker",
        "Docker is not running: there is no /var/run/docker.sock.",
        "Start it, or set DOCKER_HOST.",
    )
    return FakeHost(_recorded_with(docker=None, gaps=(gap,)))


def _nothing_published() -> FakeHost:
    docker = recorded(DOCKER_28).read().docker
    assert docker is not None
    rules = "*filter\n:INPUT ACCEPT [9:900]\n:FORWARD DROP [0:0]\n:DOCKER-USER - [0:0]\n"
    rules += "[0:0] -A FORWARD -j DOCKER-USER\nCOMMIT\n"
    return FakeHost(replace(snapshot_of(rules), docker=replace(docker, containers=())))


def _all_closed() -> FakeHost:
    """Only a container that is published on 127.0.0.1, behind rules without a flaw."""
    docker = recorded(DOCKER_28).read().docker
    assert docker is not None
    assert docker.containers is not None
    kept = tuple(each for each in docker.containers if each.name == "postgres")
    rules = {
        key: _without_dnat(saved, *key) for key, saved in recorded(DOCKER_28).read().rules.items()
    }
    return FakeHost(_recorded_with(docker=replace(docker, containers=kept), rules=rules))


def _without_dnat(saved: SavedRules, variant: Variant, family: Family) -> SavedRules:
    """The rules without what Docker takes out when containers end, but for those on 127.0.0.1."""
    lines = format_save(saved).split("\n")
    kept = [line for line in lines if "-j DNAT" not in line or "127.0.0.1" in line]
    return parse_save("\n".join(kept), variant, family)


def _stuck() -> FakeHost:
    host = FakeHost(snapshot_of())
    host.gate.clear()
    return host


ANSI = Terminal(theme="ansi")
LIGHT = Terminal(theme="light")
ASCII = Terminal(theme="ansi", ascii=True)


REFUSED_PACKET = ("t", "ctrl+a", *["delete"] * 60, *"198.51.100.7 eth0 6379", "enter")
TO_DOCKER_USER = ("slash", *"abuse", "enter", "escape")

STATES = (
    Scene("tree", lambda: FakeHost(snapshot_of())),
    Scene("tree-wide", lambda: FakeHost(snapshot_of()), WIDE),
    Scene("tree-rule", lambda: FakeHost(snapshot_of()), keys=TO_DOCKER_USER),
    Scene("tree-words-wide", lambda: FakeHost(snapshot_of()), WIDE, ("w", *TO_DOCKER_USER)),
    Scene("tree-both-families", lambda: FakeHost(snapshot_of()), WIDE, ("v", "v")),
    Scene("tree-ansi", lambda: FakeHost(snapshot_of()), keys=TO_DOCKER_USER, terminal=ANSI),
    Scene("tree-light", lambda: FakeHost(snapshot_of()), keys=TO_DOCKER_USER, terminal=LIGHT),
    Scene("tree-ascii", lambda: FakeHost(snapshot_of()), keys=TO_DOCKER_USER, terminal=ASCII),
    Scene("moving", _moving, rereads=1),
    Scene("moving-wide", _moving, WIDE, rereads=1),
    Scene("search", lambda: FakeHost(snapshot_of()), keys=("slash", *"docker")),
    Scene("frozen", lambda: FakeHost(snapshot_of()), keys=("space",)),
    Scene("offline", lambda: FakeHost(snapshot_of(), live=False)),
    Scene("partial", lambda: FakeHost(_partial())),
    Scene("partial-wide", lambda: FakeHost(_partial()), WIDE),
    Scene("starting", _stuck),
    Scene("no-root", lambda: FakeHost(_denied())),
    Scene("no-root-wide", lambda: FakeHost(_denied()), WIDE),
    Scene("unreadable", lambda: FakeHost(OSError("iptables-nft-save: cannot fork"))),
    Scene("stale", lambda: FakeHost(snapshot_of(), OSError("no answer")), keys=("f5",)),
    Scene("no-rules", lambda: FakeHost(snapshot_of("*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n"))),
    Scene("too-small", lambda: FakeHost(snapshot_of()), (58, 14)),
    Scene("short", lambda: FakeHost(snapshot_of()), (80, 16)),
    Scene("help", lambda: FakeHost(snapshot_of()), keys=("question_mark",)),
    Scene("help-wide", lambda: FakeHost(snapshot_of()), WIDE, ("question_mark",)),
    Scene("exposures", _docker, view="1"),
    Scene("exposures-wide", _docker, WIDE, view="1"),
    Scene("exposures-ansi", _docker, view="1", terminal=ANSI),
    Scene("exposures-filtered", _docker, view="1", keys=("slash", *"redis")),
    Scene("exposures-unread", lambda: FakeHost(_partial()), view="1"),
    Scene("proof", _docker, view="1", keys=("j", "enter")),
    Scene("proof-wide", _docker, WIDE, view="1", keys=("j", "enter")),
    Scene("proof-closed", _docker, view="1", keys=REFUSED_PACKET),
    Scene("proof-all", _docker, view="1", keys=(*REFUSED_PACKET, "a")),
    Scene("proof-ascii", _docker, view="1", keys=("j", "enter"), terminal=ASCII),
    Scene("what-if", _docker, view="1", keys=("t",)),
    Scene("findings", _docker, view="3"),
    Scene("findings-wide", _docker, WIDE, view="3"),
    Scene("host", _docker, view="4"),
    Scene("commands", lambda: FakeHost(snapshot_of()), keys=("ctrl+p",)),
    Scene("commands-wide", lambda: FakeHost(snapshot_of()), WIDE, ("ctrl+p",)),
    Scene("starting-wide", _stuck, WIDE),
    Scene("unreadable-wide", lambda: FakeHost(OSError("iptables-nft-save: cannot fork")), WIDE),
    Scene("stale-wide", lambda: FakeHost(snapshot_of(), OSError("no answer")), WIDE, ("f5",)),
    Scene("frozen-wide", lambda: FakeHost(snapshot_of()), WIDE, ("space",)),
    Scene("offline-wide", lambda: FakeHost(snapshot_of(), live=False), WIDE),
    Scene(
        "no-rules-wide",
        lambda: FakeHost(snapshot_of("*filter\n:FORWARD ACCEPT [0:0]\nCOMMIT\n")),
        WIDE,
    ),
    Scene("search-wide", lambda: FakeHost(snapshot_of()), WIDE, ("slash", *"docker")),
    Scene("exposures-unread-wide", lambda: FakeHost(_partial()), WIDE, view="1"),
    Scene("exposures-filtered-wide", _docker, WIDE, ("slash", *"port:6379 sev:exposed"), view="1"),
    Scene("no-docker", _without_docker, view="1"),
    Scene("no-docker-wide", _without_docker, WIDE, view="1"),
    Scene("docker-lost", _lost, view="1", rereads=1),
    Scene("docker-lost-wide", _lost, WIDE, view="1", rereads=1),
    Scene("nothing-published", _nothing_published, view="1"),
    Scene("nothing-published-wide", _nothing_published, WIDE, view="1"),
    Scene("all-closed", _all_closed, view="1"),
    Scene("all-closed-wide", _all_closed, WIDE, view="1"),
    Scene("all-closed-findings", _all_closed, view="3"),
    Scene("what-if-wide", _docker, WIDE, view="1", keys=("t",)),
    Scene("proof-closed-wide", _docker, WIDE, view="1", keys=REFUSED_PACKET),
    Scene("host-wide", _docker, WIDE, view="4"),
    Scene("way", _docker, keys=("question_mark", "question_mark"), view="1"),
    Scene("way-wide", _docker, WIDE, ("question_mark", "question_mark"), view="1"),
    Scene("glossary", _docker, keys=("question_mark",) * 3, view="1"),
    Scene("glossary-wide", _docker, WIDE, ("question_mark",) * 3, view="1"),
    Scene("copy", _docker, keys=("j", "y"), view="1"),
    Scene("copy-wide", _docker, WIDE, ("j", "y"), view="1"),
    Scene("zero", _moving, keys=("z", "f5")),
    Scene("only-moving", _moving, keys=("f", "f5")),
    Scene("zero-wide", _moving, WIDE, ("z", "f5")),
    Scene("only-moving-wide", _moving, WIDE, ("f", "f5")),
    Scene("all-closed-findings-wide", _all_closed, WIDE, view="3"),
    Scene("themes", _docker, keys=("ctrl+p", *"theme", "enter"), view="1"),
    *EDITS,
)
"""Every view and state, compared with what they looked like when last looked at."""

SHOTS = (
    Scene("exposures", lambda: recorded(DOCKER_28), WIDE, view="1"),
    Scene("exposures-80x24", lambda: recorded(DOCKER_28), view="1"),
    Scene("proof", lambda: recorded(DOCKER_28), (120, 36), ("j", "enter"), view="1"),
    Scene("proof-80x24", lambda: recorded(DOCKER_28), keys=("j", "enter"), view="1"),
    Scene("findings", lambda: recorded(DOCKER_28), (120, 30), view="3"),
    Scene("tree", lambda: recorded(DOCKER_28), (120, 40), ("j",) * 28),
    Scene("tree-80x24", lambda: recorded(DOCKER_28), NARROW, ("j",) * 13),
    Scene("tree-words", lambda: recorded(DOCKER_28), (120, 40), ("w", *("j",) * 24)),
    Scene("help", lambda: recorded(DOCKER_28), (100, 30), ("question_mark",)),
    *EDIT_SHOTS,
)
"""What the README shows."""

_GENERATED = re.compile(r"terminal-\d+-")
_TEXT = re.compile(
    r'(<text [^>]*?x=")([\d.]+)("[^>]*? textLength=")([\d.]+)("[^>]*>)([^<]*)</text>'
)
_SPACE = "&#160;"
_CELL = 12.2
"""Width of one cell in the pictures."""


async def _take(scene: Scene) -> str:
    host = scene.host()
    waits = not isinstance(host, FakeHost) or (
        host.gate.is_set() and not isinstance(host.readings[0], Exception)
    )
    if not waits:
        return await _take_without_tree(scene, host)
    async with showing(host, scene.size, scene.terminal, scene.view) as pilot:
        for _ in range(scene.rereads):
            await reread(pilot)
        app = app_of(pilot)
        await until(pilot, lambda: not app.desk.busy)
        for key in scene.keys:
            if key != REST:
                await pilot.press(key)
                continue
            await until(pilot, lambda: _is_at_rest(app))
            if isinstance(app.desk.clock, Stopwatch):
                app.desk.clock.forward(1)
        await until(pilot, lambda: _is_at_rest(app))
        app.desk.trials.tick()  # however fast this was, a countdown shows the time that passed
        await until(pilot, lambda: _is_at_rest(app))
        return await _settled(pilot)


async def _settled(pilot: Pilot[None]) -> str:
    """The picture once it no longer changes."""
    before = ""
    while True:
        picture = _svg(pilot.app.export_screenshot(title="dockerwall-tui", simplify=True))
        if picture == before:
            return picture
        before = picture
        await pilot.pause(0.05)


async def _take_without_tree(scene: Scene, host: Host) -> str:
    app = app_for(host, scene.terminal)
    async with app.run_test(size=scene.size) as pilot:
        ready = isinstance(host, FakeHost) and not host.gate.is_set()
        await until(pilot, lambda: ready or app.main.failure)
        svg = await _settled(pilot)
        if isinstance(host, FakeHost):
            host.gate.set()
        return svg


def _is_at_rest(app: DockerwallApp) -> bool:
    busy = app.reader.busy or app.judge.busy or app.desk.busy
    return not busy and app.main.inquiry.search.done


def _svg(text: str) -> str:
    """The picture with stable names, and without blanks that some viewers drop or squeeze."""
    return _TEXT.sub(_without_blanks, _GENERATED.sub("terminal-", text))


def _without_blanks(found: re.Match[str]) -> str:
    head, x, middle, length, tail, words = found.groups()
    inner = words.removeprefix(_SPACE)
    before = 0
    while inner != words:
        before, words, inner = before + 1, inner, inner.removeprefix(_SPACE)
    after = 0
    while words.endswith(_SPACE):
        after, words = after + 1, words.removesuffix(_SPACE)
    if not words.strip():
        return ""
    place = float(x) + before * _CELL
    width = float(length) - (before + after) * _CELL
    return f"{head}{place:g}{middle}{width:g}{tail}{words}</text>"


def drawn(scene: Scene) -> str:
    """The picture of a scene as SVG."""
    return asyncio.run(_take(scene))
