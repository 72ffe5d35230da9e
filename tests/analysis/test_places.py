"""Where a container is: behind its own bridge, beside the host, and at which of its addresses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from tests.analysis.edited_host import HOSTS, traced

from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost

STRANGER = "198.51.100.7"


def _on_the_wire_too(folder: Path) -> Snapshot:
    """The host with a container on the wire, and its other container there as well."""
    target = folder / "host"
    shutil.copytree(HOSTS / "macvlan", target)
    file = target / "docker-containers.json"
    containers = json.loads(file.read_text())
    networks = {one["Name"]: one["NetworkSettings"]["Networks"] for one in containers}
    networks["/web"]["wire"] = {**networks["/camera"]["wire"], "IPAddress": "203.0.113.66"}
    file.write_text(json.dumps(containers))
    return RecordedHost(target).read()


def test_only_the_address_on_the_wire_is_not_governed(tmp_path: Path) -> None:
    """A container on the wire and behind a bridge: the firewall governs its address there."""
    host = _on_the_wire_too(tmp_path)
    assert traced(host, STRANGER, 80, "203.0.113.66").verdict == "unknown"
    assert traced(host, STRANGER, 80, "172.17.0.2").verdict == "drop"


def test_a_container_is_not_where_the_route_to_its_address_leads(tmp_path: Path) -> None:
    """Without its bridge's route, packets for it leave by the default route instead."""
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-20", target)
    before = traced(RecordedHost(target).read(), STRANGER, 80, "172.30.0.2")
    file = target / "route4.json"
    routes = json.loads(file.read_text())
    file.write_text(json.dumps([each for each in routes if "172.30.0.0" not in each["dst"]]))
    assert before.verdict == "accept"
    assert traced(RecordedHost(target).read(), STRANGER, 80, "172.30.0.2").verdict == "drop"
