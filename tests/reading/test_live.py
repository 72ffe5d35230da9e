"""A live host: a namespace with real rules in it, read as it is and left as it was."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.kernel.namespace import CommandFailedError, Namespace

from dockerwall.grammar.save import format_save
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Gap
from dockerwall.reading.daemon import DockerReader
from dockerwall.reading.live import LiveHost
from dockerwall.reading.nftables import shown_tables
from dockerwall.reading.texts import SAVE_FILES, Part

pytestmark = pytest.mark.kernel

HERE = Path(__file__).parent
LEGACY = {Family.IPV4: HERE / "legacy.v4", Family.IPV6: HERE / "legacy.v6"}
PROGRAM = {Family.IPV4: "iptables", Family.IPV6: "ip6tables"}
RULES = """*filter
:DOCKER-USER - [0:0]
-A FORWARD -j DOCKER-USER
-A DOCKER-USER -i eth0 -m comment --comment "é" -j DROP
-A INPUT -i lo -j ACCEPT
COMMIT
"""
NATIVE = """
table inet mine {
    chain in {
        type filter hook input priority 5; policy drop;
    }
}
"""


def no_docker() -> Part:
    return Part(gaps=(Gap("docker-info.json", "Docker is off.", "Start it."),))


def live_host() -> LiveHost:
    return LiveHost(DockerReader(no_docker))


def load(namespace: Namespace, family: Family, variant: Variant, text: str) -> None:
    namespace.run([f"{PROGRAM[family]}-{variant}-restore"], text)


def fingerprint(namespace: Namespace) -> dict[str, str]:
    """Everything of the namespace's firewall that reading might have touched."""
    names = ("ip_tables_names", "ip6_tables_names", "netfilter/nf_log")
    found = {
        name: namespace.run(["sh", "-c", f"cat /proc/net/{name} 2>/dev/null || true"])
        for name in names
    }
    found["nft"] = namespace.run(["nft", "-a", "list", "ruleset"])
    found["ipset"] = namespace.run(["ipset", "save"])
    modules = Path("/proc/modules")
    if modules.exists():
        lines = modules.read_text().splitlines()
        loaded = sorted(line.split()[0] for line in lines)
        found["modules"] = "\n".join(each for each in loaded if each.startswith(("ip", "nf", "x")))
    return found


def without_comments(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))


@pytest.mark.parametrize("content", ["nothing", "nft", "legacy", "both", "native"])
def test_reading_changes_nothing(namespace: Namespace, content: str, tmp_path: Path) -> None:
    if content in ("nft", "both"):
        load(namespace, Family.IPV4, Variant.NFT, RULES)
    if content in ("legacy", "both"):
        load(namespace, Family.IPV4, Variant.LEGACY, RULES)
    if content == "native":
        namespace.run(["nft", "-f", "-"], NATIVE)
    before = fingerprint(namespace)
    # A /run of its own shows whether the lock of iptables would be made, let alone taken.
    script = (
        'mount -t tmpfs none /run && "$@"; status=$?; test ! -e /run/xtables.lock && exit $status'
    )
    record = [sys.executable, "-m", "dockerwall", "snapshot", "-o", str(tmp_path / "host")]
    namespace.run(["unshare", "--mount", "sh", "-c", script, "sh", *record])
    host = live_host()
    namespace.inside(host.first)
    namespace.inside(host.read)
    assert fingerprint(namespace) == before
    written = {path.name for path in (tmp_path / "host").iterdir()}
    legacy = {name for name in SAVE_FILES.values() if name.endswith(".legacy")}
    expected = {"iptables-save.legacy"} if content in ("legacy", "both") else set()
    assert written & legacy == expected


def test_both_variants_and_both_families_at_once(namespace: Namespace) -> None:
    for family in Family:
        for variant in Variant:
            load(namespace, family, variant, RULES)
    snapshot = namespace.inside(live_host().read)
    assert set(snapshot.rules) == {(v, f) for v in Variant for f in Family}
    for (variant, family), saved in snapshot.rules.items():
        printed = namespace.run([f"{PROGRAM[family]}-{variant}-save", "-c"])
        assert format_save(saved) == without_comments(printed)


