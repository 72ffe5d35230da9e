"""The host this program runs on, read by its own programs; nothing is changed by reading it.

Rules are read each time. What changes seldom is read every few seconds, and at once when the
rules have changed: whoever changes those usually changes containers or interfaces with them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Gap, Snapshot
from dockerwall.reading import daemon
from dockerwall.reading.assembly import Assembly
from dockerwall.reading.boot import read_boot
from dockerwall.reading.daemon import DockerReader
from dockerwall.reading.kernel import has_ipv6, host_now, may_read_firewall
from dockerwall.reading.network import (
    IP_FILES,
    read_ip,
    read_ipsets,
    read_listeners,
    read_settings,
)
from dockerwall.reading.nftables import read_nft
from dockerwall.reading.persisted import read_persisted
from dockerwall.reading.texts import SAVE_FILES, Part, Texts
from dockerwall.reading.xtables import denied, no_ipv6, read_legacy_variant, read_nft_variant

PACE = 5.0
"""Seconds between two readings of what changes seldom."""
_SHORT_WAIT = 0.5
"""Seconds a refresh waits for Docker before it shows its last answer again."""

Read = Callable[[], Part]


class LiveHost:
    """This host, as the current user may see it."""

    live = True
    name = ""

    def __init__(self, docker: DockerReader | None = None) -> None:
        self._docker = docker or DockerReader()
        self._assembly = Assembly(forgiving=True)
        self._slow: Part | None = None
        self._docker_part: Part | None = None
        self._slow_at = 0.0
        self._last: Snapshot | None = None

    def first(self) -> Snapshot:
        """Everything but Docker, which may keep one waiting."""
        fast = self._fast(Part(gaps=(NOT_YET,)))
        return self._assembly.snapshot(self._texts(fast))

    def read(self) -> Snapshot:
        """A whole snapshot; seldom-changing parts may be a few seconds old."""
        asks_docker = self._docker_part is None or self._is_due()
        fast = self._fast(None if asks_docker else self._docker_part)
        snapshot = self._assembly.snapshot(self._texts(fast))
        if self._last is not None and rules_differ(snapshot, self._last) and not asks_docker:
            self._slow = None
            snapshot = self._assembly.snapshot(self._texts(self._fast(None)))
        self._last = snapshot
        return snapshot

    def record(self) -> tuple[Texts, Snapshot]:
        """Everything, read now: the texts for a snapshot file, and what they mean."""
        rules, slow, docker = together([_read_rules, _read_slow, self._docker.read])
        nft = _read_nft(rules, whole=True)
        texts = self._texts(rules + nft + slow + docker)
        return texts, self._assembly.snapshot(texts)

    def _texts(self, part: Part) -> Texts:
        return Texts(host_now(), part.files, part.gaps)

    def _is_due(self) -> bool:
        return self._slow is None or time.monotonic() - self._slow_at >= PACE

    def _fast(self, docker: Part | None) -> Part:
        """Rules now, the rest if it is due, and Docker if it is not given."""
        reads: list[Read] = [_read_rules]
        due = self._is_due()
        if due:
            reads.append(_read_slow)
        if docker is None:
            reads.append(self._ask_docker)
        rules, *others = together(reads)
        if docker is None:
            docker = self._docker_part = others.pop()
        if due:
            self._slow, self._slow_at = others.pop(), time.monotonic()
        return rules + _read_nft(rules, whole=False) + (self._slow or Part()) + docker

    def _ask_docker(self) -> Part:
        return self._docker.read(None if self._docker_part is None else _SHORT_WAIT)


NOT_YET = Gap(
    daemon.SOURCE,
    "Docker has not been asked yet.",
    "Wait for the next reading.",
)
"""What is missing of a first reading."""


def rules_differ(one: Snapshot, other: Snapshot) -> bool:
    """Whether anything but counters differs."""
    return one.rules.keys() != other.rules.keys() or any(
        saved.ruleset is not other.rules[key].ruleset for key, saved in one.rules.items()
    )


def together(reads: Iterable[Read]) -> list[Part]:
    """What each gives, all running at once; an unexpected error in one ends all, as it should."""
    parts: dict[int, Part] = {}
    errors: list[Exception] = []

    def work(number: int, read: Read) -> None:
        try:
            parts[number] = read()
        except Exception as error:  # raised again below, in the thread that asked
            errors.append(error)

    threads = [
        threading.Thread(target=work, args=(number, read), daemon=True)
        for number, read in enumerate(reads)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [parts[number] for number in sorted(parts)]


def _joined(reads: Iterable[Read]) -> Part:
    return sum(together(reads), Part())


def _read_rules() -> Part:
    """Both variants and both families."""
    if not may_read_firewall():
        return Part(gaps=(denied("iptables-save.nft"),))
    reads: list[Read] = []
    gaps: tuple[Gap, ...] = ()
    for (variant, family), name in SAVE_FILES.items():
        if family is Family.IPV6 and not has_ipv6():
            gaps += (no_ipv6(name),) if variant == "nft" else ()
            continue
        reads.append(partial(read_nft_variant if variant == "nft" else read_legacy_variant, family))
    return _joined(reads) + Part(gaps=gaps)


def _read_nft(rules: Part, *, whole: bool) -> Part:
    return read_nft(rules.files, whole=whole) if may_read_firewall() else Part()


def _read_slow() -> Part:
    """Everything but rules and Docker."""
    reads: list[Read] = [partial(read_ip, name) for name in IP_FILES]
    reads += [read_listeners, read_settings, read_persisted, read_boot]
    if may_read_firewall():
        reads.append(read_ipsets)
    return _joined(reads)
