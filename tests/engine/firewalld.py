"""A real firewalld on a throw-away host, with a message bus of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.engine.enclosure import Enclosure
from tests.engine.engines import ENGINES
from tests.engine.host import Host, poll

UNPACKED = ENGINES / "firewalld"
"""Where `.ci/packages` unpacks it; it is Debian's, and needs Debian's own Python."""
_PYTHON = "/usr/bin/python3"
_BUS_NAME = "org.fedoraproject.FirewallD1"
_ACTIONS = "share/polkit-1/actions"
_SETTLE = f"""
mkdir -p /run/upper /run/work
mount -t overlay -o lowerdir={UNPACKED}/usr:/usr,upperdir=/run/upper,workdir=/run/work overlay /usr
cd /usr/share/polkit-1/actions
cp org.fedoraproject.FirewallD1.server.policy.choice org.fedoraproject.FirewallD1.policy
mkdir -p /run/dbus
cp -r {UNPACKED}/etc/. /etc/
mkdir -p /etc/systemd/system/multi-user.target.wants
ln -s /lib/systemd/system/firewalld.service /etc/systemd/system/multi-user.target.wants/
"""


def install(folder: Path) -> Path:
    """Have a machine with this disk start firewalld at boot; what has to lie over its /usr."""
    shutil.copytree(UNPACKED / "etc", folder / "etc", dirs_exist_ok=True)
    units = folder / "etc/systemd/system"
    shutil.copy(UNPACKED / "lib/systemd/system/firewalld.service", units)
    for name in ("multi-user.target.wants/firewalld.service", f"dbus-{_BUS_NAME}.service"):
        (units / name).symlink_to("/etc/systemd/system/firewalld.service")
    actions = folder / "usr" / _ACTIONS
    actions.mkdir(parents=True)
    policy = UNPACKED / "usr" / _ACTIONS / "org.fedoraproject.FirewallD1.server.policy.choice"
    shutil.copy(policy, actions / "org.fedoraproject.FirewallD1.policy")
    return UNPACKED / "usr"


def missing() -> str:
    """Why firewalld cannot be started here, as one sentence; "" when nothing is in the way."""
    return "" if UNPACKED.is_dir() else "firewalld is not unpacked (run .ci/packages)"


class FirewalldHost(Host):
    """A host whose firewalld runs before Docker."""

    def start_docker(self) -> None:
        """Start firewalld, then Docker."""
        start(self.enclosure)
        super().start_docker()

    def reload(self) -> None:
        """What `firewall-cmd --reload` does."""
        self.enclosure.run([_PYTHON, "/usr/bin/firewall-cmd", "--reload"])


def start(enclosure: Enclosure) -> None:
    """Start firewalld and wait until it answers."""
    enclosure.script(_SETTLE)
    enclosure.start(["dbus-daemon", "--system", "--nofork", "--nopidfile"])
    socket = ["test", "-S", "/run/dbus/system_bus_socket"]
    poll("the message bus", lambda: enclosure.attempt(socket).returncode == 0)
    enclosure.start([_PYTHON, "/usr/sbin/firewalld", "--nofork", "--nopid"])
    state = [_PYTHON, "/usr/bin/firewall-cmd", "--state"]
    poll("firewalld", lambda: enclosure.attempt(state).returncode == 0)
