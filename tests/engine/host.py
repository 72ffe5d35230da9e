"""A throw-away Docker host: a real daemon and real containers, between an Internet and a LAN."""

from __future__ import annotations

import json
import shlex
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.engine.enclosure import Enclosure
from tests.engine.engines import Engine
from tests.engine.image import echo_program, image_tarball
from tests.engine.scenario import Container, Scenario
from tests.engine.vantage import Vantage, wire

# Whole prefixes belong to the other end of a wire, so that a probe may start from any address of
# them; every other packet goes to the host, whatever its destination, even 127.0.0.1: a neighbour
# decides alone what it sends there. It asks for the host's hardware address in its own name, not in
# that of a source which the host may refuse to answer.
_ELSEWHERE = """
ip addr add 192.0.2.1/32 dev lo
ip addr del 127.0.0.1/8 dev lo
sysctl -q -w net.ipv4.conf.wire.route_localnet=1 net.ipv4.conf.wire.arp_announce=2
"""
_INTERNET = """
ip addr add 203.0.113.254/24 dev wire
ip addr add 2001:db8::fe/64 dev wire nodad
ip addr add 2001:db8::9/64 dev wire nodad
for prefix in 203.0.113.8/29 203.0.113.128/25 198.51.100.0/24 192.0.2.0/24; do
    ip route add local $prefix dev lo
done
ip -6 route add local 2001:db8:f::/48 dev lo
ip route add default via 203.0.113.1
ip -6 route add default via 2001:db8::1
"""
_LAN = """
ip addr add 192.168.7.9/24 dev wire
ip addr add fd00:7::9/64 dev wire nodad
ip route add local 192.168.7.128/25 dev lo
ip route add default via 192.168.7.1
ip -6 route add default via fd00:7::1
"""

_SYSCTLS = {
    "net.ipv4.ip_forward": "0",
    "net.ipv6.conf.all.forwarding": "0",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.default.rp_filter": "0",
    # An address can be used at once: nobody else could have it.
    "net.ipv6.conf.default.accept_dad": "0",
    "net.ipv6.conf.all.accept_dad": "0",
}

_TABLES = ("iptables", "iptables-save", "iptables-restore", "ip6tables", "ip6tables-save",
           "ip6tables-restore")  # fmt: skip


def poll(what: str, ready: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until a condition holds; TimeoutError naming it after the deadline."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds:g} s")
        time.sleep(0.05)


