"""Starting the application on a real terminal, with its guards; imported once all is decided."""

from __future__ import annotations

import asyncio
import gc
import getpass
import os
import sys
from collections.abc import Sequence

from dockerwall.app.app import DockerwallApp
from dockerwall.app.attention import attentive_loop
from dockerwall.app.background import BACKGROUND
from dockerwall.app.guards import Farewell, guard_input, terminal_is_there
from dockerwall.app.keeping import is_first_time
from dockerwall.app.reader import Reader
from dockerwall.app.terminal import Terminal
from dockerwall.model.settings import Flaw
from dockerwall.present.plain import plain
from dockerwall.session import Options

HINT = "New here? Enter shows why a port is open, ? explains everything, q leaves."


def start(reader: Reader, options: Options, terminal: Terminal) -> int:
    """Run the application; its exit status."""
    guard_input()
    app = GuardedApp(
        reader,
        terminal,
        interval=options.interval,
        who=operator(),
        keys=options.keys,
        trial=options.trial,
        hint=greeting(options.flaws) or (HINT if is_first_time(os.environ) else ""),
    )
    # What was imported lives until the end: the collector need not look at it again and again.
    gc.freeze()
    gc.enable()
    # The keyboard's threads wait this long at most for one that computes; 5 ms add up to a tenth.
    sys.setswitchinterval(0.001)
    with asyncio.Runner(loop_factory=lambda: attentive_loop(BACKGROUND.screen_rests)) as runner:
        runner.run(app.run_async(mouse=terminal.mouse))
    status = app.return_code or 0
    if not terminal_is_there():
        # The interpreter would fail to flush its streams and end with a status of its own.
        os._exit(status)
    if app.error is not None:
        raise app.error  # the command line says it in one line
    return status


def greeting(flaws: Sequence[Flaw]) -> str:
    """What is wrong with the settings, the reason first: a narrow screen cuts what comes last."""
    if not flaws:
        return ""
    others = f", and {len(flaws) - 1} more" if len(flaws) > 1 else ""
    return f"Settings: {plain(flaws[0].problem)} ({plain(flaws[0].place)}{others})"


class GuardedApp(DockerwallApp):
    """The application with a terminal that may go away."""

    def on_mount(self) -> None:
        """Answer signals."""
        self._farewell = Farewell(self._leave_from_anywhere)
        self._farewell.install()

    def leave(self, status: int) -> None:
        """End the program, by force if the terminal holds it up."""
        self._farewell.expect(status)
        super().leave(status)

    def _leave_from_anywhere(self, status: int) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.exit, None, status)


def operator() -> str:
    """Who is looking: `root`, or the user's name and number."""
    number = os.geteuid()
    if number == 0:
        return "root"
    try:
        return f"{getpass.getuser()} ({number})"
    except (KeyError, OSError):
        return f"uid {number}"
