"""Golden files: what was shown the last time someone looked and found it right.

`DOCKERWALL_GOLDEN=write pytest tests/present` writes them anew; read the difference before keeping.
"""

from __future__ import annotations

import os
from pathlib import Path


def check_golden(path: Path, found: str) -> None:
    """Assert that `found` is what the file holds."""
    if os.environ.get("DOCKERWALL_GOLDEN") == "write":
        path.write_text(found, encoding="utf-8")
    assert path.exists(), f"{path.name} is missing: write it with DOCKERWALL_GOLDEN=write"
    assert found == path.read_text(encoding="utf-8")
