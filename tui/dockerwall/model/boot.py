"""What decides which rules a boot or a reload brings: some files, some links, and systemd."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from dockerwall.model.kinds import Family
from dockerwall.model.value import value

FOLDER = "/etc/dockerwall/boot"
"""Where `persist` keeps the operator's own rules."""
RULES: Mapping[Family, str] = {
    Family.IPV4: f"{FOLDER}/rules.v4",
    Family.IPV6: f"{FOLDER}/rules.v6",
}
SETS = f"{FOLDER}/sets"
RESTORE = f"{FOLDER}/restore"
RECORD = f"{FOLDER}/record.json"
_SYSTEMD = "/etc/systemd/system"
UNIT = f"{_SYSTEMD}/dockerwall-rules.service"
UNIT_LINK = f"{_SYSTEMD}/docker.service.wants/dockerwall-rules.service"
EARLY = f"{_SYSTEMD}/dockerwall-rules-early.service"
EARLY_LINK = f"{_SYSTEMD}/docker.service.wants/dockerwall-rules-early.service"
WATCH = f"{_SYSTEMD}/dockerwall-rules-firewalld.service"
WATCH_LINK = f"{_SYSTEMD}/docker.service.wants/dockerwall-rules-firewalld.service"

SAVE_FILES: Mapping[Family, tuple[str, ...]] = {
    Family.IPV4: (
        "/etc/iptables/rules.v4",  # iptables-persistent
        "/etc/sysconfig/iptables",  # iptables-services
        "/etc/iptables/iptables.rules",  # Arch Linux
    ),
    Family.IPV6: (
        "/etc/iptables/rules.v6",
        "/etc/sysconfig/ip6tables",
        "/etc/iptables/ip6tables.rules",
    ),
}
UFW_SETTINGS = ("/etc/default/ufw", "/etc/ufw/ufw.conf")
UFW_BEFORE: Mapping[Family, str] = {
    Family.IPV4: "/etc/ufw/before.rules",
    Family.IPV6: "/etc/ufw/before6.rules",
}
UFW_AFTER: Mapping[Family, str] = {
    Family.IPV4: "/etc/ufw/after.rules",
    Family.IPV6: "/etc/ufw/after6.rules",
}
FIREWALLD = "/usr/sbin/firewalld"
FIREWALLD_DIRECT = "/etc/firewalld/direct.xml"
FIREWALLD_LINKS = (
    f"{_SYSTEMD}/multi-user.target.wants/firewalld.service",
    f"{_SYSTEMD}/dbus-org.fedoraproject.FirewallD1.service",
)

DOCKER_UNITS = (
    f"{_SYSTEMD}/docker.service",
    "/usr/lib/systemd/system/docker.service",
    "/lib/systemd/system/docker.service",
)
"""Where systemd finds the unit that ours are started with; a snap names its own otherwise."""

OWN_FILES = (*RULES.values(), SETS, RESTORE, RECORD, UNIT, EARLY, WATCH)
"""The files of `persist` alone."""
OWN_LINKS = (UNIT_LINK, EARLY_LINK, WATCH_LINK)
_SHARED = (
    *(path for paths in SAVE_FILES.values() for path in paths),
    *UFW_AFTER.values(),
    FIREWALLD_DIRECT,
)
"""The files of others that `persist` writes to."""
FILES = (*OWN_FILES, *_SHARED, *UFW_SETTINGS, *UFW_BEFORE.values())
"""The files whose text counts."""
SYSTEMD_RUNS = "/run/systemd/system"
"""There where systemd has started the host."""
NAMES = (*OWN_LINKS, *DOCKER_UNITS, FIREWALLD, *FIREWALLD_LINKS)
"""The files and links of which only the existence counts."""
WRITTEN = (*OWN_FILES, *OWN_LINKS, *_SHARED)
"""Everything that `persist` may write."""


def part_name(name: str) -> str:
    """What a file is called, beside its place, until it is whole and gets its own name."""
    return f".{name}.dockerwall"


@value
class Boot:
    """How this host begins, as far as it bears on firewall rules."""

    systemd: bool
    """Whether systemd runs."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The texts of those of FILES that exist, by path; empty where one could not be read."""
    present: frozenset[str] = frozenset()
    """Those of NAMES that exist."""
    unfinished: frozenset[str] = frozenset()
    """Those of WRITTEN that a write which was cut short left a part of, and FOLDER if it left that,
    or the folder it is in, empty. A recorded host does not tell."""

    @property
    def has_unit(self) -> bool:
        """Whether systemd starts the unit that puts rules back after Docker."""
        known = not self.present.isdisjoint(DOCKER_UNITS)
        return known and UNIT in self.files and UNIT_LINK in self.present

    @property
    def has_early_unit(self) -> bool:
        """Whether systemd starts the unit that puts rules back before Docker."""
        return EARLY in self.files and EARLY_LINK in self.present

    def save_file(self, family: Family) -> str | None:
        """The file of a distribution's own service that boot restores a family from."""
        return next((path for path in SAVE_FILES[family] if path in self.files), None)
