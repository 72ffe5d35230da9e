"""The settings file on disk: found, read, and added to, whole or not at all.

Source: the XDG base directory specification; a host's own file is /etc/dockerwall/config.toml.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from dockerwall.grammar.settings import format_expectation, parse_settings
from dockerwall.model.settings import Expectation, Settings

HOST_FILE = Path("/etc/dockerwall/config.toml")


def settings_path(environment: Mapping[str, str]) -> Path:
    """Where this user's settings are, or would be."""
    home = environment.get("XDG_CONFIG_HOME", "")
    base = Path(home) if home.startswith("/") else Path(environment.get("HOME", "/")) / ".config"
    return base / "dockerwall" / "config.toml"


def read_settings(path: Path, fallback: Path = HOST_FILE) -> Settings:
    """The user's settings, else the host's, else none; GrammarError for a bad file."""
    for each in (path, fallback):
        try:
            text = each.read_text(encoding="utf-8", errors="surrogateescape")
        except OSError:
            continue
        return parse_settings(text, str(each))
    return Settings()


def declare(path: Path, expectation: Expectation) -> Settings:
    """Declare an exposure intended, and read the file again."""
    add_expectation(path, expectation)
    return read_settings(path)


def add_expectation(path: Path, expectation: Expectation) -> None:
    """Declare an exposure intended: put it at the end of the file; OSError if that fails."""
    try:
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
    except FileNotFoundError:
        text = ""
    if text and not text.endswith("\n"):
        text += "\n"
    text += ("\n" if text else "") + format_expectation(expectation)
    parse_settings(text, str(path))  # never leave a file that cannot be read again
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
