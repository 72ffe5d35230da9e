"""Which host a command works on: this one, or a recorded one."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from dockerwall.cli.status import complain
from dockerwall.model.settings import Settings
from dockerwall.session import Session, Source


def add_host_options(parser: argparse.ArgumentParser) -> None:
    """The options that say which host; equal for every command, before or after its name."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--snapshot",
        metavar="PATH",
        type=Path,
        default=argparse.SUPPRESS,
        help="open a recorded host: a directory, .tar or .tar.gz made by the snapshot command",
    )
    which.add_argument(
        "--demo",
        action="store_true",
        default=argparse.SUPPRESS,
        help="open the recorded host that ships with the program",
    )


def open_session(arguments: argparse.Namespace) -> Session:
    """The session the arguments ask for; NoSnapshotError or GrammarError for a bad recording."""
    from functools import partial

    from dockerwall.reading.settings_file import declare, settings_path

    path = settings_path(os.environ)
    return Session(_source(arguments), _settings(arguments, path), partial(declare, path))


def _source(arguments: argparse.Namespace) -> Source:
    from dockerwall.reading.recorded import RecordedHost

    path: Path | None = getattr(arguments, "snapshot", None)
    if path is not None:
        return RecordedHost(path)
    if getattr(arguments, "demo", False):
        return RecordedHost(Path(__file__).parent.parent / "demo")
    from dockerwall.reading.live import LiveHost

    return LiveHost()


def _settings(arguments: argparse.Namespace, path: Path) -> Settings:
    """The settings file, `--lan` before it; a bad file is named and left out."""
    from dockerwall.grammar.errors import GrammarError
    from dockerwall.reading.settings_file import read_settings

    try:
        settings = read_settings(path)
    except GrammarError as error:
        complain(f"{error} (the settings are not used)")
        settings = Settings()
    lan = getattr(arguments, "lan", None)
    return replace(settings, lan=tuple(lan)) if lan else settings
