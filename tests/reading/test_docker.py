"""Docker's own account: through the SDK, of this host only, and never waited for too long."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.reading.fake_docker import FakeDocker

from dockerwall.model.snapshot import Gap
from dockerwall.reading.daemon import DockerReader
from dockerwall.reading.docker_api import DockerApi
from dockerwall.reading.texts import Part


@pytest.fixture
def daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDocker]:
    with FakeDocker(tmp_path / "docker.sock") as daemon:
        monkeypatch.setenv("DOCKER_HOST", daemon.url)
        daemon.containers = {"c1": {"Id": "c1", "Name": "/web"}}
        daemon.networks = {
            "n2": {"Id": "n2", "Name": "shop", "Driver": "bridge"},
            "n1": {"Id": "n1", "Name": "bridge", "Driver": "bridge"},
        }
        yield daemon


def only_gap(part: Part) -> Gap:
    assert not part.files
    (gap,) = part.gaps
    assert gap.source == "docker-info.json"
    assert gap.problem.endswith(".")
    assert gap.advice.endswith(".")
    return gap


def test_everything_docker_has_to_say(daemon: FakeDocker) -> None:
    part = DockerApi(5.0).texts()
    assert part.gaps == ()
    assert json.loads(part.files["docker-version.json"])["Server"]["Version"] == "28.5.2"
    assert json.loads(part.files["docker-info.json"]) == daemon.info
    assert [each["Name"] for each in json.loads(part.files["docker-containers.json"])] == ["/web"]
    networks = json.loads(part.files["docker-networks.json"])
    assert [each["Name"] for each in networks] == ["bridge", "shop"]


def inspections(daemon: FakeDocker) -> list[str]:
    inspected = [path.split("/")[-2] for path in daemon.asked if path.endswith("/json")]
    return [name for name in inspected if name != "containers"]


def test_only_containers_that_changed_are_inspected_again(daemon: FakeDocker) -> None:
    api = DockerApi(5.0)
    api.texts()
    daemon.containers["c2"] = {"Id": "c2", "Name": "/db"}
    api.texts()
    assert sorted(inspections(daemon)) == ["c1", "c2"]


def test_a_container_that_ends_meanwhile_is_left_out(daemon: FakeDocker) -> None:
    api = DockerApi(5.0)
    listed = {"c1": daemon.containers["c1"]}
    daemon.containers = listed | {"gone": {}}
    daemon.containers["gone"] = None  # type: ignore[assignment]  # listed, and then not found
    found = json.loads(api.texts().files["docker-containers.json"])
    assert [each["Id"] for each in found] == ["c1"]


def test_a_context_names_the_daemon_as_well(
    daemon: FakeDocker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hashlib

    name = "elsewhere"
    folder = tmp_path / "config/contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    folder.mkdir(parents=True)
    endpoint = {"docker": {"Host": daemon.url, "SkipTLSVerify": False}}
    meta = {"Name": name, "Metadata": {}, "Endpoints": endpoint}
    (folder / "meta.json").write_text(json.dumps(meta))
    (tmp_path / "config/config.json").write_text("{}")
    monkeypatch.delenv("DOCKER_HOST")
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("DOCKER_CONTEXT", name)
    assert DockerApi(5.0).texts().files


def test_a_context_that_does_not_exist_is_not_replaced_by_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    monkeypatch.setenv("DOCKER_CONTEXT", "nowhere")
    assert "there is no context nowhere" in only_gap(DockerApi(5.0).texts()).problem


def test_another_hosts_daemon_is_not_mixed_in(daemon: FakeDocker) -> None:
    daemon.info |= {"Name": "laptop", "KernelVersion": "6.6.0-linuxkit"}
    gap = only_gap(DockerApi(5.0).texts())
    assert "laptop" in gap.problem
    assert os.uname().nodename in gap.problem
    assert not inspections(daemon)


@pytest.mark.parametrize("url", ["ssh://root@web-07", "ssh://web-07:2222"])
def test_a_daemon_over_ssh_is_another_hosts(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", url)
    assert url in only_gap(DockerApi(5.0).texts()).problem


def test_no_daemon_and_a_dead_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    assert f"{path} does not exist" in only_gap(DockerApi(5.0).texts()).problem
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    assert "Connection refused" in only_gap(DockerApi(5.0).texts()).problem


def test_nobody_at_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("DOCKER_HOST", url)
        gap = only_gap(DockerApi(5.0).texts())
        assert gap.problem == f"Docker at {url} could not be read: Connection refused."
        assert "DOCKER_HOST" in gap.advice


def test_a_broken_context_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    folder = tmp_path / "contexts" / "meta" / hashlib.sha256(b"far").hexdigest()
    folder.mkdir(parents=True)
    (tmp_path / "config.json").write_text('{"currentContext": "far"}')
    (folder / "meta.json").write_text('{"Name": "far",')
    gap = only_gap(DockerReader().read())
    assert gap.problem.startswith("The Docker context cannot be read: ")
    assert "docker context ls" in gap.advice


def test_a_silent_daemon_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("DOCKER_HOST", url)
        gap = only_gap(DockerReader(patience=1.0).read())
        assert gap.problem.startswith(f"Docker at {url} ")
        assert "DOCKER_HOST" in gap.advice


def test_a_daemon_that_speaks_nonsense(daemon: FakeDocker) -> None:
    daemon.info = []  # type: ignore[assignment]
    gap = only_gap(DockerReader(DockerApi(5.0).texts).read())
    assert "could not be read" in gap.problem


def test_a_daemon_that_hangs_is_a_gap_and_asked_no_second_time() -> None:
    release = threading.Event()
    calls = []

    def ask() -> Part:
        calls.append(1)
        release.wait(60)
        return Part({"docker-info.json": "{}"})

    reader = DockerReader(ask, patience=0.05)
    assert "has not answered within 0.05 seconds" in only_gap(reader.read()).problem
    assert "has not answered" in only_gap(reader.read()).problem
    assert len(calls) == 1
    release.set()
    assert reader.read(wait=60).files


def test_the_last_answer_stands_while_the_next_is_awaited() -> None:
    release = threading.Event()
    release.set()

    def ask() -> Part:
        release.wait(60)
        return Part({"docker-info.json": "{}"})

    reader = DockerReader(ask, patience=60)
    first = reader.read()
    release.clear()
    assert reader.read(wait=0.01) is first
    release.set()


def test_an_error_nobody_thought_of_is_a_gap() -> None:
    def ask() -> Part:
        raise ZeroDivisionError("why not")

    assert "ZeroDivisionError" in only_gap(DockerReader(ask).read()).problem
