"""python-iptables, opened without what it does to a host when it is imported.

Imported as it is, it runs modprobe for ip_tables and ip6_tables, lets `ldconfig` mend links, and
asks a compiler for the names of libraries, which takes longer than most reading. None of that
is needed where legacy tables exist: then the modules are there, and the libraries have the names
that every distribution gives them.
Source: iptc/util.py, iptc/ip4tc.py and iptc/xtables.py of python-iptables 1.2.0.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib
import importlib.util
import os
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

_SONAMES = {"c": ("6",), "xtables": ("12", "13", "11"), "ip4tc": ("2", "0"), "ip6tc": ("2", "0")}
"""The versions of each library that there are, the usual one first."""


class UnusableError(Exception):
    """python-iptables does not work here: one sentence."""


class PythonIptables(NamedTuple):
    """What of the package is needed to print rules of one family."""

    libiptc: ctypes.CDLL
    """The kernel's tables, as its library reads them."""
    entry: type[ctypes.Structure]
    """The head of a rule."""
    structures: Any
    """The module `iptc.xtables`."""
    extensions: Any
    """Finds the extension of a match or target by its name."""


def is_installed() -> bool:
    """Whether the package is there; it is not imported."""
    return importlib.util.find_spec("iptc") is not None


def open_package(version: int) -> PythonIptables:
    """The package's parts for IPv4 or IPv6; UnusableError if they cannot be had."""
    try:
        return _opened(version)
    except Exception as error:  # it raises whatever it likes, at import and later
        raise UnusableError(f"python-iptables does not work here: {error}") from error


def _opened(version: int) -> PythonIptables:
    spec = importlib.util.find_spec("iptc")
    if spec is None or spec.submodule_search_locations is None:
        raise UnusableError("it is not installed")
    # Its own __init__ imports everything at once, before anything could be kept from it.
    package = types.ModuleType("iptc")
    package.__path__ = list(spec.submodule_search_locations)
    sys.modules["iptc"] = package
    # It has a way of its own without distutils, which setuptools may have put itself behind.
    sys.modules.setdefault("distutils", None)  # type: ignore[arg-type]
    util: Any = importlib.import_module("iptc.util")
    util.load_kernel = _load_nothing
    search: Any = ctypes.util
    search.find_library = _known_library(search.find_library)
    _tell_extension_folder()
    structures: Any = importlib.import_module("iptc.xtables")
    module: Any = importlib.import_module(f"iptc.ip{version if version == 6 else 4}tc")
    return PythonIptables(
        module._libiptc,
        module.ip6t_entry if version == 6 else module.ipt_entry,
        structures,
        structures.xtables(structures.NFPROTO_IPV6 if version == 6 else structures.NFPROTO_IPV4),
    )


def _load_nothing(name: str, exc_if_failed: bool = False) -> None:
    """Stands in for modprobe: where there are tables, there are their modules."""


def _known_library(search: Callable[[str], str | None]) -> Callable[[str], str | None]:
    """A search for a library that first tries the name it has everywhere."""

    def find(name: str) -> str | None:
        for number in _SONAMES.get(name, ()):
            soname = f"lib{name}.so.{number}"
            try:
                ctypes.CDLL(soname)
            except OSError:
                continue
            return soname
        # Any other name is the package's own, or one it tries without need.
        return search(name) if name in _SONAMES else None

    return find


def _tell_extension_folder() -> None:
    """Name the folder of the extensions, beside libxtables, so that ldconfig is not asked."""
    if "XTABLES_LIBDIR" in os.environ or ctypes.util.find_library("xtables") is None:
        return
    for line in Path("/proc/self/maps").read_text(errors="surrogateescape").splitlines():
        path = line.partition("/")[2]
        if "/libxtables.so" in path and Path("/", path).parent.joinpath("xtables").is_dir():
            os.environ["XTABLES_LIBDIR"] = str(Path("/", path).parent / "xtables")
            return