class Host:
    """A scenario's Docker host, running from the start of a `with` block to its end."""

    def __init__(self, scenario: Scenario, engine: Engine, hostname: str = "host") -> None:
        """Prepare the host; it starts on entering the block."""
        self._engine = engine
        self._hostname = hostname
        self._closing = ExitStack()
        self.scenario = scenario
        self.vantages: dict[str, Vantage] = {}
        """Where probes can start: internet, lan, and the scenario's clients by name."""

    def __enter__(self) -> Self:
        """Start everything; whatever was started is ended if that fails."""
        try:
            self._start()
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End everything."""
        self._closing.close()

    def _start(self) -> None:
        scenario = self.scenario
        self._prepare()
        self.start_docker()
        self._import_image()
        for network in scenario.networks:
            self.enclosure.run(["docker", "network", "create", *shlex.split(network)])
        for container in scenario.containers:
            self._start_container(container)
        self.enclosure.script(scenario.after)
        for name in scenario.clients:
            self._enter_container(name)

    def _prepare(self) -> None:
        """Everything that comes before Docker."""
        self._enclose({"PATH": self._engine.path, "HOME": "/root", "LC_ALL": "C.UTF-8",
                       **self.scenario.environment})  # fmt: skip
        settings = {**_SYSCTLS, **self.scenario.sysctls}
        self.enclosure.run(["sysctl", "-q", "-w", *(f"{k}={v}" for k, v in settings.items())])
        self._connect()
        self._choose_variant()
        self._start_listeners()
        self.enclosure.script(self.scenario.before)

    def _enclose(self, environment: Mapping[str, str]) -> None:
        """The host's namespaces, and the end of the control groups that its daemon makes."""
        self.enclosure = Enclosure(self._hostname, environment)
        self._closing.callback(remove_groups, self._cgroup)
        self._closing.enter_context(self.enclosure)

    @property
    def _cgroup(self) -> str:
        return f"dockerwall-{self.enclosure.pid}"

    def _connect(self) -> None:
        """Cables to the Internet and the LAN."""
        ends: Mapping[str, tuple[str, tuple[str, ...], str]] = {
            "internet": (
                "eth0",
                ("203.0.113.1/24", "203.0.113.2/24", "2001:db8::1/64"),
                _INTERNET,
            ),
            "lan": ("eth1", ("192.168.7.1/24", "fd00:7::1/64"), _LAN),
        }
        for name, (interface, addresses, setup) in ends.items():
            end = wire(self.enclosure.pid, interface, addresses, _ELSEWHERE + setup)
            self.vantages[name] = self._closing.enter_context(end)
            for source in self.scenario.further_sources(name):
                end.own(source)
        self.enclosure.script(
            "ip route add default via 203.0.113.254\nip -6 route add default via 2001:db8::fe\n"
        )

    def _choose_variant(self) -> None:
        """Make `iptables` and its kin the scenario's variant, as update-alternatives would."""
        self.enclosure.script(
            "\n".join(
                f"ln -sf /usr/sbin/{name.replace('tables', f'tables-{self.scenario.variant}')}"
                f" /etc/alternatives/{name}"
                for name in _TABLES
            )
        )

    def _start_listeners(self) -> None:
        """The host's own server process, if the scenario has one."""
        if not self.scenario.listeners:
            return
        self.enclosure.run(["sh", "-c", "cat >/run/sshd && chmod +x /run/sshd"], echo_program())
        self.enclosure.start(["/run/sshd", "host", *self.scenario.listeners])
        wanted = len(self.scenario.listeners)
        poll("the host's own server", lambda: len(self._listening()) >= wanted)

    def _listening(self) -> list[str]:
        return self.enclosure.run(["ss", "-H", "-lntu"]).splitlines()

    def start_docker(self) -> None:
        """Start the daemon, and wait until it answers; again after it was ended."""
        options = [
            "--storage-driver=vfs",
            "--exec-opt=native.cgroupdriver=cgroupfs",
            f"--cgroup-parent=/{self._cgroup}",
            *self.scenario.daemon,
        ]
        log = "/run/dockerd.log"
        daemon = self.enclosure.start(
            ["sh", "-c", f'exec dockerd "$@" >{log} 2>&1', "dockerd", *options]
        )

        def answers() -> bool:
            if daemon.poll() is not None:
                said = self.enclosure.run(["cat", log])
                raise RuntimeError(f"dockerd ended: {said[:1000]} ... {said[-2000:]}")
            return _is_served(f"/proc/{self.enclosure.pid}/root/run/docker.sock")

        poll("dockerd's answer", answers)

    def _import_image(self) -> None:
        entry = ["--change", 'ENTRYPOINT ["/echo"]']
        self.enclosure.run(["docker", "import", *entry, "-", "echo:1"], image_tarball())

    def _start_container(self, container: Container) -> None:
        """Start a container, and wait until its server listens."""
        if container.image != "echo:1":
            self.enclosure.run(["docker", "tag", "echo:1", container.image])
        command = ["docker", "run", "--detach", "--name", container.name]
        command += [f"--publish={port}" for port in container.publish]
        for port in container.listens:  # as the images that people run declare them
            command.append(f"--expose={'/'.join(reversed(port.split('/')))}")
        command += [f"--network={container.network}", *container.options, container.image]
        self.enclosure.run([*command, container.name, *container.listens])
        self._await_server(container)

    def _await_server(self, container: Container) -> None:
        enter = self._into(container.name)
        wanted = len(container.listens)

        def serves() -> bool:
            sockets = self.enclosure.run([*enter, "ss", "-H", "-lntu"]).splitlines()
            unsure = self.enclosure.run([*enter, "ip", "-6", "addr", "show", "tentative"])
            return len(sockets) >= wanted and not unsure

        poll(f"{container.name}'s server", serves)

    def _into(self, name: str) -> list[str]:
        """The start of a command line that runs in a container's network, with the host's files."""
        pid = self.inspect("container", name)[0]["State"]["Pid"]
        return ["nsenter", "--target", str(pid), "--net"]

    def _enter_container(self, name: str) -> None:
        """Make a container a vantage point."""
        networks = self.inspect("container", name)[0]["NetworkSettings"]["Networks"]
        network = self.inspect("network", next(iter(networks)))[0]
        bridge = network["Options"].get("com.docker.network.bridge.name")
        interface = bridge or f"br-{network['Id'][:12]}"
        starter = self.enclosure.inside(self._into(name))
        self.vantages[name] = self._closing.enter_context(Vantage(interface, starter))

    def inspect(self, kind: str, *names: str) -> list[dict[str, Any]]:
        """What `docker container|network inspect` says of the named things."""
        printed = self.enclosure.run(["docker", kind, "inspect", *names])
        inspected: list[dict[str, Any]] = json.loads(printed)
        return inspected

    def addresses(self) -> list[str]:
        """Every address of the host, but for loopback and link-local ones."""
        printed = json.loads(self.enclosure.run(["ip", "-j", "addr"]))
        return [
            entry["local"]
            for link in printed
            for entry in link["addr_info"]
            if link["ifname"] != "lo" and entry["scope"] == "global"
        ]

    def container_addresses(self) -> dict[str, list[str]]:
        """Every running container's addresses, IPv4 first, by the container's name."""
        names = self.enclosure.run(["docker", "ps", "--quiet"]).split()
        found: dict[str, list[str]] = {}
        for container in self.inspect("container", *names) if names else []:
            networks = container["NetworkSettings"]["Networks"].values()
            addresses = [network[key] for key in ("IPAddress", "GlobalIPv6Address")
                         for network in networks if network.get(key)]  # fmt: skip
            found[container["Name"].removeprefix("/")] = addresses
        return found


def _is_served(path: str) -> bool:
    """Whether a Docker daemon answers at a socket."""
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(5)
        try:
            asked.connect(path)
            asked.sendall(b"GET /_ping HTTP/1.0\r\n\r\n")
            return b" 200 " in asked.recv(64)
        except OSError:
            return False


def remove_groups(name: str) -> None:
    """Remove the control groups that a daemon made, which outlive their processes."""
    roots = [root for root in (*Path("/sys/fs/cgroup").glob(f"*/{name}"),
                               Path("/sys/fs/cgroup", name)) if root.is_dir()]  # fmt: skip

    def gone() -> bool:
        for root in roots:
            folders = [path for path in root.rglob("*") if path.is_dir()]
            for folder in sorted([root, *folders], key=lambda path: -len(path.parts)):
                try:
                    folder.rmdir()
                except OSError:
                    continue
        return not any(root.exists() for root in roots)

    poll(f"the end of the control group {name}", gone, seconds=10)
