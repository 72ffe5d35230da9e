"""A root folder that holds a shell, the named programs with their libraries, and nothing else."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.kernel.namespace import Namespace

READERS = ("iptables-nft-save", "ip6tables-nft-save", "iptables-legacy-save",
           "ip6tables-legacy-save", "nft", "ipset", "ip", "ss")  # fmt: skip
"""What reads a firewall and a network."""
_EXTENSIONS = Path("/usr/lib/x86_64-linux-gnu/xtables")


class MinimalRoot:
    """Such a folder; programs are started in it with `/proc` and `/sys` and no other mount."""

    def __init__(self, folder: Path, shell: str, programs: Sequence[str]) -> None:
        """`shell` is `dash`, `bash` or `busybox`, which brings all its applets."""
        self._folder = folder
        self._argv = ["/bin/busybox", "sh"] if shell == "busybox" else [f"/bin/{shell}"]
        for name in ("bin", "sbin", "proc", "sys", "usr", "dev"):
            (folder / name).mkdir()
        (folder / "dev/null").touch()
        self._copy(shell, "bin")
        if shell == "busybox":
            for applet in ("cat", "date", "grep", "timeout", "wc", "id", "sh"):
                (folder / "bin" / applet).symlink_to("busybox")
        for program in programs:
            self._copy(program, "sbin")
        if _EXTENSIONS.is_dir():
            shutil.copytree(_EXTENSIONS, folder / _EXTENSIONS.relative_to("/"))

    def _copy(self, program: str, place: str) -> None:
        path = shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin")
        if path is None:
            raise LookupError(program)
        shutil.copy(path, self._folder / place / program)
        listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
        for word in listed.split():
            if word.startswith("/"):
                target = self._folder / word.removeprefix("/")
                target.parent.mkdir(parents=True, exist_ok=True)
                if not target.exists():
                    shutil.copy(word, target)

    def feed(self, namespace: Namespace, script: str) -> subprocess.CompletedProcess[bytes]:
        """Give a script to the shell inside, in a network namespace."""
        prepare = (
            'mount --bind "$1" "$1" && mount --bind /dev/null "$1/dev/null" && '
            'mount -t proc proc "$1/proc" && mount -t sysfs sysfs "$1/sys" && '
            'mount -o remount,bind,ro "$1" && '
            'root=$1 && shift && exec env -i PATH=/bin "$(command -v chroot)" "$root" "$@"'
        )
        return subprocess.run(
            ["nsenter", f"--net={namespace.path}", "unshare", "--mount", "sh", "-c", prepare,
             "sh", str(self._folder), *self._argv],
            input=script.encode(), capture_output=True, timeout=60, check=False,
        )  # fmt: skip
