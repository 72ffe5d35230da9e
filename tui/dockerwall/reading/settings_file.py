"""The settings files on disk: found, read, and added to, whole or not at all.

Source: the XDG base directory specification; a host's own file is /etc/dockerwall/config.toml.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from dockerwall.model.settings import (
    Expectation,
    Flaw,
    Preferences,
    Settings,
    SettingsFile,
)

HOST_FILE = Path("/etc/dockerwall/config.toml")


class NotKeptError(OSError):
    """The settings file cannot be added to as it is: one sentence."""


def settings_path(environment: Mapping[str, str]) -> Path:
    """Where this user's settings are, or would be."""
    home = environment.get("XDG_CONFIG_HOME", "")
    base = Path(home) if home.startswith("/") else Path(environment.get("HOME", "/")) / ".config"
    return base / "dockerwall" / "config.toml"


def read_settings(path: Path, below: Path = HOST_FILE) -> SettingsFile:
    """The user's settings laid over the host's: each setting is the user's where there is one.

    What is expected is added up. A file that is absent says nothing.
    """
    return laid_over(_read(path), _read(below))


def laid_over(upper: SettingsFile, lower: SettingsFile) -> SettingsFile:
    """Two files as one."""
    mine, theirs = upper.settings, lower.settings
    lan = theirs.lan if mine.lan is None else mine.lan
    return SettingsFile(
        Settings(lan, mine.expected + theirs.expected),
        _preferred(upper.preferences, lower.preferences),
        upper.flaws + lower.flaws,
    )


def _preferred(mine: Preferences, theirs: Preferences) -> Preferences:
    chosen = {each.command for each in mine.keys}
    return Preferences(
        interval=theirs.interval if mine.interval is None else mine.interval,
        trial=theirs.trial if mine.trial is None else mine.trial,
        theme=theirs.theme if mine.theme is None else mine.theme,
        mouse=theirs.mouse if mine.mouse is None else mine.mouse,
        ascii=theirs.ascii if mine.ascii is None else mine.ascii,
        keys=mine.keys + tuple(each for each in theirs.keys if each.command not in chosen),
    )


def _read(path: Path) -> SettingsFile:
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return SettingsFile()
    except OSError as error:
        if isinstance(error, PermissionError) and not os.access(path.parent, os.X_OK):
            return SettingsFile()  # another user's home, left in HOME: not this user's settings
        problem = f"cannot be read: {error.strerror or error}"
        return SettingsFile(flaws=(Flaw(str(path), problem, grave=True),))
    # The way to the first screen is short: TOML is imported only where there is some.
    from dockerwall.grammar.settings import parse_settings

    return parse_settings(text, str(path))


def declare(path: Path, expectation: Expectation, below: Path = HOST_FILE) -> Settings:
    """Declare an exposure intended, and read the files again; OSError if it cannot be kept."""
    add_expectation(path, expectation)
    return read_settings(path, below).settings


def add_expectation(path: Path, expectation: Expectation) -> None:
    """Put an expectation at the end of a settings file; OSError if that fails."""
    from dockerwall.grammar.settings import format_expectation, parse_settings

    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        text = ""
    before = parse_settings(text, str(path))
    if text and not text.endswith("\n"):
        text += "\n"
    text += ("\n" if text else "") + format_expectation(expectation)
    after = parse_settings(text, str(path))
    whole = replace(before.settings, expected=(*before.settings.expected, expectation))
    if after.settings != whole:  # never make a file worse than it is
        flaw = (before.flaws or after.flaws)[0]
        raise NotKeptError(f"nothing can be added to the settings before this is mended: {flaw}")
    _write(path, text)


def _write(path: Path, text: str) -> None:
    """Put a text in a file's place, whole or not at all; a link stays a link."""
    import tempfile

    path = path.resolve()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".config-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
