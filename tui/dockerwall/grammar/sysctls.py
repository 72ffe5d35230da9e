"""The lines of `sysctl -a`: `name = value`.

A dot inside an interface's name is printed as a slash (`net.ipv4.conf.eth0/100.rp_filter`); here
every name has dots only, so that a name can be built from an interface's as it is.
"""

from __future__ import annotations

from dockerwall.grammar.errors import GrammarError


def parse_sysctls(text: str, source: str = "sysctl.txt") -> dict[str, str]:
    """Kernel settings by dotted name; GrammarError at a line without an equals sign."""
    settings = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip() or line.startswith("sysctl: "):  # "permission denied on key ..."
            continue
        name, equals, value = line.partition("=")
        name = name.strip()
        if not equals or not name or " " in name:
            raise GrammarError(source, number, 1, "expected: name = value", line)
        settings[name.replace("/", ".")] = value.strip()
    return settings
