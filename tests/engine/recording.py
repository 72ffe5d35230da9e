"""Records a running host with the product's own snapshot command."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.engine.host import Host

PROGRAM = (sys.executable, "-m", "dockerwall")
"""The product's command line program, as this interpreter runs it."""


def record(host: Host, folder: Path) -> None:
    """Write a snapshot of a running host into a folder that does not exist yet."""
    host.enclosure.run([*PROGRAM, "snapshot", "-o", str(folder)])
