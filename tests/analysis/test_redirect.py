"""REDIRECT: to which address of the interface a packet goes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.analysis.edited_host import HOSTS, traced

from dockerwall.reading.recorded import RecordedHost

REDIRECT = "[0:0] -A PREROUTING -i eth0 -p tcp -m tcp --dport 9090 -j REDIRECT --to-ports 8080"


@pytest.mark.parametrize(
    ("address", "verdict"),
    [("2001:db8::1", "accept"), ("fe80::1", "unknown"), ("::1", "drop"), ("ff02::1", "unknown")],
)
def test_only_global_addresses_are_redirected_alike_by_all_kernels(
    tmp_path: Path, address: str, verdict: str
) -> None:
    """Newer ones take an address of the same scope, and none if the interface has none."""
    target = tmp_path / "host"
    shutil.copytree(HOSTS / "docker-28", target)
    save = target / "ip6tables-save.nft"
    lines = save.read_text().split("\n")
    lines.insert(lines.index("COMMIT", lines.index("*nat")), REDIRECT)
    save.write_text("\n".join(lines))
    found = traced(RecordedHost(target).read(), "2001:db8:f::7", 9090, address)
    assert found.verdict == verdict
