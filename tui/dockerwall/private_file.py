"""Files for the operator alone: what a firewall lets in is nobody else's business.

A file is written whole or not at all, with mode 0600, and its name never stands for half of it.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path


class NotWrittenError(OSError):
    """A file was not written: one sentence that says why. Nothing was left behind."""


def write_private(path: Path, data: bytes) -> None:
    """Put a file in its place, instead of a file that is there; NotWrittenError if it cannot be."""
    try:
        if path.exists() and not stat.S_ISREG(path.stat().st_mode):
            raise NotWrittenError(f"{path} is no ordinary file: name another")
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
    except NotWrittenError:
        raise
    except (OSError, ValueError) as error:
        raise NotWrittenError(_why(path, error)) from None
    try:
        with open(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise NotWrittenError(_why(path, error)) from None
        raise


def _why(path: Path, error: Exception) -> str:
    reason = error.strerror if isinstance(error, OSError) else None
    return f"{path} cannot be written: {reason or error}"
