"""The one container image of the tests: a statically linked echo server, made on this machine."""

from __future__ import annotations

import functools
import io
import subprocess
import tarfile
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("echo.c")


@functools.cache
def echo_program() -> bytes:
    """The compiled echo server."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "echo")
        subprocess.run(
            ["gcc", "-O1", "-static", "-s", "-Wall", "-Wextra", "-o", str(program), str(SOURCE)],
            check=True,
        )
        return program.read_bytes()


@functools.cache
def image_tarball() -> bytes:
    """The image's file tree as `docker import` takes it: /echo and nothing else."""
    tarball = io.BytesIO()
    with tarfile.open(fileobj=tarball, mode="w") as tar:
        entry = tarfile.TarInfo("echo")
        entry.mode = 0o755
        entry.size = len(echo_program())
        tar.addfile(entry, io.BytesIO(echo_program()))
    return tarball.getvalue()
