"""The files that boot restores rules from."""

from __future__ import annotations

from pathlib import Path

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import HostInfo
from dockerwall.reading.assembly import Assembly
from dockerwall.reading.persisted import read_persisted
from dockerwall.reading.texts import Texts

RULES = "*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -i lo -j ACCEPT\nCOMMIT\n"


def test_the_first_file_of_a_family_is_read(tmp_path: Path) -> None:
    (tmp_path / "etc/iptables").mkdir(parents=True)
    (tmp_path / "etc/iptables/rules.v4").write_text(RULES)
    part = read_persisted(tmp_path)
    assert dict(part.files) == {"persisted.v4": RULES}
    assert part.gaps == ()


def test_a_host_that_keeps_none_is_no_gap(tmp_path: Path) -> None:
    part = read_persisted(tmp_path)
    assert (dict(part.files), part.gaps) == ({}, ())


def test_a_file_that_is_not_as_printed_is_a_gap_and_never_an_error() -> None:
    texts = Texts(HostInfo("", "", ""), {"persisted.v4": "-N DOCKER-USER\n", "persisted.v6": RULES})
    snapshot = Assembly(forgiving=False).snapshot(texts)
    assert list(snapshot.persisted) == [Family.IPV6]
    assert [gap.source for gap in snapshot.gaps] == ["persisted.v4"]
