"""Lists of hosts: a file with one a line, or an Ansible inventory."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from dockerwall.model.unreadable import UnreadableError
from dockerwall.programs import Failure, run
from dockerwall.reading.destination import Destination, parse_destination

LARGEST = 1024 * 1024
_PLAIN = re.compile(r"[^\s{}]+")


def hosts_in(path: Path) -> tuple[Destination, ...]:
    """The hosts of a file, one a line; what follows a # is a comment. UnreadableError if none."""
    try:
        with open(path, "rb") as stream:
            text = stream.read(LARGEST).decode("utf-8", "surrogateescape")
    except OSError as error:
        raise UnreadableError(f"{path}: {error.strerror}.") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        name = line.partition("#")[0].strip()
        if not name:
            continue
        try:
            found.append(parse_destination(name))
        except ValueError as error:
            raise UnreadableError(f"{path}, line {number}: {error}.") from None
    if not found:
        raise UnreadableError(f"{path} names no host: write one a line, such as root@203.0.113.1.")
    return tuple(found)


def hosts_of_inventory(path: Path) -> tuple[Destination, ...]:
    """The hosts of an Ansible inventory, by `ansible-inventory --list`; UnreadableError if none."""
    answer = run(["ansible-inventory", "--list", "--inventory", str(path.absolute())])
    if answer.failure is Failure.MISSING:
        raise UnreadableError("ansible-inventory is not installed: use --hosts with a file.")
    if answer.failure is not None:
        raise UnreadableError(answer.problem())
    try:
        found = tuple(_hosts(json.loads(answer.text)))
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableError(f"{path} is no inventory that can be used: {error}.") from None
    if not found:
        raise UnreadableError(f"{path} names no host.")
    return found


def _hosts(inventory: dict[str, dict[str, object]]) -> Iterator[Destination]:
    """Every host once, by the variables that ansible itself connects with."""
    variables = inventory.get("_meta", {}).get("hostvars", {})
    names: dict[str, None] = {}
    for group in inventory.values():
        hosts = group.get("hosts", [])
        names |= dict.fromkeys(hosts if isinstance(hosts, list) else [])
    if isinstance(variables, dict):
        names |= dict.fromkeys(variables)
    for name in names:
        own = variables.get(name, {}) if isinstance(variables, dict) else {}
        if own.get("ansible_connection", "ssh") not in ("ssh", "smart", "paramiko"):
            continue
        host = own.get("ansible_host") or own.get("ansible_ssh_host") or name
        user = own.get("ansible_user") or own.get("ansible_ssh_user")
        port = own.get("ansible_port") or own.get("ansible_ssh_port")
        yield _destination(*(str(each) if each else "" for each in (host, user, port)))


def _destination(host: str, user: str, port: str) -> Destination:
    for word in (host, user, port):
        if word and not _PLAIN.fullmatch(word):
            raise ValueError(f"{word!r} cannot be used")
    bracketed = f"[{host}]" if ":" in host else host
    return parse_destination(
        (f"{user}@" if user else "") + bracketed + (f":{port}" if port else "")
    )
