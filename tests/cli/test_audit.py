"""`audit` and `trace` as people and programs run them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HOSTS = Path(__file__).parent.parent / "hosts"


def run(*words: str, stdin: str = "", home: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"XDG_CONFIG_HOME": str(home or "/nonexistent")}
    return subprocess.run(
        [sys.executable, "-m", "dockerwall", *words],
        input=stdin,
        capture_output=True,
        text=True,
        env=environment,
        check=False,
        timeout=60,
    )


def audited(name: str, *words: str) -> dict[str, Any]:
    done = run("audit", "--snapshot", str(HOSTS / name), "--json", *words)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_audit_prints_the_schema() -> None:
    found = audited("docker-28")
    assert found["schema"] == "dockerwall-audit/1"
    exposure = next(e for e in found["exposures"] if e["host_port"] == 8080)
    assert exposure["severity"] == "exposed"
    reach = next(r for r in exposure["reach"] if r["in"] == "eth0")
    assert "203.0.113.1" in reach["to"]
    assert reach["via"] == "dnat"
    assert reach["unknown"] == []
    assert {"table", "chain", "rule", "text"} <= reach["decided_by"][0].keys()


def test_the_lan_can_be_given() -> None:
    found = audited("docker-28", "--lan", "0.0.0.0/0", "--lan", "::/0")
    assert found["lan"] == ["0.0.0.0/0", "::/0"]
    assert not {e["severity"] for e in found["exposures"]} & {"exposed", "allowlisted"}


@pytest.mark.parametrize(
    ("name", "words", "begins"),
    [
        ("report.html", (), "<!DOCTYPE html>"),
        ("report.md", (), "# Who reaches"),
        ("report.json", (), '{"schema": "dockerwall-audit/1"'),
        ("report", (), "shop-1, "),
        ("report.html", ("--format", "markdown"), "# Who reaches"),
        ("report.html", ("--json",), '{"schema"'),
    ],
)
def test_a_report_is_written_for_its_reader_alone(
    tmp_path: Path, name: str, words: tuple[str, ...], begins: str
) -> None:
    path = tmp_path / name
    done = run("audit", "--demo", "-o", str(path), *words, "--fail-on", "exposed")
    assert done.returncode == 1
    assert done.stdout == ""
    assert path.read_text(encoding="utf-8").startswith(begins)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_a_report_is_the_same_printed_and_written(tmp_path: Path, form: str) -> None:
    printed = run("audit", "--demo", "--format", form)
    run("audit", "--demo", "--format", form, "-o", str(tmp_path / "report"))
    assert printed.stdout == (tmp_path / "report").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    done = run("audit", "--demo", "-o", str(tmp_path / "no" / "report"))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert str(tmp_path / "no" / "report") in line


@pytest.mark.parametrize(
    ("host", "fail_on", "status"),
    [
        ("docker-28", "exposed", 1),
        ("docker-28", "finding", 1),
        ("legacy", "unknown", 1),
    ],
)
def test_audit_fails_on_what_was_asked(host: str, fail_on: str, status: int) -> None:
    done = run("audit", "--snapshot", str(HOSTS / host), "--fail-on", fail_on)
    assert done.returncode == status, done.stderr


def test_what_is_declared_expected_does_not_fail(tmp_path: Path) -> None:
    config = tmp_path / "dockerwall" / "config.toml"
    config.parent.mkdir()
    words = ("audit", "--snapshot", str(HOSTS / "docker-28"), "--fail-on", "allowlisted")
    config.write_text('[[expected]]\nport = "8080/tcp"\n[[expected]]\nport = "6379/tcp"\n')
    done = run(*words, home=tmp_path)
    assert done.returncode == 0
    assert "as expected" in done.stdout
    config.write_text('[[expected]]\nport = "8080/tcp"\n')
    assert run(*words, home=tmp_path).returncode == 1


@pytest.mark.parametrize(("text", "status"), [("lan = 3\n", 2), ("theme = 3\n", 0)])
def test_an_audit_rests_on_no_bad_settings(tmp_path: Path, text: str, status: int) -> None:
    config = tmp_path / "dockerwall" / "config.toml"
    config.parent.mkdir()
    config.write_text(text)
    done = run("audit", "--snapshot", str(HOSTS / "docker-28"), home=tmp_path)
    assert done.returncode == status
    assert bool(done.stdout) is (status == 0)
    (line,) = [line for line in done.stderr.splitlines() if str(config) in line]
    assert f"{config}:1:1: " in line


def test_trace_answers_a_batch_in_order() -> None:
    packets = [
        {"in": "eth0", "src": "203.0.113.9", "dst": "203.0.113.1", "proto": "tcp", "dport": port}
        for port in (8080, 5432, 8080)
    ]
    lines = "".join(json.dumps(packet) + "\n" for packet in packets)
    done = run("trace", "--snapshot", str(HOSTS / "docker-28"), "--batch", stdin=lines)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["verdict"] for each in found] == ["accept", "reject", "accept"]
    assert found[0]["delivered_to"]["container"] == "web"
    assert found[0]["delivered_to"]["via"] == "dnat"
    assert {"family", "backend", "hook", "table", "chain", "rule", "text", "action"} <= found[0][
        "steps"
    ][0].keys()


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"in": "eth0"}',
        '{"in": "eth0", "src": "x", "dst": "203.0.113.1", "proto": "tcp", "dport": 80}',
        '{"in": "eth0", "src": "::1", "dst": "203.0.113.1", "proto": "tcp", "dport": 80}',
        '{"in": "eth0", "src": "1.2.3.4", "dst": "203.0.113.1", "proto": "ggp", "dport": 80}',
        '{"in": "eth0", "src": "1.2.3.4", "dst": "203.0.113.1", "proto": "tcp", "dport": 80000}',
        '{"in": "eth0", "src": "1.2.3.4", "dst": "203.0.113.1", "proto": "tcp"}',
        '{"in": "eht0", "src": "1.2.3.4", "dst": "203.0.113.1", "proto": "tcp", "dport": 80}',
    ],
)
def test_a_bad_line_ends_a_batch_with_its_number(line: str) -> None:
    done = run("trace", "--snapshot", str(HOSTS / "docker-28"), "--batch", stdin=line + "\n")
    assert done.returncode == 2
    assert "standard input:1:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--in eht0 --src 1.2.3.4 --dst 203.0.113.1 --proto tcp --dport 80", "no interface 'eht0'"),
        ("--batch --in eth0", "--batch exclude each other"),
    ],
)
def test_a_slip_is_no_answer(words: str, said: str) -> None:
    done = run("trace", "--snapshot", str(HOSTS / "docker-28"), *words.split())
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert said in line


def test_trace_for_people_says_who_gets_it() -> None:
    words = [
        "--in",
        "eth0",
        "--src",
        "203.0.113.9",
        "--dst",
        "203.0.113.1",
        "--proto",
        "tcp",
        "--dport",
        "8080",
    ]
    done = run("trace", "--snapshot", str(HOSTS / "docker-28"), *words)
    assert done.returncode == 0
    assert "container web" in done.stdout
