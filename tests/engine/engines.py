"""The Docker engines this machine can start: the installed one and those unpacked beside it."""

from __future__ import annotations

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ENGINES = Path(os.environ.get("DOCKERWALL_ENGINES", "/var/cache/dockerwall-tests"))
"""Where `.ci/packages` unpacks the newer engines, one folder `docker-VERSION` each."""

NEEDED = ("dockerd", "nsenter", "unshare", "ip", "ss", "iptables-nft", "iptables-legacy", "ipset",
          "nft", "gcc", "tini-static", "runc")  # fmt: skip


@dataclass(frozen=True)
class Engine:
    """One Docker engine: its version as major.minor, and the PATH that puts its programs first."""

    version: str
    path: str


def _version(dockerd: str) -> str:
    """Major and minor version that a dockerd prints of itself, "" if it cannot run."""
    printed = subprocess.run([dockerd, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d+\.\d+)", printed.stdout)
    return found.group(1) if found else ""


@functools.cache
def installed_engines() -> dict[str, Engine]:
    """Every engine of this machine by its version."""
    system = os.environ.get("PATH", os.defpath)
    if "/usr/sbin" not in system.split(":"):
        system = f"{system}:/usr/sbin:/sbin"
    paths = [system]
    for folder in sorted(ENGINES.glob("docker-*")):
        paths.append(f"{folder}/usr/bin:{folder}/usr/sbin:{system}")
    engines = {}
    for path in paths:
        dockerd = shutil.which("dockerd", path=path)
        if dockerd is not None and (version := _version(dockerd)):
            engines[version] = Engine(version, path)
    return engines


def missing() -> str:
    """Why no engine can be started here, as one sentence; "" when nothing is in the way."""
    if os.geteuid() != 0:
        return "starting a Docker daemon needs root"
    system = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin"
    absent = [name for name in NEEDED if shutil.which(name, path=system) is None]
    if absent:
        return f"not installed: {', '.join(absent)} (run .ci/packages)"
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"no new namespaces here: {tried.stderr.strip()}" if tried.returncode else ""
