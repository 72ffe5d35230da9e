"""How a host begins, read over a shell there to the byte, as what is written there has to be."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dockerwall.model.boot import FILES, FOLDER, NAMES, OWN_LINKS, SYSTEMD_RUNS, WRITTEN, Boot
from dockerwall.programs import Answer
from dockerwall.reading.boot import LARGEST
from dockerwall.reading.incoming import GarbledError

Run = Callable[[Sequence[str]], Answer]
"""Runs a program there."""

# A fixed script: a folder below which everything is (none on a host), the largest size, and paths
# in four lists: those whose existence counts, files, links and files that may be unfinished.
_SCRIPT = """
set -f
root=$1 largest=$2
shift 2
there() { test -e "$root$1" || test -L "$root$1"; }
unfinished() {
    place=$root$1
    test -z "$2" || test ! -L "$place" || place=$(readlink -f "$place")
    part=${place%/*}/.${place##*/}.dockerwall
    if test -e "$part" || test -L "$part"; then echo "part $1"; fi
}
while test "$1" != --; do
    if there "$1"; then echo "name $1"; fi
    shift
done
shift
while test "$1" != --; do
    if there "$1"; then
        size=0
        test ! -f "$root$1" || size=$(($(wc -c <"$root$1")))
        test "$size" -le "$largest" || size=0
        echo "file $1 $size"
        test "$size" = 0 || cat "$root$1"
        echo
    fi
    shift
done
shift
while test "$1" != --; do
    unfinished "$1" ''
    shift
done
shift
while test $# != 1; do
    unfinished "$1" target
    shift
done
for folder in "$root$1" "$root${1%/*}"; do
    if test -d "$folder" && test -z "$(ls -A "$folder")"; then echo "part $1"; fi
done
echo end
"""


def remote_boot(run: Run, root: str = "") -> Boot:
    """What is there now; GarbledError where the host's answer is none."""
    files = [path for path in WRITTEN if path not in OWN_LINKS]
    words = [root, str(LARGEST), SYSTEMD_RUNS, *NAMES, "--", *FILES, "--", *OWN_LINKS, "--"]
    answer = run(["sh", "-c", _SCRIPT, "sh", *words, *files, FOLDER])
    if answer.failure is not None:
        raise GarbledError(answer.problem())
    return _Said(answer.output).boot()


class _Said:
    """What the script printed, taken line by line; text of a file may hold anything."""

    def __init__(self, output: bytes) -> None:
        self._left = memoryview(output)
        self._place = 0
        self._output = output

    def boot(self) -> Boot:
        names: list[str] = []
        files: dict[str, str] = {}
        parts: list[str] = []
        while (words := self._line().split(" "))[0] != "end":
            match words:
                case ["name", path] if path in (SYSTEMD_RUNS, *NAMES):
                    names.append(path)
                case ["part", path] if path in (FOLDER, *WRITTEN):
                    parts.append(path)
                case ["file", path, size] if path in FILES and size.isdigit():
                    files[path] = self._text(int(size))
                case _:
                    raise GarbledError("a file changed while it was read")
        there = frozenset(names)
        return Boot(SYSTEMD_RUNS in there, files, there - {SYSTEMD_RUNS}, frozenset(parts))

    def _line(self) -> str:
        end = self._output.find(b"\n", self._place)
        if end < 0:
            raise GarbledError("it ends too soon")
        line = self._output[self._place : end]
        self._place = end + 1
        return line.decode("ascii", "replace")

    def _text(self, size: int) -> str:
        end = self._place + size
        if self._output[end : end + 1] != b"\n":
            raise GarbledError("a file changed while it was read")
        text = self._output[self._place : end]
        self._place = end + 1
        return text.decode("utf-8", "surrogateescape")
