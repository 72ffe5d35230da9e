"""A process for the bench: the real screen on a recorded host played as a live one.

`python -m tests.bench.moving_host FOLDER INTERVAL`: at every reading a hundred counters have moved.
"""

from __future__ import annotations

import random
import re
import sys
from pathlib import Path

from dockerwall.app import run
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.assembly import Assembly
from dockerwall.reading.recorded import read_recorded
from dockerwall.reading.texts import SAVE_FILES, Texts
from dockerwall.session import Options, Session

MOVED = 100
_COUNTERS = re.compile(r"\[(\d+):(\d+)\]")


class MovingHost:
    """A recorded host whose counters move."""

    live = True
    name = ""

    def __init__(self, folder: Path) -> None:
        self._texts = read_recorded(folder)
        self._assembly = Assembly(forgiving=True)
        self._chance = random.Random(1)

    def first(self) -> Snapshot:
        """The recorded snapshot."""
        return self._assembly.snapshot(self._texts)

    def read(self) -> Snapshot:
        """The same rules with other counters."""
        name = SAVE_FILES[Variant.NFT, Family.IPV4]
        files = dict(self._texts.files)
        files[name] = self._moved(files[name])
        self._texts = Texts(self._texts.host, files, self._texts.gaps)
        return self._assembly.snapshot(self._texts)

    def _moved(self, text: str) -> str:
        lines = text.splitlines(keepends=True)
        rules = [place for place, line in enumerate(lines) if line.startswith("[")]
        for place in self._chance.sample(rules, MOVED):
            lines[place] = _COUNTERS.sub(_one_more, lines[place], count=1)
        return "".join(lines)


def _one_more(counters: re.Match[str]) -> str:
    return f"[{int(counters[1]) + 1}:{int(counters[2]) + 60}]"


if __name__ == "__main__":
    host = Session(MovingHost(Path(sys.argv[1])))
    sys.exit(run(host, Options(interval=float(sys.argv[2]))))
