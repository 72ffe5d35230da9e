"""Making own rules last on a far host: one shell script there writes all files, and tells systemd.

It is handed over whole with everything it needs, before it touches anything, and is deaf to the
end of the connection: what was begun is ended there. If it is killed all the same, what it leaves
is what a local write leaves, whole files and a record that names them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from dockerwall.applying.far.store import Runner
from dockerwall.applying.lasting.keeping import PATIENCE
from dockerwall.applying.lasting.writing import NotWrittenError, in_order
from dockerwall.editing.lasting.orders import Order
from dockerwall.editing.lasting.planning import FileChange, Persisting
from dockerwall.model.boot import FOLDER, OWN_LINKS
from dockerwall.model.unreadable import UnreadableError
from dockerwall.programs import Answer, Failure

LARGEST = 16 * 1024 * 1024
"""Bytes that are sent to a host at most."""
_MARK = "--"
_REFUSED = 4


def writing_script() -> str:
    """The text of `writing.sh`."""
    return (Path(__file__).parent / "writing.sh").read_text(encoding="utf-8")


def write_far(
    run: Runner, planned: Persisting, told: Sequence[Order], root: str = ""
) -> Sequence[Answer]:
    """See `lasting.keeping.Write`; UnreadableError where it is not known how far it came.

    `root` is a folder below which everything is, for tests.
    """
    sheet = _Sheet()
    words = [word for change in in_order(planned.changes) for word in sheet.words(change)]
    left = [path for path in planned.unfinished if path != FOLDER]
    words += [_MARK, *(f">{path}" if path in OWN_LINKS else path for path in left)]
    words += [_MARK, *(" ".join((order.verb, *order.units)) for order in told)]
    argv = ["sh", "-c", writing_script(), "sh", root, *words]
    answer = run(argv, given=sheet.text(), patience=PATIENCE * (1 + len(told)))
    if answer.status == _REFUSED:
        raise NotWrittenError(answer.complaint)
    if answer.failure is not None:
        raise UnreadableError(f"The host did not write all of it: {answer.problem()}")
    return tuple(_answers(answer.text.splitlines()))


class _Sheet:
    """Texts one below the other, each with a line break more than it has."""

    def __init__(self) -> None:
        self._texts = [b"\n"]
        self._lines = 1
        self._size = 0

    def words(self, change: FileChange) -> tuple[str, str, str, str]:
        """How a change is told: its texts are those lines from now on."""
        mode = "keep" if change.mode is None else f"{change.mode:o}"
        before, after = (self._word(change, text) for text in (change.before, change.after))
        return change.path, mode, before, after

    def _word(self, change: FileChange, text: str | None) -> str:
        if text is None:
            return "-"
        if change.is_link:
            return f">{text}"
        content = text.encode("utf-8", "surrogateescape")
        self._size += len(content)
        if b"\0" in content:
            raise NotWrittenError(f"{change.path} holds a zero byte, which no shell can write.")
        if self._size > LARGEST:
            raise NotWrittenError(
                f"with {change.path} there is more than {LARGEST // 1024 // 1024} MiB to be sent."
            )
        first = self._lines + 1
        self._texts += [content, b"\n"]
        self._lines += content.count(b"\n") + 1
        return f"{first},{self._lines}"

    def text(self) -> bytes:
        """All of them, and the line that ends them."""
        return b"".join((*self._texts, b".\n"))


def _answers(lines: Iterable[str]) -> Iterable[Answer]:
    """What systemctl said to each order."""
    for line in lines:
        status, _, complaint = line.partition(" ")
        number = int(status) if status.isdigit() and len(status) < 4 else 255
        failure = {0: None, 127: Failure.MISSING}.get(number, Failure.FAILED)
        yield Answer("systemctl", complaint=complaint, failure=failure, status=number)