def test_a_refresh_keeps_the_rules_and_moves_the_counters(namespace: Namespace) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    host = live_host()
    one = namespace.inside(host.read)

    def knock() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"x", ("127.0.0.1", 9))

    namespace.ip("link set lo up")
    namespace.inside(knock)
    two = namespace.inside(host.read)
    key = (Variant.NFT, Family.IPV4)
    rule = two.rules[key].ruleset.tables["filter"].chains["INPUT"].rules[0]
    assert two.rules[key].ruleset is one.rules[key].ruleset
    assert (one.rules[key].counters.of(rule.slot) or (0, 0))[0] == 0
    assert (two.rules[key].counters.of(rule.slot) or (0, 0))[0] >= 1


def test_what_changes_with_the_rules_is_read_at_once(namespace: Namespace) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    host = live_host()
    namespace.inside(host.read)
    namespace.ip("link add br-new type bridge")
    namespace.run(["iptables-nft", "-A", "FORWARD", "-i", "br-new", "-j", "ACCEPT"])
    links = namespace.inside(host.read).links
    assert "br-new" in [link.name for link in links or ()]


def test_native_tables_are_seen_beside_iptables(namespace: Namespace) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    namespace.run(["nft", "-f", "-"], NATIVE)
    (chain,) = namespace.inside(live_host().read).nft or ()
    assert (chain.family, chain.table, chain.hook, chain.can_drop) == (
        "inet",
        "mine",
        "input",
        True,
    )


@pytest.mark.parametrize(
    "command",
    [
        ["add", "rule", "ip", "filter", "INPUT", "ct", "state", "established", "drop"],
        ["add", "chain", "ip", "filter", "x", "{ type filter hook input priority -5; }"],
    ],
)
def test_a_table_iptables_cannot_print_is_a_gap(namespace: Namespace, command: list[str]) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    namespace.run(["nft", *command])
    snapshot = namespace.inside(live_host().read)
    assert [gap.source for gap in snapshot.gaps if "filter" in gap.problem] == ["iptables-save.nft"]
    assert ("filter", "input") in [(each.table, each.hook) for each in snapshot.nft or ()]


def test_the_rest_of_the_host(namespace: Namespace) -> None:
    namespace.ip("link set lo up", "link add eth0.7 type bridge", "addr add 10.1.2.3/24 dev eth0.7")
    namespace.run(["ipset", "create", "friends", "hash:ip"])
    namespace.run(["ipset", "add", "friends", "203.0.113.9"])
    snapshot = namespace.inside(live_host().read)
    assert [gap.source for gap in snapshot.gaps] == ["docker-info.json"]
    assert [each.entries for each in snapshot.ipsets or ()] == [("203.0.113.9",)]
    assert ("eth0.7", "10.1.2.3") in [(a.interface, a.address) for a in snapshot.addresses or ()]
    assert snapshot.sysctl("net.ipv4.conf.eth0.7.rp_filter") in ("0", "1", "2")
    assert set(snapshot.routes) == set(Family)
    assert {rule.family for rule in snapshot.policy_rules or ()} == set(Family)
    assert snapshot.listeners == ()


def test_the_first_snapshot_does_not_wait_for_docker(namespace: Namespace) -> None:
    asked = threading.Event()

    def ask() -> Part:
        asked.set()
        return no_docker()

    host = LiveHost(DockerReader(ask))
    snapshot = namespace.inside(host.first)
    assert not asked.is_set()
    assert snapshot.links is not None
    assert snapshot.docker is None
    assert [gap.source for gap in snapshot.gaps] == ["docker-info.json"]
    namespace.inside(host.read)
    assert asked.is_set()


