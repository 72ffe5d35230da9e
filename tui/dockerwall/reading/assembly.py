"""Texts of a host to one Snapshot; a text that has not changed keeps its very value.

That identity is what makes a refresh cheap: whatever was derived from a value stays valid for as
long as the value is the same object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeVar

from dockerwall.grammar.boot import parse_boot
from dockerwall.grammar.dockerjson import (
    firewall_of,
    parse_containers,
    parse_info,
    parse_networks,
    parse_version,
    swarm_of,
)
from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.ipjson import parse_addresses, parse_links, parse_policy_rules, parse_routes
from dockerwall.grammar.ipset import parse_ipsets
from dockerwall.grammar.nft import parse_nft
from dockerwall.grammar.save import parse_save, unlisted_tables
from dockerwall.grammar.sockets import parse_listeners
from dockerwall.grammar.sysctls import parse_sysctls
from dockerwall.model.docker import Container, DockerHost
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.network import Listener, PolicyRule, Route
from dockerwall.model.rules import SavedRules
from dockerwall.model.snapshot import Gap, HostInfo, Snapshot
from dockerwall.reading.texts import (
    BOOT_FILE,
    DOCKER_FILES,
    PERSISTED_FILES,
    ROUTE_FILES,
    RULE_FILES,
    SAVE_FILES,
    Texts,
)

Value = TypeVar("Value")
Saved = dict[tuple[Variant, Family], SavedRules]


class Assembly:
    """Makes snapshots of one host from its texts, remembering the last value of each."""

    def __init__(self, *, forgiving: bool) -> None:
        """`forgiving` turns a bad text into a gap; otherwise it raises GrammarError."""
        self._forgiving = forgiving
        self._known: dict[str, tuple[object, object]] = {}
        self._last: Saved = {}
        self._docker_known: DockerHost | None = None
        self._gaps: list[Gap] = []

    def snapshot(self, texts: Texts) -> Snapshot:
        """The snapshot of these texts."""
        self._gaps = list(texts.gaps)
        saved = self._rules(texts)
        nft_key = tuple(id(each.ruleset) for each in saved.values())
        listeners = self._value(texts, "listen.txt", parse_listeners)
        return Snapshot(
            host=texts.host,
            rules=saved,
            nft=self._value(
                texts, "nft.json", lambda text: parse_nft(text, saved=saved), also=nft_key
            ),
            ipsets=self._value(texts, "ipset.save", parse_ipsets),
            links=self._value(texts, "link.json", parse_links),
            addresses=self._value(texts, "addr.json", parse_addresses),
            policy_rules=self._policy_rules(texts),
            routes=self._routes(texts),
            listeners=listeners,
            sysctls=self._value(texts, "sysctl.txt", parse_sysctls),
            docker=self._docker(texts, listeners),
            persisted=self._persisted(texts),
            boot=self._value(texts, BOOT_FILE, parse_boot),
            gaps=tuple(self._gaps),
        )

    def _value(
        self, texts: Texts, name: str, parse: Callable[[str], Value], also: object = None
    ) -> Value | None:
        """The value of one text: the last one if neither the text nor `also` has changed."""
        text = texts.files.get(name)
        if text is None:
            self._known.pop(name, None)
            return None
        key = (text, also)
        if name in self._known and self._known[name][0] == key:
            return self._known[name][1]  # type: ignore[return-value]  # stored below, same name
        try:
            value = parse(text)
        except GrammarError as error:
            self._misread(error)
            return None
        self._known[name] = (key, value)
        return value

    def _misread(self, error: GrammarError) -> None:
        if not self._forgiving:
            raise error
        self._gaps.append(
            Gap(
                error.source,
                f"{error.source} is not as expected: line {error.line}, column {error.column}: "
                f"{error.problem}.",
                "Record the host with `dockerwall-tui snapshot -o FILE` and report what it holds.",
                bad=True,
            )
        )

    def _rules(self, texts: Texts) -> Saved:
        saved: Saved = {}
        for (variant, family), name in SAVE_FILES.items():
            text = texts.files.get(name)
            if text is None:
                continue
            previous = self._last.get((variant, family))
            try:
                read = parse_save(text, variant, family, name, previous)
            except GrammarError as error:
                self._misread(error)
                continue
            saved[variant, family] = read
            self._gaps.extend(
                Gap(
                    name,
                    f"Table {table} holds rules that iptables cannot print, so they are not shown.",
                    "Look at it with `nft list ruleset`.",
                )
                for table in unlisted_tables(text)
            )
        self._last = saved
        return saved

    def _persisted(self, texts: Texts) -> dict[Family, SavedRules]:
        """What is kept for the next boot; a file that people wrote may not be as printed."""
        found = {}
        for family, name in PERSISTED_FILES.items():
            value = self._value(texts, name, partial(_kept_rules, family=family, source=name))
            if isinstance(value, SavedRules):
                found[family] = value
            elif value is not None:
                self._gaps.append(value)
        return found

    def _routes(self, texts: Texts) -> dict[Family, tuple[Route, ...]]:
        routes = {}
        for family, name in ROUTE_FILES.items():
            value = self._value(texts, name, partial(parse_routes, family=family, source=name))
            if value is not None:
                routes[family] = value
        return routes

    def _policy_rules(self, texts: Texts) -> tuple[PolicyRule, ...] | None:
        first = None
        for family, name in RULE_FILES.items():
            value = self._value(
                texts, name, partial(parse_policy_rules, source=name, family=family)
            )
            if value is not None:
                first = (first or ()) + value
        return first

    def _docker(self, texts: Texts, listeners: tuple[Listener, ...] | None) -> DockerHost | None:
        if not any(name in texts.files for name in DOCKER_FILES):
            return None
        version = self._value(texts, "docker-version.json", parse_version)
        info = self._value(texts, "docker-info.json", parse_info) or {}
        containers = self._value(texts, "docker-containers.json", parse_containers)
        docker = DockerHost(
            version=version or str(info.get("ServerVersion") or ""),
            name=str(info.get("Name") or ""),
            firewall=firewall_of(info),
            swarm=swarm_of(info),
            userland_proxy=_userland_proxy(containers, listeners),
            containers=containers,
            networks=self._value(texts, "docker-networks.json", parse_networks),
            info=info,
        )
        self._gaps.extend(_doubts(docker, texts.host))
        if docker != self._docker_known:  # else the last one stays, and what was derived of it
            self._docker_known = docker
        return self._docker_known


def _kept_rules(text: str, family: Family, source: str) -> SavedRules | Gap:
    try:
        return parse_save(text, Variant.NFT, family, source)
    except GrammarError as error:
        problem = f"line {error.line}: {error.problem}"
        return Gap(
            source,
            f"The rules kept for the next boot cannot be compared with those of now ({problem}).",
            "Write the file anew with iptables-save, or compare it yourself.",
        )


def _doubts(docker: DockerHost, host: HostInfo) -> Iterator[Gap]:
    """What the operator has to know of this daemon before believing the rest."""
    errors = docker.info.get("ServerErrors")
    if isinstance(errors, list) and errors:
        yield Gap(
            "docker-info.json",
            f"`docker info` could not ask the daemon: {str(errors[0]).rstrip('.')}.",
            "Record the host again as root, while Docker runs.",
        )
    if docker.firewall == "nftables":
        yield Gap(
            "docker-info.json",
            "Docker uses its nftables backend: its rules are native nft tables, which are shown "
            "as base chains only, and there is no DOCKER-USER chain.",
            "Look at them with `nft list ruleset`.",
        )
    kernel = str(docker.info.get("KernelVersion") or "")
    strange = docker.name.partition(".")[0] != host.hostname.partition(".")[0]
    if strange and docker.name and host.hostname and kernel and kernel != host.kernel:
        yield Gap(
            "docker-info.json",
            f"Docker runs on host {docker.name} (kernel {kernel}), but the rules are those of "
            f"{host.hostname} (kernel {host.kernel}).",
            "Take both from the same host.",
        )


def _userland_proxy(
    containers: tuple[Container, ...] | None, listeners: tuple[Listener, ...] | None
) -> bool | None:
    """Whether docker-proxy serves published ports, seen by who listens on them; None if unseen.

    Docker does not say it. Without the proxy, dockerd itself holds the port or nobody does.
    """
    if containers is None or listeners is None:
        return None
    published = {(p.protocol, p.host_port) for each in containers for p in each.ports}
    held = [each for each in listeners if (each.protocol, each.port) in published]
    programs = {program for each in held for program, _ in each.processes}
    if any(program.startswith("docker-proxy") for program in programs):
        return True
    if published and (not held or programs == {"dockerd"}):
        return False
    return None
