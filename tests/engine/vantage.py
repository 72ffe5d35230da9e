"""The places that probes start from: the Internet's wire, the LAN, a container."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.engine.probe import Outcome, Probe, outcome_from

AGENT = Path(__file__).with_name("agent.py")
KNOCKER = Path(__file__).with_name("knock.py")


class Vantage:
    """One place from which probes are sent, and the process there that sends them."""

    def __init__(self, interface: str, starter: Sequence[str]) -> None:
        """Start the agent with the given command in front, which enters or makes the namespace.

        `interface` is the one by which the host receives what is sent from here.
        """
        self.interface = interface
        self._agent = subprocess.Popen(
            [*starter, sys.executable, "-I", str(AGENT)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self._agent.pid
        if self._line() != "ready\n":
            self.close()
            raise RuntimeError(f"no agent for the vantage point behind {interface}")

    def __enter__(self) -> Self:
        """The vantage point itself, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the vantage point."""
        self.close()

    def _line(self) -> str:
        assert self._agent.stdout is not None
        return self._agent.stdout.readline()

    def configure(self, script: str) -> None:
        """Run a shell script in the network namespace of the vantage point."""
        subprocess.run(
            ["nsenter", "--target", str(self.pid), "--net", "sh", "-euc", script], check=True
        )

    def own(self, source: str) -> None:
        """Make an address one that probes can be sent from, and answers received at."""
        family = "-6" if ":" in source else "-4"
        self.configure(f"ip {family} route replace local {source} dev lo")

    def send(self, probes: Sequence[Probe]) -> list[Outcome]:
        """Try every probe, all at the same time, and hand back the outcomes in order."""
        self.begin(probes)
        return self.outcomes()

    def begin(self, probes: Sequence[Probe]) -> None:
        """Try every probe; `outcomes` waits for what becomes of them."""
        packets = [
            {
                "src": probe.src,
                "dst": probe.dst,
                "proto": probe.proto,
                "sport": probe.sport,
                "dport": probe.dport,
            }
            for probe in probes
        ]
        assert self._agent.stdin is not None
        self._agent.stdin.write(json.dumps(packets) + "\n")
        self._agent.stdin.flush()

    def outcomes(self) -> list[Outcome]:
        """What became of the probes that were begun, in their order."""
        line = self._line()
        if not line:
            raise RuntimeError(f"the agent behind {self.interface} ended")
        return [outcome_from(raw) for raw in json.loads(line)]

    @contextmanager
    def knocking(self, targets: Sequence[str]) -> Iterator[dict[str, tuple[int, int]]]:
        """Try SOURCE,DESTINATION,PORT over and over until the end of the block.

        What is given is filled at the end: how often each was tried, and answered.
        """
        found: dict[str, tuple[int, int]] = {}
        enter = ["nsenter", "--target", str(self.pid), "--net", sys.executable, "-I", str(KNOCKER)]
        with subprocess.Popen(
            [*enter, *targets], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as knocker:
            assert knocker.stdin is not None
            assert knocker.stdout is not None
            assert knocker.stdout.readline() == "knocking\n"
            try:
                yield found
            finally:
                knocker.stdin.close()
                counted = json.loads(knocker.stdout.readline())
                found.update({target: (one[0], one[1]) for target, one in counted.items()})

    def close(self) -> None:
        """End the agent, and with it the namespace if it was made for it."""
        for pipe in (self._agent.stdin, self._agent.stdout):
            if pipe is not None:
                pipe.close()
        try:
            self._agent.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._agent.kill()
            self._agent.wait()


def wire(host_pid: int, interface: str, addresses: Sequence[str], setup: str) -> Vantage:
    """A new namespace at the other end of a cable to the host's `interface`.

    `addresses` are the host's own on that interface; `setup` is a shell script that runs in the
    new namespace, whose end of the cable is called `wire`.
    """
    vantage = Vantage(interface, ["unshare", "--net"])
    try:
        host = [f"ip link add {interface} type veth peer name wire netns {vantage.pid}"]
        host += [f"ip addr add {address} dev {interface}" for address in addresses]
        host += [f"ip link set {interface} up"]
        vantage.configure("ip link set lo up")
        subprocess.run(
            ["nsenter", "--target", str(host_pid), "--net", "sh", "-euc", "\n".join(host)],
            check=True,
        )
        vantage.configure("ip link set wire up\n" + setup)
    except BaseException:
        vantage.close()
        raise
    return vantage