@pytest.mark.parametrize("family", list(Family))
@pytest.mark.skipif(importlib.util.find_spec("iptc") is None, reason="needs python-iptables")
def test_python_iptables_prints_what_iptables_prints(namespace: Namespace, family: Family) -> None:
    load(namespace, family, Variant.LEGACY, LEGACY[family].read_text())
    names = "ip_tables_names" if family is Family.IPV4 else "ip6_tables_names"
    tables = namespace.run(["cat", f"/proc/net/{names}"]).split()
    child = [sys.executable, "-P", "-m", "dockerwall.reading.libiptc", family, *tables]
    printed = namespace.run([f"{PROGRAM[family]}-legacy-save", "-c"])
    assert namespace.run(child) == without_comments(printed)


WATCHED = """
import sys
seen = []
kinds = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
sys.addaudithook(lambda event, about: seen.append(event) if event in kinds else None)
if sys.argv[1] == "iptc":
    import iptc
else:
    from dockerwall.reading.libiptc import main
    assert main(sys.argv[2:]) == 0
sys.exit(f"ran programs: {seen}" if seen else 0)
"""


@pytest.mark.skipif(importlib.util.find_spec("iptc") is None, reason="needs python-iptables")
def test_python_iptables_runs_no_modprobe_and_no_ldconfig(namespace: Namespace) -> None:
    load(namespace, Family.IPV4, Variant.LEGACY, LEGACY[Family.IPV4].read_text())
    watched = [sys.executable, "-P", "-c", WATCHED]
    with pytest.raises(CommandFailedError, match="ran programs"):
        namespace.run([*watched, "iptc"])
    assert namespace.run([*watched, "own", "ipv4", "filter"]).startswith("*filter\n")


@pytest.mark.parametrize(
    "broken",
    ["raise OSError('no libxtables here')", "import os; os.abort()", "import time; exit(0)"],
)
@pytest.mark.parametrize("with_program", [True, False])
@pytest.mark.skipif(importlib.util.find_spec("iptc") is None, reason="needs python-iptables")
def test_where_python_iptables_does_not_work_the_program_is_asked(
    namespace: Namespace, tmp_path: Path, broken: str, with_program: bool
) -> None:
    for name in ("__init__", "util", "xtables", "ip4tc", "ip6tc"):
        (tmp_path / f"{name}.py").write_text(broken)
    load(namespace, Family.IPV4, Variant.LEGACY, LEGACY[Family.IPV4].read_text())
    hidden = () if with_program else ("xtables-legacy-multi",)
    found = read_without(namespace, *hidden, iptc=tmp_path)
    if with_program:
        printed = without_comments(namespace.run(["iptables-legacy-save", "-c"]))
        assert found["rules"]["legacy-ipv4"] == printed
        assert "iptables-save.legacy" not in found["gaps"]
    else:
        assert "python-iptables" in found["gaps"]["iptables-save.legacy"]


READ = """
from dockerwall.reading.daemon import DockerReader
from dockerwall.reading.live import LiveHost
from dockerwall.reading.texts import Part
from dockerwall.grammar.save import format_save
import json
snapshot = LiveHost(DockerReader(Part)).read()
print(json.dumps({
    "rules": {f"{v}-{f}": format_save(saved) for (v, f), saved in snapshot.rules.items()},
    "gaps": {gap.source: gap.problem for gap in snapshot.gaps},
}))
"""


def read_without(
    namespace: Namespace, *programs: str, iptc: Path | None = None
) -> dict[str, dict[str, str]]:
    """Read the namespace where these programs of /usr/sbin are not installed.

    The modules of the folder `iptc` stand in for python-iptables.
    """
    hide = "".join(f"mount --bind /dev/null /usr/sbin/{name} && " for name in programs)
    spec = importlib.util.find_spec("iptc")
    if iptc is not None and spec is not None and spec.origin is not None:
        hide += f"mount --bind {iptc} {Path(spec.origin).parent} && "
    shell = ["unshare", "--mount", "sh", "-c", f'{hide} exec "$@"', "sh"]
    found: dict[str, dict[str, str]] = json.loads(
        namespace.run([*shell, sys.executable, "-c", READ])
    )
    return found


