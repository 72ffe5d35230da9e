"""Write the texts of a host as a snapshot: a directory or a .tar.gz, whole or not at all.

What a firewall lets in is nobody else's business: directories are 0700, files 0600.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from dockerwall.reading.meta import format_meta
from dockerwall.reading.texts import META, Texts

_ARCHIVES = (".tar", ".tar.gz", ".tgz")


class NotWrittenError(OSError):
    """The snapshot was not written: one sentence that says why. Nothing was left behind."""


def write_snapshot(texts: Texts, path: Path) -> None:
    """Write to a new directory, or to a new archive where the name ends in .tar, .tar.gz or .tgz.

    NotWrittenError when something already stands there, or the place cannot be written.
    """
    if path.exists() or path.is_symlink():
        raise NotWrittenError(f"{path} exists already: name another file, or remove it first")
    try:
        if path.name.endswith(_ARCHIVES):
            _write_archive(texts, path)
        else:
            _write_directory(texts, path)
    except OSError as error:
        raise NotWrittenError(f"{path}: {error.strerror or error}") from None


def _contents(texts: Texts) -> Iterator[tuple[str, bytes]]:
    yield META, format_meta(texts).encode()
    for name in sorted(texts.files):
        yield name, texts.files[name].encode("utf-8", "surrogateescape")


def _write_directory(texts: Texts, path: Path) -> None:
    unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))  # 0700
    try:
        for name, data in _contents(texts):
            descriptor = os.open(unfinished / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(descriptor, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        unfinished.rename(path)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def _write_archive(texts: Texts, path: Path) -> None:
    mode = "w" if path.name.endswith(".tar") else "w:gz"
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # 0600
    try:
        with open(descriptor, "wb") as stream:
            with tarfile.open(fileobj=stream, mode=mode) as archive:  # type: ignore[call-overload]
                for member, data in _contents(texts):
                    entry = tarfile.TarInfo(member)
                    entry.size, entry.mode = len(data), 0o600
                    archive.addfile(entry, io.BytesIO(data))
            stream.flush()
            os.fsync(stream.fileno())
        os.link(name, path)  # unlike rename, never replaces what appeared meanwhile
    finally:
        os.unlink(name)
