"""A real sshd in a throw-away machine, with users, keys and sudo of its own."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tests.engine.enclosure import Enclosure
from tests.engine.host import poll
from tests.kernel.namespace import enter_and_do

T = TypeVar("T")

_CONFIGURATION = """
Port {port}
HostKey {folder}/host
AuthorizedKeysFile /run/authorized
StrictModes no
UsePAM no
PidFile none
PermitRootLogin prohibit-password
PasswordAuthentication no
"""
_CLIENT = """
Host *
    IdentityFile {folder}/user
    IdentitiesOnly yes
    UserKnownHostsFile {folder}/known
    GlobalKnownHostsFile /dev/null
"""


def missing() -> str:
    """Why there can be no sshd here; empty if there can."""
    for program in ("ssh", "sshd", "ssh-keygen"):
        if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            return f"{program} is not installed (run .ci/packages)"
    return ""


class Sshd:
    """Started in an enclosure; `ssh` is the command line of a client that knows its key."""

    def __init__(
        self, enclosure: Enclosure, folder: Path, environment: str = "", port: int = 22
    ) -> None:
        """`folder` holds keys and configuration; the enclosure sees it too.

        `environment` is what sessions find set: `NAME=value`.
        """
        self.enclosure = enclosure
        self.folder = folder
        self._port = port
        for name in ("host", "user"):
            key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
            subprocess.run(key, check=True, stdin=subprocess.DEVNULL)
        more = f'SetEnv "{environment}"\n' if environment else ""
        (folder / "sshd_config").write_text(_CONFIGURATION.format(folder=folder, port=port) + more)
        (folder / "ssh_config").write_text(_CLIENT.format(folder=folder))
        self.trust(folder / "host.pub")
        self.ssh: tuple[str, ...] = ("ssh", "-F", str(folder / "ssh_config"))
        (folder / "bin").mkdir()
        wrapper = folder / "bin" / "ssh"
        wrapper.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config "$@"\n')
        wrapper.chmod(0o755)
        aside = "test ! -f /run/sshd || mv /run/sshd /run/sshd.aside; mkdir -p /run/sshd"
        enclosure.script(aside)  # a scenario's own server has this name
        self.admit((folder / "user.pub").read_text())
        serve = f"exec /usr/sbin/sshd -D -e -f {folder}/sshd_config 2>>{folder}/log"
        enclosure.start(["sh", "-c", serve])
        poll("sshd's port", self._listens)

    def _listens(self) -> bool:
        return bool(self.enclosure.run(["ss", "-H", "-lnt", "sport", "=", str(self._port)]).strip())

    def trust(self, public: Path) -> None:
        """Have the client know this host key for every address."""
        kind, key = public.read_text().split()[:2]
        (self.folder / "known").write_text(f"* {kind} {key}\n")

    def admit(self, keys: str) -> None:
        """Let in whoever has one of these keys, as any user."""
        self.enclosure.run(["sh", "-c", "cat >/run/authorized && chmod 644 /run/authorized"], keys)

    def inside(self, work: Callable[[], T]) -> T:
        """Do `work` on a thread in the machine's network, so that its programs reach sshd."""
        return enter_and_do(f"/proc/{self.enclosure.pid}/ns/net", work)

    def program(self, *arguments: str) -> list[str]:
        """The command line of a program that reaches this sshd by `ssh`, at 127.0.0.1."""
        path = (
            f"PATH={self.folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        )
        return ["nsenter", f"--net=/proc/{self.enclosure.pid}/ns/net", "env", path, *arguments]

    def run(self, argv: Sequence[str], seconds: float = 60) -> subprocess.CompletedProcess[str]:
        """Run such a program without a terminal, to its end."""
        return subprocess.run(
            self.program(*argv), capture_output=True, text=True, timeout=seconds, check=False,
            stdin=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def users(self, sudoers: str = "") -> None:
        """Add the users `anna` and `ben`, and these lines for sudo."""
        self.enclosure.script(
            "for user in anna ben; do useradd -m -d /run/$user -s /bin/bash $user; done\n"
            "echo anna:secret | chpasswd\n"
            "echo ben:secret | chpasswd\n"
        )
        self.enclosure.run(["sh", "-c", "cat >/etc/sudoers && chmod 440 /etc/sudoers"], sudoers)
