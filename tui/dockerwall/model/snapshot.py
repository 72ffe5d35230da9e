"""A host at one moment: everything that was read of it, and what could not be."""

from __future__ import annotations

from dataclasses import field, replace
from shlex import quote
from typing import TYPE_CHECKING

from dockerwall.model.boot import Boot
from dockerwall.model.docker import DockerHost
from dockerwall.model.ipsets import IpSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.network import Address, Link, Listener, PolicyRule, Route
from dockerwall.model.nft import NftBaseChain
from dockerwall.model.rules import SavedRules
from dockerwall.model.value import value

if TYPE_CHECKING:
    from collections.abc import Mapping


@value
class Gap:
    """Something that could not be read, and what to do about it."""

    source: str
    """The snapshot file that is missing or bad, such as `iptables-save.nft`."""
    problem: str
    """One sentence: what went wrong."""
    advice: str
    """One sentence: what to do next."""
    denied: bool = False
    """Whether privilege is what was missing."""
    bad: bool = False
    """Whether something was there that could not be understood."""


@value
class HostInfo:
    """Which host, and when."""

    hostname: str
    kernel: str
    taken_at: str
    """UTC, ISO 8601."""
    at: str = ""
    """How it is named after --ssh; empty where it was not read over SSH just now."""

    def command(self, words: str) -> str:
        """A command line of this program that is about this host."""
        where = f" --ssh {quote(self.at)}" if self.at else ""
        return f"dockerwall-tui {words}{where}"


@value
class Snapshot:
    """Everything read of one host. A source that failed is a gap, and its value is empty or None.

    None and empty differ: `docker=None` means not read, `ipsets=()` means read and there are none.
    """

    host: HostInfo
    rules: Mapping[tuple[Variant, Family], SavedRules] = field(default_factory=dict)
    """By variant and family; a pair is missing when nothing was read, or nothing exists."""
    nft: tuple[NftBaseChain, ...] | None = None
    """Base chains of native nft tables, those of iptables-nft left out."""
    ipsets: tuple[IpSet, ...] | None = None
    links: tuple[Link, ...] | None = None
    addresses: tuple[Address, ...] | None = None
    policy_rules: tuple[PolicyRule, ...] | None = None
    """`ip rule`, IPv4 only as `ip -j rule` prints it unless the file holds both."""
    routes: Mapping[Family, tuple[Route, ...]] = field(default_factory=dict)
    listeners: tuple[Listener, ...] | None = None
    sysctls: Mapping[str, str] | None = None
    docker: DockerHost | None = None
    persisted: Mapping[Family, SavedRules] = field(default_factory=dict)
    """The rules a file holds for the next boot (iptables-persistent, iptables-services)."""
    boot: Boot | None = None
    """What decides which rules a boot or a reload brings; None where it was not read."""
    gaps: tuple[Gap, ...] = ()

    def without(self, source: str) -> Snapshot:
        """The same snapshot with no gap recorded for `source`."""
        return replace(self, gaps=tuple(gap for gap in self.gaps if gap.source != source))

    def sysctl(self, name: str) -> str | None:
        """The value of one kernel setting, None if it was not read."""
        return None if self.sysctls is None else self.sysctls.get(name)
