"""Ask a Docker daemon through the docker SDK; its answers are kept as the texts they are."""

from __future__ import annotations

import grp
import json
import math
import os
import pwd
import re
import socket
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker
from docker.context import ContextAPI
from docker.context.config import get_current_context_name
from docker.errors import APIError, DockerException, NotFound
from requests.exceptions import RequestException

from dockerwall.model.snapshot import Gap
from dockerwall.reading.texts import Part

_SOURCE = "docker-info.json"
_DEFAULT = "unix:///var/run/docker.sock"
_CREDENTIALS = struct.Struct("3i")
_ERRNO = re.compile(r"\[Errno -?[0-9]+\] ([^'\"()<>]+)")
"""The system's own words within a library's."""
_ELSEWHERE = "Set DOCKER_HOST or the Docker context to this host's daemon, and see that it runs."
"""What to do about a daemon that may not be this host's."""
_AGES = ("Status", "SizeRw", "SizeRootFs")
"""What differs in the list of containers without anything having happened."""


class DockerApi:
    """One daemon, asked again and again: only containers that changed are inspected again."""

    def __init__(self, patience: float) -> None:
        """`patience` is how many seconds one request may take."""
        self._patience = patience
        self._endpoint = ""
        """The address of the daemon that is asked; empty until that is decided."""
        self._client: docker.DockerClient | None = None
        self._containers: dict[str, tuple[str, Any]] = {}

    def texts(self) -> Part:
        """The daemon's four files, or one gap."""
        try:
            endpoint = self._endpoint = _endpoint()
        except Exception as error:  # the SDK raises a bare one for a context it cannot parse
            return _gap(
                f"The Docker context cannot be read: {_reason(error)}.",
                "Run `docker context ls`, and mend or leave the context.",
            )
        refusal = _refusal(endpoint)
        if refusal is not None:
            return refusal
        try:
            client = self._connected()
            info = client.api.info()
            stranger = _stranger(endpoint, info)
            if stranger is not None:
                return stranger
            version = {"Client": None, "Server": client.api.version()}
            containers = self._inspected(client)
            networks = _networks(client)
        except (DockerException, RequestException, OSError, ValueError, KeyError) as error:
            self._client = None
            return _gap(
                f"Docker at {endpoint} could not be read: {_reason(error)}.",
                "Run `docker info` by hand to see why."
                if _socket_path(endpoint) is not None
                else _ELSEWHERE,
            )
        return Part(
            {
                "docker-version.json": json.dumps(version) + "\n",
                "docker-info.json": json.dumps(info) + "\n",
                "docker-containers.json": json.dumps(containers) + "\n",
                "docker-networks.json": json.dumps(networks) + "\n",
            }
        )

    def silence(self, patience: float) -> Gap:
        """The gap of this daemon when it did not answer within so many seconds."""
        is_local = not self._endpoint or _socket_path(self._endpoint) is not None
        where = f" at {self._endpoint}" if self._endpoint else ""
        return Gap(
            _SOURCE,
            f"Docker{where} has not answered within {patience:g} seconds.",
            "Look at the daemon with `systemctl status docker` and `journalctl -u docker`."
            if is_local
            else _ELSEWHERE,
        )

    def _connected(self) -> docker.DockerClient:
        if self._client is None:
            self._client = docker.DockerClient.from_env(timeout=math.ceil(self._patience))
        return self._client

    def _inspected(self, client: docker.DockerClient) -> list[Any]:
        """Every running container's inspection, the last one where its list entry is the same."""
        found: dict[str, tuple[str, Any]] = {}
        for entry in client.api.containers():
            key = json.dumps({name: entry[name] for name in sorted(entry) if name not in _AGES})
            known = self._containers.get(entry["Id"])
            if known is not None and known[0] == key:
                found[entry["Id"]] = known
                continue
            try:
                found[entry["Id"]] = (key, client.api.inspect_container(entry["Id"]))
            except NotFound:  # it ended meanwhile
                continue
        self._containers = found
        return [inspection for _, inspection in found.values()]


def _networks(client: docker.DockerClient) -> list[Any]:
    """Every network's inspection, by name: the daemon lists them in a new order each time."""
    networks = []
    for entry in sorted(client.api.networks(), key=lambda each: (each["Name"], each["Id"])):
        try:
            networks.append(client.api.inspect_network(entry["Id"]))
        except NotFound:  # it was removed meanwhile
            continue
    return networks


