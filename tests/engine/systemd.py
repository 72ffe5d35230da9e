"""A throw-away Docker host that a real systemd boots, again and again, from a disk of its own."""

from __future__ import annotations

import itertools
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.engine.enclosure import Enclosure
from tests.engine.engines import ENGINES, Engine
from tests.engine.host import Host, poll, remove_groups
from tests.engine.scenario import Scenario

BOOT = Path(__file__).with_name("boot.sh")
_SYSTEMD = Path("/usr/lib/systemd/systemd")
PATH = "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
_boots = itertools.count(1)

# What this machine's /etc may say of Docker, of rules and of services is not the other one's.
_NOT_COPIED = ("docker", "dockerwall", "iptables", "firewalld", "fstab", "systemd/system",
               *(f"rc{level}.d" for level in "0123456S"))  # fmt: skip
_FOLDERS = ("etc/systemd/system", "etc/systemd/journald.conf.d", "var/lib", "var/log", "var/cache",
            "var/tmp", "var/spool")  # fmt: skip
_FILES = {
    "etc/hostname": "host\n",
    "etc/machine-id": "0123456789abcdef0123456789abcdef\n",
    "etc/resolv.conf": "nameserver 127.0.0.1\n",
    "etc/systemd/journald.conf.d/tests.conf": "[Journal]\nReadKMsg=no\nAudit=no\n",
}
_ENABLED = ("multi-user.target.wants/docker.service", "sockets.target.wants/docker.socket")
# They would set what belongs to the one kernel, or show it.
_MASKED = ("systemd-sysctl.service", "systemd-tmpfiles-setup-dev.service", "getty.target",
           "systemd-remount-fs.service", "systemd-binfmt.service", "sys-kernel-debug.mount",
           "sys-kernel-tracing.mount", "dev-hugepages.mount", "dev-mqueue.mount")  # fmt: skip


def _hierarchy() -> Path | None:
    """Where control groups of version 2 are mounted."""
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, *_ = line.split()
        if kind == "cgroup2":
            return Path(point)
    return None


def missing() -> str:
    """Why systemd cannot be booted here, as one sentence; "" when nothing is in the way."""
    if not _SYSTEMD.exists() or shutil.which("setpriv") is None:
        return "systemd or setpriv is not installed (run .ci/packages)"
    hierarchy = _hierarchy()
    if hierarchy is None:
        return "no control groups of version 2 are mounted here"
    if not os.access(hierarchy, os.W_OK):
        return f"no control group can be made in {hierarchy}"
    return ""


class SystemdHost(Host):
    """A host whose Docker is a service of systemd, which is PID 1."""

    def __init__(self, scenario: Scenario, engine: Engine, folder: Path) -> None:
        """`folder` is the host's disk: empty at first, and seen there too by the same path."""
        super().__init__(scenario, Engine(engine.version, PATH))
        self.folder = folder
        unpacked = ENGINES / f"docker-{engine.version}" / "usr"
        self.layers = [folder / "usr", *([unpacked] if unpacked.is_dir() else [])]
        """Folders that lie over /usr, the first on top; a boot looks at them."""
        self._install()

    def _install(self) -> None:
        subprocess.run(["cp", "-a", "/etc", str(self.folder)], check=True)
        for name in _NOT_COPIED:
            path = self.folder / "etc" / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        for name in _FOLDERS:
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for name, target in (("run", "/run"), ("lock", "/run/lock")):
            (self.folder / "var" / name).symlink_to(target)
        for name, text in _FILES.items():
            path = self.folder / name
            path.unlink(missing_ok=True)
            path.write_text(text)
        # The last program of a shutdown remounts file systems, which here would be those outside.
        # The end of PID 1 ends everything anyway.
        ending = self.folder / "usr/lib/systemd"
        ending.mkdir(parents=True)
        shutil.copy("/usr/bin/true", ending / "systemd-shutdown")
        options = " ".join(["--storage-driver=vfs", *self.scenario.daemon])
        (self.folder / "etc/default/docker").write_text(f'DOCKER_OPTS="{options}"\n')
        units = self.folder / "etc/systemd/system"
        for name in _ENABLED:
            (units / name).parent.mkdir(exist_ok=True)
            (units / name).symlink_to(f"/lib/systemd/system/{Path(name).name}")
        for name in _MASKED:
            (units / name).symlink_to("/dev/null")

    def _enclose(self, environment: Mapping[str, str]) -> None:
        hierarchy = _hierarchy()
        assert hierarchy is not None
        group = hierarchy / f"dockerwall-{os.getpid()}-{next(_boots)}"
        group.mkdir()
        self._closing.callback(remove_groups, group.name)
        layers = ":".join(map(str, self.layers))
        furnish = ["sh", str(BOOT), str(self.folder), layers]
        self.enclosure = Enclosure(self._hostname, environment, furnish, group)
        self._closing.enter_context(self.enclosure)

    def start_docker(self) -> None:
        """Have systemd boot, and wait until Docker answers."""
        self.enclosure.go_on()
        try:
            poll("Docker's answer", self._answers, 60)
        except TimeoutError as error:
            raise RuntimeError(f"{error}: {self.journal('docker.service')}") from error

    def _answers(self) -> bool:
        return self.enclosure.attempt(["docker", "version"]).returncode == 0

    def shut_down(self) -> None:
        """End everything as a shutdown does, and be at the start of the next boot.

        The host is there again with its wires, and nothing has been started.
        """
        self.enclosure.run(["systemctl", "--no-block", "reboot"])
        self.enclosure.until_ended()
        self._closing.close()
        self.vantages.clear()
        self._prepare()

    def boot(self) -> None:
        """Have systemd boot again, and wait for Docker and the containers it starts by itself."""
        self.start_docker()
        for container in self.scenario.containers:
            self._await_server(container)

    def systemctl(self, *words: str) -> str:
        """What systemctl prints, whatever its status."""
        argv = ["systemctl", "--no-pager", "--plain", "--no-legend", *words]
        return self.enclosure.attempt(argv).stdout.decode()

    def journal(self, unit: str) -> str:
        """What a unit has said since the boot."""
        argv = ["journalctl", "--no-pager", "--boot", "--output=cat", f"--unit={unit}"]
        return self.enclosure.attempt(argv).stdout.decode()

    def until_settled(self) -> None:
        """Wait until systemd has nothing left to start."""
        poll("systemd", lambda: not self.systemctl("list-jobs").strip())
