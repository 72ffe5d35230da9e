"""Who works here: the user, and the SSH connection by which they came.

sudo takes SSH_CONNECTION away, so that it is looked for in the parents of this process as well,
and at last among the connections of the sshd above it.
"""

from __future__ import annotations

import ipaddress
import os
import pwd
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from dockerwall.programs import run

_PROC = Path("/proc")
_DEEPEST = 64


class SshConnection(NamedTuple):
    """The operator's own connection to this host."""

    client: str
    """The address they come from, as this host sees it."""
    client_port: int
    server: str
    """The address of this host that they came to."""
    server_port: int


def operator(environment: Mapping[str, str]) -> dict[str, Any]:
    """Who works here, as the journal names them: the user, who became it by sudo, and whence."""
    uid = os.getuid()
    found: dict[str, Any] = {"uid": uid, "user": _user(uid)}
    if environment.get("SUDO_USER"):
        found["sudo_user"] = environment["SUDO_USER"]
    connection = ssh_connection(environment)
    if connection is not None:
        found["ssh"] = connection.client
    return found


def in_words(who: Mapping[str, Any]) -> str:
    """Who somebody is that the journal names: `alice from 203.0.113.9`."""
    user = str(who.get("sudo_user") or who.get("user") or "somebody")
    return f"{user} from {who['ssh']}" if who.get("ssh") else user


def ssh_connection(
    environment: Mapping[str, str],
    proc: Path = _PROC,
    sockets: Callable[[], str] | None = None,
) -> SshConnection | None:
    """The operator's SSH connection, None where there is none or it cannot be found."""
    own = parse_connection(environment.get("SSH_CONNECTION", ""))
    if own is not None:
        return own
    servers = []
    for process in ancestors(os.getpid(), proc):
        inherited = parse_connection(_variable(proc / str(process) / "environ"))
        if inherited is not None:
            return inherited
        if _name(proc / str(process) / "comm").startswith("sshd"):
            servers.append(process)
    if not servers:
        return None
    text = (sockets or _sockets)()
    return next((c for each in servers if (c := _of_process(text, each)) is not None), None)


def parse_connection(text: str) -> SshConnection | None:
    """`203.0.113.9 51022 192.0.2.1 22`, as sshd sets it; None for anything else."""
    words = text.split()
    if len(words) != 4 or not (words[1].isdigit() and words[3].isdigit()):
        return None
    client, server = _address(words[0]), _address(words[2])
    if client is None or server is None:
        return None
    return SshConnection(client, int(words[1]), server, int(words[3]))


def ancestors(process: int, proc: Path = _PROC) -> Iterator[int]:
    """A process's parent, its parent and so on, up to but without init."""
    for _ in range(_DEEPEST):
        try:
            # The name before it, in brackets, may hold anything.
            status = (proc / str(process) / "stat").read_text(errors="replace")
            process = int(status.rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return
        if process <= 1:
            return
        yield process


def _variable(path: Path) -> str:
    """SSH_CONNECTION in a process's environment, empty if it is not there or not to be read."""
    try:
        words = path.read_bytes().split(b"\0")
    except OSError:
        return ""
    name = b"SSH_CONNECTION="
    found = next((word for word in words if word.startswith(name)), name)
    return found[len(name) :].decode("ascii", "replace")


def _name(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _sockets() -> str:
    return run(["ss", "-H", "-tnp", "state", "established"], patience=5).text


def _of_process(text: str, process: int) -> SshConnection | None:
    """The first connection of a process in what `ss -tnp` prints: local address, then peer."""
    for line in text.splitlines():
        if not re.search(rf"\bpid={process}\b", line):
            continue
        ends = [end for word in line.split() if (end := _end(word)) is not None]
        if len(ends) >= 2:
            (server, server_port), (client, client_port) = ends[:2]
            return SshConnection(client, client_port, server, server_port)
    return None


def _end(word: str) -> tuple[str, int] | None:
    """`192.0.2.1:22` or `[2001:db8::1]:22`."""
    host, colon, port = word.rpartition(":")
    address = _address(host.strip("[]")) if colon and port.isdigit() else None
    return None if address is None else (address, int(port))


def _address(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