def _endpoint() -> str:
    """The daemon's address, as the docker command would choose it."""
    host = os.environ.get("DOCKER_HOST")
    if host:
        return host
    name = os.environ.get("DOCKER_CONTEXT") or get_current_context_name()
    context = ContextAPI.get_context(name)
    if context is None:  # the SDK would ask the default daemon instead, which nobody named
        raise ValueError(f"there is no context {name}")
    return str(context.Host or _DEFAULT)


def _socket_path(endpoint: str) -> Path | None:
    for scheme in ("unix://", "http+unix://"):
        if endpoint.startswith(scheme):
            return Path("/" + endpoint.removeprefix(scheme).lstrip("/"))
    return None


def _refusal(endpoint: str) -> Part | None:
    """Why the daemon is not asked at all; None if it is."""
    if endpoint.startswith("ssh://"):
        return _gap(
            f"DOCKER_HOST or the current context names another host's daemon ({endpoint}), "
            "and this program reads the firewall of this host.",
            "Unset DOCKER_HOST, or read that host itself with --ssh.",
        )
    path = _socket_path(endpoint)
    return None if path is None else _unreachable(path)


def _unreachable(path: Path) -> Part | None:
    """Why a socket cannot be connected to; None if it can."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            probe.connect(str(path))
    except FileNotFoundError:
        return _gap(
            f"Docker is not running: {path} does not exist.",
            "Start it with `systemctl start docker`, or set DOCKER_HOST if it listens elsewhere.",
        )
    except PermissionError:
        return Part(gaps=(_denied(path),))
    except OSError as error:
        return _gap(
            f"Docker is not running: {path}: {error.strerror or error}.",
            "Start it with `systemctl start docker`.",
        )
    return None


def _denied(path: Path) -> Gap:
    try:
        status = path.stat()
        owner = f" (it belongs to {_user(status.st_uid)} and group {_group(status.st_gid)})"
    except OSError:
        owner = ""
    return Gap(
        _SOURCE,
        f"Docker's socket {path} may not be used by this user{owner}.",
        "Run it as root: `sudo dockerwall-tui`.",
        denied=True,
    )


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _stranger(endpoint: str, info: Mapping[str, Any]) -> Part | None:
    """A gap if the daemon's rules are not the ones read here; None if they are."""
    options = info.get("SecurityOptions") or []
    path = _socket_path(endpoint)
    shared = None if path is None else _shares_network(path)
    if shared is False:
        kind = "rootless: it" if "name=rootless" in options else "a daemon that"
        return _gap(
            f"Docker at {endpoint} is {kind} works in another network namespace, "
            "so its containers are not behind the rules read here.",
            "Run the program in that namespace, or set DOCKER_HOST to this host's daemon.",
        )
    system = os.uname()
    name, kernel = str(info.get("Name") or ""), str(info.get("KernelVersion") or "")
    differs = kernel != system.release or (not shared and not _same_name(name, system.nodename))
    if name and kernel and differs:
        return _gap(
            f"Docker at {endpoint} runs on host {name} (kernel {kernel}), but the rules are those "
            f"of {system.nodename} (kernel {system.release}).",
            "Set DOCKER_HOST or the Docker context to this host's daemon.",
        )
    return None


def _same_name(one: str, other: str) -> bool:
    return one.partition(".")[0].lower() == other.partition(".")[0].lower()


def _shares_network(path: Path) -> bool | None:
    """Whether the process that listens on the socket is in this network namespace; None: unseen."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(1.0)
            probe.connect(str(path))
            credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        process = _CREDENTIALS.unpack(credentials)[0]
        return os.readlink(f"/proc/{process}/ns/net") == os.readlink("/proc/thread-self/ns/net")
    except OSError:
        return None


def _reason(error: Exception) -> str:
    """What went wrong, without the wrappings that the SDK and its libraries put around it."""
    explanation = error.explanation if isinstance(error, APIError) else None
    said = " ".join(str(explanation or error).split())
    inmost = _ERRNO.findall(said)
    return str(inmost[-1] if inmost else said[:300]).rstrip(".")


def _gap(problem: str, advice: str) -> Part:
    return Part(gaps=(Gap(_SOURCE, problem, advice),))
