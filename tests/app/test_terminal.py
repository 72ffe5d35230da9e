"""What is decided of the terminal before the screen is imported."""

from __future__ import annotations

from types import ModuleType

import pytest

from dockerwall.app.glyphs import ASCII, UTF8
from dockerwall.app.look import look_for
from dockerwall.app.spared import spare_palette
from dockerwall.app.terminal import (
    Terminal,
    Wishes,
    apply,
    decide,
    is_over_ssh,
    is_utf8,
    refusal,
)
from dockerwall.present.pieces import Tone

XTERM = {"TERM": "xterm-256color"}


@pytest.mark.parametrize("term", ["dumb", "unknown", "emacs"])
def test_terminals_that_promise_nothing_are_refused(term: str) -> None:
    assert term in (refusal({"TERM": term}, stdin_tty=True, stderr_tty=True) or "")


@pytest.mark.parametrize(("stdin", "stderr"), [(False, True), (True, False)])
def test_without_a_terminal_there_is_no_screen(stdin: bool, stderr: bool) -> None:
    assert refusal(XTERM, stdin_tty=stdin, stderr_tty=stderr)
    assert refusal(XTERM, stdin_tty=True, stderr_tty=True) is None


@pytest.mark.parametrize(
    ("environ", "theme"),
    [
        (XTERM, "dark"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "dark"),
        ({"TERM": "tmux-256color", "COLORFGBG": "0;15"}, "light"),
        ({"TERM": "xterm-256color", "COLORFGBG": "15;0"}, "dark"),
        ({"TERM": "linux"}, "ansi"),
        ({"TERM": "vt100"}, "ansi"),
        ({"TERM": "screen"}, "ansi"),
        ({"TERM": ""}, "ansi"),
        ({}, "ansi"),
        (XTERM | {"NO_COLOR": "1"}, "ansi"),
        (XTERM | {"NO_COLOR": ""}, "dark"),
    ],
)
def test_the_theme_follows_the_colours_there_are(environ: dict[str, str], theme: str) -> None:
    assert decide(environ, "utf-8", over_ssh=False).theme == theme


def test_an_empty_no_color_is_taken_out_of_the_environment() -> None:
    environ = XTERM | {"NO_COLOR": ""}
    apply(decide(environ, "utf-8", over_ssh=False), environ)
    assert "NO_COLOR" not in environ


def test_no_color_by_option_wins_over_a_wished_theme() -> None:
    environ = dict(XTERM)
    terminal = decide(environ, "utf-8", over_ssh=False, wishes=Wishes(no_color=True, theme="light"))
    apply(terminal, environ)
    assert (terminal.theme, environ["NO_COLOR"]) == ("ansi", "1")


def test_over_ssh_escape_sequences_may_come_in_parts() -> None:
    environ = dict(XTERM)
    apply(decide(environ, "utf-8", over_ssh=True), environ)
    assert environ["ESCDELAY"] == "600"
    assert environ["TEXTUAL_ANIMATIONS"] == "none"
    own = XTERM | {"ESCDELAY": "250"}
    apply(decide(own, "utf-8", over_ssh=True), own)
    assert own["ESCDELAY"] == "250"


@pytest.mark.parametrize(
    ("over_ssh", "wish", "mouse"),
    [(True, None, False), (True, True, True), (False, None, True), (False, False, False)],
)
def test_the_mouse_is_off_over_ssh_unless_asked_for(
    over_ssh: bool, wish: bool | None, mouse: bool
) -> None:
    assert decide(XTERM, "utf-8", over_ssh=over_ssh, wishes=Wishes(mouse=wish)).mouse is mouse


@pytest.mark.parametrize(
    ("encoding", "utf8"),
    [("utf-8", True), ("UTF8", True), ("ascii", False), ("iso8859-1", False), ("none", False)],
)
def test_ascii_lines_where_the_encoding_is_not_utf8(encoding: str, utf8: bool) -> None:
    assert is_utf8(encoding) is utf8
    assert decide(XTERM, encoding, over_ssh=False).ascii is not utf8


@pytest.mark.parametrize(
    ("environ", "ancestors", "remote"),
    [
        ({"SSH_CONNECTION": "a 1 b 22"}, [], True),
        ({}, ["bash", "sudo", "bash", "sshd", "systemd"], True),
        ({}, ["bash", "mosh-server"], True),
        ({"TMUX": "/tmp/tmux-0/default,1,0"}, ["bash"], True),
        ({}, ["bash", "tmux: server"], True),
        ({}, ["bash", "gnome-terminal-", "systemd"], False),
    ],
)
def test_ssh_is_seen_through_sudo_and_assumed_in_a_multiplexer(
    environ: dict[str, str], ancestors: list[str], remote: bool
) -> None:
    assert is_over_ssh(environ, iter(ancestors)) is remote


def test_ascii_marks_are_ascii_and_every_mark_is_one_cell() -> None:
    assert all(mark.isascii() and len(mark) == 1 for mark in ASCII)
    assert all(len(mark) == 1 for mark in UTF8)


@pytest.mark.parametrize("theme", ["dark", "light", "ansi"])
def test_every_tone_has_a_style(theme: str) -> None:
    look = look_for(Terminal(theme=theme))
    assert all(look.tone(tone) is not None for tone in Tone)


def test_the_ansi_look_uses_no_bright_colour_and_no_red_beside_green_as_opposites() -> None:
    look = look_for(Terminal(theme="ansi"))
    colors = {tone: style.color for tone, style in look.tones.items()}
    assert all(color is None or (color.number or 0) < 8 for color in colors.values())
    assert colors[Tone.ACCEPT] != colors[Tone.DROP]
    assert look.tone(Tone.ACCEPT).color.name != "green"  # type: ignore[union-attr]


def test_non_ascii_text_is_written_out_on_an_ascii_terminal() -> None:
    assert look_for(Terminal(ascii=True)).safe("café") == "caf\\u{e9}"
    assert look_for(Terminal()).safe("café") == "café"


def test_the_spared_palette_is_stood_in_for_only_before_textual_is_there() -> None:
    modules: dict[str, ModuleType] = {}
    spare_palette(modules)
    assert isinstance(modules["textual.command"].Provider, type)
    later = {"textual.app": ModuleType("textual.app")}
    spare_palette(later)
    assert list(later) == ["textual.app"]
