"""The rules of both iptables variants, as iptables-save prints them.

Never through a program that would create what it is asked for: the legacy programs are run only
after the kernel has named a legacy table (README, "Reading changes nothing").
"""

from __future__ import annotations

import functools
import sys

from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Gap
from dockerwall.programs import Answer, find_program, run
from dockerwall.reading.kernel import is_unloaded, legacy_tables
from dockerwall.reading.python_iptables import is_installed
from dockerwall.reading.texts import SAVE_FILES, Part

_PROGRAMS = {Family.IPV4: "iptables", Family.IPV6: "ip6tables"}


def denied(name: str) -> Gap:
    """The gap of a firewall that this user may not read."""
    return Gap(
        name,
        "The firewall cannot be read: that needs root (CAP_NET_ADMIN).",
        "Run it as root: `sudo dockerwall-tui`.",
        denied=True,
    )


def no_ipv6(name: str) -> Gap:
    """The gap of a host without IPv6."""
    return Gap(
        name,
        "This host has no IPv6, so there are no IPv6 rules to read.",
        "Nothing has to be done: without IPv6 nothing arrives by it.",
    )


def read_nft_variant(family: Family) -> Part:
    """The rules that iptables-nft made, or others it can show."""
    name = SAVE_FILES[Variant.NFT, family]
    if is_unloaded("nf_tables"):
        return Part({name: ""})
    program = _program(family, Variant.NFT)
    if program is not None:
        return _part(name, run([program, "-c"]))
    if _program(family, Variant.LEGACY) is not None and find_program("nft") is not None:
        return Part()  # rules of other programs are seen as nft's own
    return Part(
        gaps=(
            Gap(
                name,
                f"{_PROGRAMS[family]}-nft-save is not installed, so the rules of iptables-nft "
                "cannot be read.",
                "Install the package iptables.",
            ),
        )
    )


def read_legacy_variant(family: Family) -> Part:
    """The rules of the legacy variant, only where the kernel has legacy tables already.

    Through python-iptables where it is installed; through iptables-legacy-save where it is not, or
    where it knows an extension less than the kernel's rules need.
    """
    name = SAVE_FILES[Variant.LEGACY, family]
    try:
        tables = legacy_tables(family)
    except PermissionError:
        return Part(gaps=(denied(name),))
    if not tables:
        return Part()
    answer = None
    if is_installed():
        # -P: where somebody stands is no place to import from.
        child = [sys.executable, "-P", "-m", "dockerwall.reading.libiptc", family, *tables]
        answer = run(child)
        if answer.failure is None and _is_whole(answer.text, tables):
            return _part(name, answer)
    program = _program(family, Variant.LEGACY)
    if program is not None:
        return _part(name, run([program, "-c"]))
    if answer is not None:
        return Part(gaps=(_unprinted(name, family, answer),))
    return Part(
        gaps=(
            Gap(
                name,
                f"The kernel holds legacy tables ({', '.join(tables)}), but neither "
                f"{_PROGRAMS[family]}-legacy-save nor python-iptables is installed to read them.",
                "Install the package iptables.",
            ),
        )
    )


def _is_whole(text: str, tables: tuple[str, ...]) -> bool:
    """Whether each of these tables is printed to its end: a part must not look like everything."""
    lines = text.splitlines()
    begun = [line[1:] for line in lines if line.startswith("*")]
    return begun == list(tables) and lines.count("COMMIT") == len(tables)


def _unprinted(name: str, family: Family, answer: Answer) -> Gap:
    said = f": {answer.complaint.rstrip('.')}" if answer.complaint else ""
    return Gap(
        name,
        f"python-iptables could not print the legacy tables{said}.",
        f"Install the package iptables, for {_PROGRAMS[family]}-legacy-save.",
    )


def _program(family: Family, variant: Variant) -> str | None:
    """The save program of a variant; the plain name serves the variant its version states."""
    plain = f"{_PROGRAMS[family]}-save"
    named = f"{_PROGRAMS[family]}-{variant}-save"
    if find_program(named) is not None:
        return named
    path = find_program(plain)
    return plain if path is not None and _variant_of(path) is variant else None


@functools.cache
def _variant_of(path: str) -> Variant | None:
    """The variant a plain iptables-save serves; before 1.8 there was only the legacy one."""
    answer = run([path, "--version"])
    if answer.failure is not None:
        return None
    return Variant.NFT if b"(nf_tables)" in answer.output else Variant.LEGACY


def _part(name: str, answer: Answer) -> Part:
    if answer.failure is None:
        return Part({name: answer.text})
    return Part(gaps=(Gap(name, answer.problem(), "Run it by hand to see why."),))
