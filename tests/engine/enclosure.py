"""Namespaces of one throw-away machine, which vanish with everything in them when it is closed."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

# /run becomes the machine's own, so that sockets, locks and process ids have their usual places;
# writes to /etc and /var/lib stay inside; no name server answers; /sys shows the machine's own
# interfaces.
_FURNISH = """
set -e
hostname "$1"
mount -t tmpfs tmpfs /run
mkdir -p /run/lock /run/inside/cgroup /run/inside/etc /run/inside/lib /run/inside/work-etc \
    /run/inside/work-lib
mount -t overlay -o lowerdir=/etc,upperdir=/run/inside/etc,workdir=/run/inside/work-etc \
    overlay /etc
mount -t overlay -o lowerdir=/var/lib,upperdir=/run/inside/lib,workdir=/run/inside/work-lib \
    overlay /var/lib
mount --rbind /sys/fs/cgroup /run/inside/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/inside/cgroup /sys/fs/cgroup
umount -R -l /run/inside/cgroup
rm -f /etc/resolv.conf
echo nameserver 127.0.0.1 >/etc/resolv.conf
ip link set lo up
echo furnished
exec tini-static -s -- cat
"""


_NAMESPACES = ("--net", "--mount", "--pid", "--uts", "--ipc")
# A program joins a control group before it becomes another one, and all it starts is in it too.
_JOIN = ("sh", "-c", 'echo $$ >"$0/cgroup.procs" && exec "$@"')


class Enclosure:
    """One throw-away machine's namespaces: network, mounts, processes, host name.

    The first process inside waits on a pipe from this one. When the pipe closes, for whatever
    reason, it ends, and the kernel ends every process and drops every mount, rule and interface
    inside with it. One that becomes another program is ended with the process that started it.
    """

    def __init__(
        self,
        hostname: str,
        environment: Mapping[str, str],
        furnish: Sequence[str] = ("sh", "-c", _FURNISH, "sh"),
        group: Path | None = None,
    ) -> None:
        """Make the namespaces; programs inside run with exactly the given environment.

        `furnish` is the first program inside; it gets the host name as a further word. With
        `group`, an empty control group, that is the only one the machine sees; programs that are
        run inside are in its `visitors`.
        """
        self._environment = dict(environment)
        self._started: list[subprocess.Popen[bytes]] = []
        self._first = -1
        self._namespaces = _NAMESPACES if group is None else (*_NAMESPACES, "--cgroup")
        self._visit: tuple[str, ...] = ()
        join: tuple[str, ...] = ()
        if group is not None:
            (group / "visitors").mkdir()
            self._visit = (*_JOIN, str(group / "visitors"))
            join = (*_JOIN, str(group), "setpriv", "--pdeathsig=KILL")
        self._holder = subprocess.Popen(
            [*join, "unshare", *self._namespaces, "--fork",
             "--kill-child", "--mount-proc", *furnish, hostname],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=self._environment,
        )  # fmt: skip
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "furnished\n":
            assert self._holder.stderr is not None
            message = self._holder.stderr.read()
            self.close()
            raise RuntimeError(f"no namespaces for a throw-away machine: {message}")
        children = Path(f"/proc/{self._holder.pid}/task/{self._holder.pid}/children").read_text()
        self.pid = int(children.split()[0])
        self._first = os.pidfd_open(self.pid)

    def __enter__(self) -> Self:
        """The enclosure itself, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the enclosure."""
        self.close()

    def inside(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs another one inside."""
        enter = ("nsenter", "--target", str(self.pid), *self._namespaces, "--")
        return [*self._visit, *enter, *argv]

    def start(self, argv: Sequence[str]) -> subprocess.Popen[bytes]:
        """Start a program inside that runs until it ends by itself or the enclosure is closed."""
        started = subprocess.Popen(
            self.inside(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=self._environment,
        )
        self._started.append(started)
        return started

    def attempt(
        self, argv: Sequence[str], stdin: str | bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a program inside to its end and hand back what it printed, whatever its status."""
        given = stdin.encode() if isinstance(stdin, str) else stdin
        return subprocess.run(
            self.inside(argv), input=given, capture_output=True, check=False, env=self._environment
        )

    def run(self, argv: Sequence[str], stdin: str | bytes = b"") -> str:
        """What a program inside prints; RuntimeError with its complaint if it fails."""
        done = self.attempt(argv, stdin)
        if done.returncode != 0:
            complaint = done.stderr.decode(errors="replace")
            raise RuntimeError(f"{' '.join(argv)}: status {done.returncode}: {complaint}")
        return done.stdout.decode(errors="replace")

    def script(self, text: str) -> str:
        """What a shell script prints that stops at the first command to fail."""
        return self.run(["sh", "-euc", text])

    def go_on(self) -> None:
        """Tell the first process inside, which waits for a line, to go on."""
        assert self._holder.stdin is not None
        self._holder.stdin.write("\n")
        self._holder.stdin.flush()

    def until_ended(self) -> None:
        """Wait until the first process inside has ended by itself, and all others with it."""
        self._holder.wait(timeout=60)

    def close(self) -> None:
        """End every process inside and wait until they are gone."""
        for pipe in (self._holder.stdin, self._holder.stdout, self._holder.stderr):
            if pipe is not None:
                pipe.close()
        if self._first >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._first, signal.SIGKILL)
            os.close(self._first)
            self._first = -1
        self._holder.wait()
        for started in self._started:
            started.wait()
