"""A throw-away network namespace: made, entered for a command or a socket, and removed."""

from __future__ import annotations

import ctypes
import itertools
import os
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNET = 0x40000000
_serial = itertools.count(1)
_libc = ctypes.CDLL(None, use_errno=True)


class CommandFailedError(RuntimeError):
    """A command inside a namespace ended with another status than 0; the text says which."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """One named network namespace, by the name that `ip netns` knows."""

    name: str

    @property
    def path(self) -> str:
        """The file that keeps the namespace alive."""
        return f"/var/run/netns/{self.name}"

    def run(self, argv: Sequence[str], text: str = "") -> str:
        """Run a command inside, give it `text` on standard input, return its standard output."""
        done = subprocess.run(
            ["nsenter", f"--net={self.path}", *argv],
            input=text,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            said = (done.stderr or done.stdout).strip()
            raise CommandFailedError(f"{' '.join(argv)}: status {done.returncode}: {said}")
        return done.stdout

    def ip(self, *lines: str, version: int = 0) -> None:
        """Run lines of the `ip` command inside, as one batch; of one family if it is told."""
        family = [f"-{version}"] if version else []
        self.run(["ip", *family, "-batch", "-"], "\n".join(lines) + "\n")

    def inside(self, work: Callable[[], T]) -> T:
        """Do `work` on a thread that lives in this namespace; sockets it makes stay there."""
        return enter_and_do(self.path, work)

    def sysctl(self, values: dict[str, str]) -> None:
        """Set sysctls by their dotted names; a slash in a name stands for itself."""

        def write() -> None:
            for name, value in values.items():
                with open("/proc/sys/" + name.replace(".", "/"), "w") as file:
                    file.write(value)

        self.inside(write)

    def remove(self) -> None:
        """Delete the namespace; the kernel drops what is in it once no socket holds it."""
        subprocess.run(["ip", "netns", "del", self.name], check=False, capture_output=True)


def enter_and_do(path: str, work: Callable[[], T]) -> T:
    """Do `work` on a thread that lives in the network namespace behind a path."""
    results: list[T] = []
    failures: list[BaseException] = []

    def enter_and_work() -> None:
        try:
            handle = os.open(path, os.O_RDONLY)
            try:
                if _libc.setns(handle, CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns", path)
            finally:
                os.close(handle)
            results.append(work())
        except BaseException as failure:  # handed to the caller's thread below
            failures.append(failure)

    thread = threading.Thread(target=enter_and_work)
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def make_namespace(role: str) -> Namespace:
    """Create a namespace whose name no other run uses."""
    name = f"dwk{os.getpid()}-{next(_serial)}{role}"
    subprocess.run(["ip", "netns", "add", name], check=True, capture_output=True)
    return Namespace(name)
