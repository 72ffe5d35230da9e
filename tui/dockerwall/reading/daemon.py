"""Docker's own account, through the docker SDK, and never longer than the screen can wait.

The SDK is imported here and nowhere else, when Docker is asked for the first time: it costs more
than everything else on the way to the first screen. It asks the daemon that DOCKER_HOST or the
current context names, which can be another host's: then its objects are left out.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from dockerwall.model.snapshot import Gap
from dockerwall.reading.texts import Part

PATIENCE = 5.0
"""Seconds the daemon has to answer everything."""
SOURCE = "docker-info.json"


def silence(patience: float) -> Gap:
    """The gap of a daemon that did not answer within so many seconds."""
    return Gap(
        SOURCE,
        f"Docker has not answered within {patience:g} seconds.",
        "Look at the daemon with `systemctl status docker` and `journalctl -u docker`.",
    )


class DockerReader:
    """Asks the daemon in a thread of its own, so that a daemon that hangs holds up nothing else."""

    def __init__(self, ask: Callable[[], Part] | None = None, patience: float = PATIENCE) -> None:
        """`ask` is what asks the daemon; the default asks the one the environment names."""
        self._ask = ask
        self._silent = silence
        self._patience = patience
        self._asking: threading.Thread | None = None
        self._asked_at = 0.0
        self._part: Part | None = None

    def read(self, wait: float | None = None) -> Part:
        """Docker's texts as they are now, or a gap that says why there are none.

        After `wait` seconds (its whole patience by default) the last answer has to do, unless the
        daemon owes one for longer than it was given.
        """
        if self._asking is None:
            self._asking = threading.Thread(target=self._work, name="docker", daemon=True)
            self._asked_at = time.monotonic()
            self._asking.start()
        self._asking.join(self._patience if wait is None else wait)
        if not self._asking.is_alive():
            self._asking = None
        elif time.monotonic() - self._asked_at >= self._patience:
            self._part = None
        return self._part or Part(gaps=(self._silent(self._patience),))

    def _work(self) -> None:
        if self._ask is None:
            from dockerwall.reading.docker_api import DockerApi

            api = DockerApi(self._patience)
            self._silent = api.silence
            self._ask = api.texts
        try:
            self._part = self._ask()
        except Exception as error:  # a thread has nobody above it that could say what happened
            self._part = Part(
                gaps=(
                    Gap(
                        SOURCE,
                        f"Docker could not be read: {type(error).__name__}: {error}.",
                        "Run `docker info` by hand to see why.",
                    ),
                )
            )
