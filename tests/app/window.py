"""A tmux window for the tests: what is typed into it, and what it shows."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

DEADLINE = 40.0


def missing() -> str:
    """Why there can be no window here; empty if there can."""
    return "" if shutil.which("tmux") else "tmux is not installed (run .ci/packages)"


class Window:
    """One command in a tmux of its own, without anybody's configuration."""

    def __init__(
        self, socket: Path, command: Sequence[str], prefix: Sequence[str] = (), height: int = 24
    ) -> None:
        """`prefix` stands before tmux itself, such as `nsenter` with its arguments."""
        self._tmux = [*prefix, "tmux", "-f", "/dev/null", "-S", str(socket)]
        size = ["-x", "80", "-y", str(height)]
        self._do("new-session", "-d", *size, *command)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        subprocess.run(
            [*self._tmux, "kill-server"], check=False, capture_output=True, stdin=subprocess.DEVNULL
        )

    def text(self, *, codes: bool = False) -> str:
        """What it shows; with `codes` also the colours, as escape sequences."""
        return self._do("capture-pane", "-p", *(["-e"] if codes else []))

    def ask(self, format: str) -> str:
        """What tmux says of it, as one of its formats."""
        return self._do("display-message", "-p", format).strip()

    def press(self, *keys: str) -> None:
        """Press keys, as tmux names them."""
        self._do("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type a text as it is."""
        self._do("send-keys", "-l", text)

    def wait_for(self, *texts: str) -> str:
        """Wait until all of these are shown; what is shown then."""
        end = time.monotonic() + DEADLINE
        while True:
            shown = self.text()
            if all(text in shown for text in texts):
                return shown
            assert time.monotonic() < end, f"{texts} is not shown:\n{shown}"
            time.sleep(0.05)

    def ended(self) -> bool:
        """Whether the command has ended, and the window with it."""
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            asked = [*self._tmux, "has-session"]
            if subprocess.run(asked, check=False, capture_output=True).returncode:
                return True
            time.sleep(0.05)
        return False

    def _do(self, *words: str) -> str:
        done = subprocess.run(
            [*self._tmux, *words],
            check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        return done.stdout
