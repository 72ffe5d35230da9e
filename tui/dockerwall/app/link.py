"""The way to the terminal: how much of what was written has not been taken yet.

Textual writes through a thread with a queue of 30 frames and then blocks the whole program. These
functions look into that queue, which is not public: where it is not found, the link counts as free.
"""

from __future__ import annotations

from typing import Any

WAITING = 2
"""With more frames than this waiting, no refresh is added."""
FULL = 12
"""With more than this waiting no frame is added at all; the screen is drawn anew afterwards."""


def backlog(app: Any) -> int:
    """How many frames are waiting to be written."""
    driver = getattr(app, "_driver", None)
    writer = getattr(driver, "_writer_thread", None)
    queue = getattr(writer, "_queue", None)
    size = getattr(queue, "qsize", None)
    return int(size()) if callable(size) else 0
