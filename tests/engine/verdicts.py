"""What the product says of probes, and where that disagrees with what became of them."""

from __future__ import annotations

import ipaddress
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.engine.probe import Outcome, Probe
from tests.engine.recording import PROGRAM

INGRESS = "a task behind the ingress"
"""The name of a container that only a swarm's balancing knows."""

Judged = Mapping[Probe, Outcome]


def offered() -> set[str]:
    """The subcommands that the product offers, of those judged here."""
    shown = subprocess.run([*PROGRAM, "--help"], capture_output=True, text=True, check=True).stdout
    return {name for name in ("trace", "audit") if f"\n    {name} " in shown}


def _said(command: str, snapshot: Path, option: str, given: str = "") -> str:
    """What a subcommand prints about a snapshot; RuntimeError with its complaint if it fails."""
    argv = [*PROGRAM, command, "--snapshot", str(snapshot), option]
    done = subprocess.run(argv, input=given, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{command}: status {done.returncode}: {done.stderr}")
    return done.stdout


def trace(snapshot: Path, probes: Sequence[Probe]) -> list[dict[str, Any]]:
    """The product's trace of every probe, in order."""
    lines = "".join(json.dumps(probe.packet()) + "\n" for probe in probes)
    return [json.loads(line) for line in _said("trace", snapshot, "--batch", lines).splitlines()]


def audit(snapshot: Path) -> dict[str, Any]:
    """The product's audit of a snapshot."""
    audited: dict[str, Any] = json.loads(_said("audit", snapshot, "--json"))
    return audited


def same_container(name: str, answered_by: str) -> bool:
    """Whether a container's name is that of who answered; a service's tasks carry a suffix, and
    which task a swarm's ingress chooses is not known beforehand."""
    return name in (answered_by, INGRESS) or name.startswith(f"{answered_by}.")


def trace_disagreements(snapshot: Path, outcomes: Judged) -> Iterator[tuple[str, str]]:
    """Each probe of which the trace says otherwise, as (unknown|wrong, line)."""
    sent = [probe for probe, outcome in outcomes.items() if outcome.word != "unsent"]
    traced, ingress = trace(snapshot, sent), _ingress_addresses(snapshot)
    if len(traced) != len(sent):
        yield "wrong", f"{len(sent)} probes, {len(traced)} traces"
    for probe, said in zip(sent, traced, strict=False):
        outcome, verdict = outcomes[probe], said["verdict"]
        if verdict == "unknown":
            yield "unknown", f"{probe}: {outcome}, unknown because of {said.get('unknowns')}"
        elif (verdict == "accept") != outcome.reached:
            yield "wrong", f"{probe}: {outcome}, trace says {verdict} {_way(said)}"
        elif outcome.reached and not _delivered(said["delivered_to"], outcome, ingress):
            yield "wrong", f"{probe}: {outcome}, trace says it reaches {said['delivered_to']}"


def _ingress_addresses(snapshot: Path) -> set[str]:
    """The addresses of a swarm's ingress sandbox, which hands connections on to some task."""
    return {
        entry["IPv4Address"].split("/")[0]
        for network in json.loads((snapshot / "docker-networks.json").read_text())
        for name, entry in (network.get("Containers") or {}).items()
        if name == "ingress-sbox"
    }


def _delivered(to: Mapping[str, Any], outcome: Outcome, ingress: set[str]) -> bool:
    """Whether a trace names who answered, or the ingress sandbox before it."""
    if to.get("address") in ingress:
        return True
    if outcome.answered_by == "host":
        return to["kind"] == "host" and not to.get("container")
    return same_container(to.get("container") or "", outcome.answered_by)


def _way(said: Mapping[str, Any]) -> str:
    """The last rules of a trace's way."""
    return " / ".join(
        f"{step['table']} {step['chain']} {step.get('rule')}: {step.get('action')}"
        for step in said.get("steps", [])[-4:]
    )


def audit_disagreements(snapshot: Path, outcomes: Judged) -> Iterator[tuple[str, str]]:
    """Each probe of which the audit says otherwise, as (unknown|wrong, line)."""
    audited = audit(snapshot)
    for probe, outcome in outcomes.items():
        if outcome.word == "unsent" or outcome.answered_by == "host":
            continue
        if _within_one_network(snapshot, probe):
            continue  # bridged, not routed: no way in from outside
        said = _audit_of(audited, probe)
        accepting = [name for name, answer in said if answer == "accept"]
        if outcome.reached:
            if any(same_container(name, outcome.answered_by) for name in accepting):
                continue
            kind = "unknown" if any(answer == "unknown" for _, answer in said) else "wrong"
            yield kind, f"{probe}: {outcome}, audit says {said or 'nothing'}"
        elif accepting:
            yield "wrong", f"{probe}: {outcome}, audit says {said}"


def _within_one_network(snapshot: Path, probe: Probe) -> bool:
    """Whether a probe goes from a container to the address of another on the same bridge."""
    links = json.loads((snapshot / "addr.json").read_text())
    networks = [
        ipaddress.ip_interface(f"{address['local']}/{address['prefixlen']}")
        for link in links
        if link["ifname"] == probe.interface and probe.vantage not in ("internet", "lan")
        for address in link["addr_info"]
    ]
    destination = ipaddress.ip_address(probe.dst)
    return any(destination in one.network and destination != one.ip for one in networks)


def _audit_of(audited: Mapping[str, Any], probe: Probe) -> list[tuple[str, str]]:
    """What the audit says of one probe: the containers that it could reach, and for certain?"""
    said = []
    source = ipaddress.ip_address(probe.src)
    for exposure in audited["exposures"]:
        if exposure["protocol"] != probe.proto:
            continue
        for reach in exposure["reach"]:
            port = exposure["container_port" if reach["via"] == "direct" else "host_port"]
            # A container on the wire itself is reached by no interface of the host, at any port.
            if reach["in"] not in (probe.interface, "") or port not in (probe.dport, None):
                continue
            if probe.dst not in reach["to"]:
                continue
            for answer in ("accept", "unknown"):
                if any(source in ipaddress.ip_network(cidr) for cidr in reach[answer]):
                    said.append((exposure["container"] or INGRESS, answer))
    return said
