"""The settings files on disk: whose counts, what becomes of a bad one, and how one is added to."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockerwall.model.settings import Expectation, KeyChoice, Settings
from dockerwall.reading.settings_file import NotKeptError, declare, read_settings, settings_path

WEB = Expectation("tcp", 443)


def test_the_place_is_the_one_xdg_names() -> None:
    assert settings_path({"HOME": "/root"}) == Path("/root/.config/dockerwall/config.toml")
    named = settings_path({"HOME": "/root", "XDG_CONFIG_HOME": "/etc/xdg"})
    assert named == Path("/etc/xdg/dockerwall/config.toml")
    # The specification: a relative path is to be ignored.
    assert settings_path({"HOME": "/h", "XDG_CONFIG_HOME": "x"}).is_relative_to("/h/.config")


def test_without_files_nothing_is_settled(tmp_path: Path) -> None:
    found = read_settings(tmp_path / "mine", tmp_path / "host")
    assert found.settings == Settings()
    assert found.flaws == ()


def test_the_users_settings_lie_over_the_hosts(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(
        'theme = "light"\nmouse = false\n[keys]\nquit = "x"\n[[expected]]\nport = "443/tcp"\n'
    )
    (tmp_path / "host").write_text(
        'lan = ["10.0.0.0/8"]\ntheme = "dark"\nmouse = true\ninterval = 5\n'
        '[keys]\nquit = "y"\nhelp = "h"\n[[expected]]\nport = "80/tcp"\n'
    )
    found = read_settings(tmp_path / "mine", tmp_path / "host")
    assert found.settings == Settings(("10.0.0.0/8",), (WEB, Expectation("tcp", 80)))
    preferences = found.preferences
    assert (preferences.theme, preferences.mouse, preferences.interval) == ("light", False, 5.0)
    assert preferences.keys == (
        KeyChoice("quit", ("x",), f"{tmp_path}/mine:4:1"),
        KeyChoice("help", ("h",), f"{tmp_path}/host:7:1"),
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (flaw,) = read_settings(tmp_path / "mine", tmp_path / "host").flaws
    assert flaw.grave
    assert str(flaw).startswith(f"{tmp_path}/mine: cannot be read: ")


def test_bytes_that_are_no_text_are_a_flaw_and_nothing_worse(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(b"\xff\xfe\x00lan\n")
    (flaw,) = read_settings(tmp_path / "mine", tmp_path / "host").flaws
    assert flaw.place == f"{tmp_path}/mine:1:1"


def test_a_declaration_is_added_and_nothing_else_changes(tmp_path: Path) -> None:
    file = tmp_path / "dockerwall" / "config.toml"
    assert declare(file, WEB, tmp_path / "host") == Settings(None, (WEB,))
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text('# mine\nlan = ["10.0.0.0/8"]  # home')
    assert declare(file, WEB, tmp_path / "host") == Settings(("10.0.0.0/8",), (WEB,))
    assert file.read_text().startswith('# mine\nlan = ["10.0.0.0/8"]  # home\n\n[[expected]]\n')


def test_a_link_to_the_settings_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "dotfiles.toml").write_text("")
    link = tmp_path / "config.toml"
    link.symlink_to(tmp_path / "dotfiles.toml")
    declare(link, WEB, tmp_path / "host")
    assert link.is_symlink()
    assert "443/tcp" in (tmp_path / "dotfiles.toml").read_text()


@pytest.mark.parametrize("text", ["lan = [\n", "expected = 3\n"])
def test_a_file_that_cannot_be_added_to_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(NotKeptError, match="before this is mended"):
        declare(file, WEB, tmp_path / "host")
    assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]
