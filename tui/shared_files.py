"""A step of building a wheel: the completions and the man page, for the `share` of an installation.

The parser needs nothing but Python itself, so they are made from the very source that is packed.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SharedFiles(BuildHookInterface[Any]):
    """Puts the files into a wheel; an editable installation has none."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the files, and name their places."""
        if version == "editable":
            return
        sys.path.insert(0, str(Path(__file__).parent))
        from dockerwall.cli.completion import SHARED, text
        from dockerwall.cli.parser import build_parser

        self._folder = tempfile.TemporaryDirectory()
        for place, kind in SHARED.items():
            path = Path(self._folder.name, Path(place).name)
            path.write_text(text(kind, build_parser()), encoding="utf-8")
            build_data["shared_data"][str(path)] = f"share/{place}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove what was only on its way."""
        if version != "editable":
            self._folder.cleanup()
