"""Snapshots on disk: what is read, what is missing, what is refused."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path

import pytest

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Gap, HostInfo
from dockerwall.reading.recorded import NoSnapshotError, RecordedHost, read_recorded
from dockerwall.reading.recording import NotWrittenError, write_snapshot
from dockerwall.reading.texts import Texts

HOSTS = Path(__file__).parent.parent / "hosts"
RULES = "*filter\n:INPUT ACCEPT [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n"
META = {
    "format": "dockerwall-snapshot/1",
    "hostname": "web-07",
    "kernel": "6.1.0",
    "taken_at": "2026-11-20T14:02:07Z",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A snapshot with one save file."""
    place = tmp_path / "host"
    place.mkdir()
    (place / "meta.json").write_text(json.dumps(META))
    (place / "iptables-save.nft").write_text(RULES)
    return place


def sources(gaps: tuple[Gap, ...]) -> list[str]:
    return [gap.source for gap in gaps]


@pytest.mark.parametrize("path", sorted(HOSTS.glob("*/meta.json")), ids=lambda p: p.parent.name)
def test_recorded_hosts_are_read_whole(path: Path) -> None:
    snapshot = RecordedHost(path.parent).read()
    native = ["docker-info.json"] if path.parent.name == "docker-29-nftables" else []
    assert sources(snapshot.gaps) == native  # its backend is said, since iptables does not show it
    assert snapshot.docker is not None
    assert snapshot.docker.containers
    assert snapshot.rules


def test_the_host_and_when_it_was_read(place: Path) -> None:
    host = RecordedHost(place)
    assert host.read().host == HostInfo("web-07", "6.1.0", "2026-11-20T14:02:07Z")
    assert host.read() is host.first()


def test_every_missing_file_is_a_gap_and_docker_is_one(place: Path) -> None:
    gaps = RecordedHost(place).read().gaps
    assert "ip6tables-save.nft" in sources(gaps)
    assert "nft.json" in sources(gaps)
    assert [name for name in sources(gaps) if name.startswith("docker")] == ["docker-version.json"]
    assert not [name for name in sources(gaps) if name.endswith(".legacy")]
    assert all(gap.problem.endswith(".") and gap.advice.endswith(".") for gap in gaps)


def test_the_legacy_variant_alone_is_a_host_without_the_other(place: Path) -> None:
    (place / "iptables-save.nft").rename(place / "iptables-save.legacy")
    snapshot = RecordedHost(place).read()
    assert list(snapshot.rules) == [(Variant.LEGACY, Family.IPV4)]
    assert "iptables-save.nft" not in sources(snapshot.gaps)


def test_gaps_that_were_recorded_say_why(place: Path) -> None:
    gap = {"source": "docker-info.json", "problem": "Docker is off.", "advice": "Start it."}
    (place / "meta.json").write_text(json.dumps({**META, "gaps": [gap]}))
    gaps = RecordedHost(place).read().gaps
    assert Gap("docker-info.json", "Docker is off.", "Start it.") in gaps
    assert not [name for name in sources(gaps) if name == "docker-version.json"]


def test_by_hand_and_without_meta(place: Path) -> None:
    (place / "meta.json").unlink()
    assert "meta.json" in sources(RecordedHost(place).read().gaps)


def test_unknown_files_are_passed_over(place: Path) -> None:
    (place / "notes.txt").write_bytes(b"\0\xff")
    (place / "folder").mkdir()
    assert RecordedHost(place).read().rules


def test_bytes_that_are_no_text_come_back_unchanged(place: Path) -> None:
    rules = RULES.replace("COMMIT", '-A INPUT -m comment --comment "\udce9"\nCOMMIT')
    (place / "iptables-save.nft").write_bytes(rules.encode("utf-8", "surrogateescape"))
    assert read_recorded(place).files["iptables-save.nft"] == rules


def test_only_an_unprintable_table_is_a_gap(place: Path) -> None:
    with (place / "iptables-save.nft").open("a") as stream:
        stream.write("# Table `nat' is incompatible, use 'nft' tool.\n")
    gaps = RecordedHost(place).read().gaps
    assert [gap for gap in gaps if gap.source == "iptables-save.nft" and "nat" in gap.problem]


def tar(path: Path, *members: tuple[str, bytes], kind: str = "w:gz") -> Path:
    with tarfile.open(path, kind) as archive:  # type: ignore[call-overload]
        for name, data in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path


@pytest.mark.parametrize("folder", ["", "./", "web-07/"])
@pytest.mark.parametrize("kind", ["w", "w:gz", "w:xz"])
def test_an_archive_is_read_where_it_lies(tmp_path: Path, folder: str, kind: str) -> None:
    path = tar(
        tmp_path / "host.tar",
        (f"{folder}meta.json", json.dumps(META).encode()),
        (f"{folder}iptables-save.nft", RULES.encode()),
        (f"{folder}other/iptables-save.nft", b"junk"),
        kind=kind,
    )
    assert RecordedHost(path).read().host.hostname == "web-07"
    assert sorted(each.name for each in tmp_path.iterdir()) == ["host.tar"]


