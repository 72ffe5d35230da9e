"""A process for the terminal tests: the real screen on a fake host that rereads one file.

`python -m tests.app.played FILE INTERVAL`: the file holds what iptables-save would print.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from tests.app.hosts import snapshot_of

from dockerwall.app import run
from dockerwall.model.snapshot import Snapshot
from dockerwall.session import Options, Session


class FileHost:
    """A live host whose rules are the text of a file; a file that says `stuck` never answers."""

    live = True
    name = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: Snapshot | None = None

    def first(self) -> Snapshot:
        """The rules in the file now."""
        text = self._path.read_text()
        while text == "stuck":
            time.sleep(3600)
        self._last = snapshot_of(text, None, previous=self._last)
        return self._last

    read = first


if __name__ == "__main__":
    host = Session(FileHost(Path(sys.argv[1])))
    sys.exit(run(host, Options(interval=float(sys.argv[2]))))