def test_without_iptables_every_missing_program_is_a_gap(namespace: Namespace) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    hidden = ("xtables-nft-multi", "xtables-legacy-multi", "nft", "ipset")
    found = read_without(namespace, *hidden)
    assert found["rules"] == {}
    assert {"iptables-save.nft", "ip6tables-save.nft", "nft.json", "ipset.save"} <= set(
        found["gaps"]
    )
    assert all("not installed" in problem for problem in found["gaps"].values())


def test_legacy_tables_without_a_program_for_them(namespace: Namespace) -> None:
    load(namespace, Family.IPV4, Variant.LEGACY, LEGACY[Family.IPV4].read_text())
    printed = without_comments(namespace.run(["iptables-legacy-save", "-c"]))
    found = read_without(namespace, "xtables-legacy-multi")
    if importlib.util.find_spec("iptc") is None:
        assert "python-iptables" in found["gaps"]["iptables-save.legacy"]
    else:
        assert found["rules"]["legacy-ipv4"] == printed


def as_someone(
    namespace: Namespace, without: str, *command: str
) -> subprocess.CompletedProcess[str]:
    """Run `dockerwall-tui` inside as root without one capability."""
    return subprocess.run(
        ["nsenter", f"--net={namespace.path}", "setpriv", f"--bounding-set=-{without}",
         f"--inh-caps=-{without}", sys.executable, "-m", "dockerwall", *command],
        capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "DOCKER_HOST": "unix:///nowhere/docker.sock"},
    )  # fmt: skip


def test_without_privilege_it_says_so_and_never_shows_an_empty_firewall(
    namespace: Namespace,
) -> None:
    load(namespace, Family.IPV4, Variant.NFT, RULES)
    done = as_someone(namespace, "net_admin", "show", "--format", "save")
    assert done.returncode == 3
    assert done.stdout == ""
    assert "needs root (CAP_NET_ADMIN)" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_snapshot_without_privilege_holds_what_could_be_read(
    namespace: Namespace, tmp_path: Path
) -> None:
    done = as_someone(namespace, "net_admin", "snapshot", "-o", str(tmp_path / "host"))
    assert done.returncode == 3
    names = {path.name for path in (tmp_path / "host").iterdir()}
    assert "addr.json" in names
    assert not {name for name in names if "tables-save" in name}
    gaps = json.loads((tmp_path / "host/meta.json").read_text())["gaps"]
    assert [gap["denied"] for gap in gaps if gap["source"] == "iptables-save.nft"] == [True]


def test_a_socket_that_is_not_for_us_is_named_with_its_owner(
    namespace: Namespace, tmp_path: Path
) -> None:
    path = tmp_path / "docker.sock"
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(str(path))
        path.chmod(0o600)
        os.chown(path, 12345, 0)
        done = subprocess.run(
            ["nsenter", f"--net={namespace.path}", "setpriv",
             "--bounding-set=-dac_override", "--inh-caps=-dac_override",
             sys.executable, "-m", "dockerwall", "show"],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "DOCKER_HOST": f"unix://{path}"},
        )  # fmt: skip
    assert done.returncode == 3
    assert (
        f"{path} may not be used by this user (it belongs to 12345 and group root)" in done.stderr
    )


def test_tables_shown_whole() -> None:
    hidden = "# Table `raw' is incompatible, use 'nft' tool.\n"
    text = "# Generated\n*filter\nCOMMIT\n*raw\nCOMMIT\n" + hidden
    assert shown_tables({"iptables-save.nft": text}) == {("ip", "filter")}
    assert shown_tables({"ip6tables-save.nft": "*nat\nCOMMIT\n"}) == {("ip6", "nat")}
    assert shown_tables({}) == set()