@pytest.mark.parametrize(
    "name", ["/iptables-save.nft", "../iptables-save.nft", "a/../../iptables-save.nft"]
)
def test_members_that_point_elsewhere_are_not_read(tmp_path: Path, name: str) -> None:
    path = tar(tmp_path / "evil.tar.gz", (name, RULES.encode()))
    with pytest.raises(NoSnapshotError, match="is no snapshot"):
        RecordedHost(path)


def test_a_link_in_an_archive_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "link.tar"
    with tarfile.open(path, "w") as archive:
        entry = tarfile.TarInfo("iptables-save.nft")
        entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(entry)
    with pytest.raises(NoSnapshotError, match="is no snapshot"):
        RecordedHost(path)


def test_two_snapshots_in_one_archive_are_not_mixed(tmp_path: Path) -> None:
    path = tar(
        tmp_path / "two.tar",
        ("a/iptables-save.nft", RULES.encode()),
        ("b/ip6tables-save.nft", RULES.encode()),
    )
    with pytest.raises(NoSnapshotError, match="more than one snapshot"):
        RecordedHost(path)


@pytest.mark.parametrize("kind", ["w", "w:gz"])
def test_half_an_archive_is_none(tmp_path: Path, kind: str) -> None:
    data = os.urandom(40_000).hex().encode()
    path = tar(tmp_path / "half.tar", ("iptables-save.nft", data), kind=kind)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(NoSnapshotError, match=r"half\.tar"):
        RecordedHost(path)


def test_what_is_no_snapshot_at_all(tmp_path: Path) -> None:
    junk = tmp_path / "junk"
    junk.write_bytes(os.urandom(2000))
    for path in (junk, tmp_path, tmp_path / "missing", Path("/dev/null")):
        with pytest.raises(NoSnapshotError, match=str(path)):
            RecordedHost(path)


def test_a_link_or_a_pipe_in_the_folder_is_refused(place: Path) -> None:
    (place / "nft.json").symlink_to("/etc/passwd")
    with pytest.raises(NoSnapshotError, match="links are not followed"):
        RecordedHost(place)
    (place / "nft.json").unlink()
    os.mkfifo(place / "nft.json")
    with pytest.raises(NoSnapshotError, match=r"nft\.json is no file"):
        RecordedHost(place)
    (place / "nft.json").unlink()
    (place / "nft.json").mkdir()
    with pytest.raises(NoSnapshotError, match=r"nft\.json is no file"):
        RecordedHost(place)


@pytest.mark.parametrize(
    ("name", "data", "where"),
    [
        ("iptables-save.nft", b"*filter\n:INPUT ACCEPT [0:0]\n", "iptables-save.nft:3:1"),
        ("iptables-save.nft", b"*filter\n:INPUT \0", "iptables-save.nft:2:8"),
        ("addr.json", b'[{"ifname":', "addr.json:1:12"),
        ("listen.txt", b"what\n", "listen.txt:1:1"),
        ("ipset.save", b"add x 1\n", "ipset.save:1:5"),
        ("docker-info.json", b"[]", "docker-info.json:1:1"),
        ("meta.json", b"{}", "meta.json:1:1"),
        ("meta.json", b'{"format": "dockerwall-snapshot/2"}', "meta.json:1:1"),
        ("meta.json", b"not json", "meta.json:1:1"),
    ],
)
def test_a_bad_file_is_named_with_line_and_column(
    place: Path, name: str, data: bytes, where: str
) -> None:
    (place / name).write_bytes(data)
    with pytest.raises(GrammarError, match=f"^{place}/{where}: "):
        RecordedHost(place)


TEXTS = Texts(
    HostInfo("web-07", "6.1.0", "2026-11-20T14:02:07Z"),
    {"iptables-save.nft": RULES + "# \udcff\n", "listen.txt": ""},
    (Gap("docker-info.json", "Docker is off.", "Start it.", denied=True),),
)


@pytest.mark.parametrize("name", ["host", "host.tar", "host.tar.gz", "host.tgz"])
def test_what_is_written_is_what_is_read(tmp_path: Path, name: str) -> None:
    write_snapshot(TEXTS, tmp_path / name)
    found = read_recorded(tmp_path / name)
    assert (found.host, found.files) == (TEXTS.host, TEXTS.files)
    assert found.gaps[0] == TEXTS.gaps[0]
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    write_snapshot(TEXTS, tmp_path / "host")
    write_snapshot(TEXTS, tmp_path / "host.tar.gz")
    assert (tmp_path / "host").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "host.tar.gz").stat().st_mode & 0o777 == 0o600
    assert {each.stat().st_mode & 0o777 for each in (tmp_path / "host").iterdir()} == {0o600}


@pytest.mark.parametrize("name", ["host", "host.tar.gz"])
def test_what_stands_there_already_stays(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(NotWrittenError, match="exists already"):
        write_snapshot(TEXTS, tmp_path / name)
    assert (tmp_path / name).read_text() == "mine"


@pytest.mark.parametrize("name", ["host", "host.tar.gz"])
def test_nothing_is_left_behind_where_it_cannot_be_written(tmp_path: Path, name: str) -> None:
    bad = Texts(TEXTS.host, {"no/such/folder": "x", "listen.txt": "\ud800"})
    with pytest.raises((NotWrittenError, UnicodeEncodeError)):
        write_snapshot(bad, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(NotWrittenError):
        write_snapshot(TEXTS, tmp_path / "missing" / name)
