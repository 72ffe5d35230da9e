"""Print legacy tables as `iptables-legacy-save -c` does, through python-iptables (libiptc).

A program of its own: `python -P -m dockerwall.reading.libiptc ipv4|ipv6 TABLE...`. The extensions
print to C's standard output and can end the process they run in, which is why they get one to
themselves. Opening a table that does not exist would create it: name only tables that
/proc/net/ip_tables_names lists.

Each match and target is printed by its extension's own code, but equal ones only once: most rules
of a large table differ in their addresses and ports. Rules are taken as the bytes they are.
Source: iptables/iptables-save.c, print_rule4 and print_rule6 of iptables, and ip_tables.h.
"""

from __future__ import annotations

import ctypes
import functools
import socket
import struct
import sys
from collections.abc import Iterator
from typing import Any, NamedTuple

from dockerwall.reading.extensions import Part, UnprintableError, Written
from dockerwall.reading.python_iptables import PythonIptables, UnusableError, open_package

_C = ctypes.CDLL(None)
_INVERTED = {"i": 0x01, "o": 0x02, "s": 0x08, "d": 0x10, "f": 0x20, "p": 0x40}
_FRAGMENT = 0x01
_PROTOCOLS = {6: "tcp", 17: "udp", 1: "icmp", 58: "ipv6-icmp", 50: "esp", 51: "ah", 132: "sctp"}


class _ProtocolEntry(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p),)


class Head(NamedTuple):
    """What stands before the matches of a rule: struct ipt_entry or ip6t_entry."""

    conditions: tuple[Any, ...]
    """Source, destination, their masks, interfaces, their masks, protocol, flags, inversions."""
    place: int
    """Where the rule stands in memory."""
    data: bytes
    """All of the rule as it stands there."""
    target: int
    """How far behind the target stands."""
    packets: int
    octets: int

    def part(self, offset: int) -> Part:
        """The match or target that stands so far behind."""
        return Part(self.data, offset, self.place, self.conditions[8:])


class Layout(NamedTuple):
    """How one family's rules lie in memory."""

    version: int
    structure: struct.Struct
    network: socket.AddressFamily
    goto: int
    """The flag of a jump that pushes no return address."""
    prefix: str
    """Of libiptc's functions."""

    def head(self, place: int) -> Head:
        """The head of the rule at a place."""
        fields = self.structure.unpack(ctypes.string_at(place, self.structure.size))
        # IPv6 has a byte of its own for the type of service, which iptables does not set.
        *conditions, flags, inverted, _, target, size, _, packets, octets = fields
        data = ctypes.string_at(place, size)
        return Head((*conditions[:9], flags, inverted), place, data, target, packets, octets)


LAYOUTS = {
    4: Layout(4, struct.Struct("4s4s4s4s16s16s16s16sHBBIHHIQQ"), socket.AF_INET, 0x02, "iptc"),
    6: Layout(
        6,
        struct.Struct("16s16s16s16s16s16s16s16sHBBB3xIHHIQQ"),
        socket.AF_INET6,
        0x04,
        "ip6tc",
    ),
}


def main(arguments: list[str]) -> int:
    """Print the named tables; the exit status."""
    family, *tables = arguments
    version = 6 if family == "ipv6" else 4
    try:
        printer = _Printer(LAYOUTS[version], open_package(version))
        printed = b"".join(piece for table in tables for piece in printer.table(table))
    except (UnusableError, UnprintableError) as error:
        print(error, file=sys.stderr)
        return 1
    sys.stdout.buffer.write(printed)
    sys.stdout.buffer.flush()
    return 0


class _Printer:
    """Prints one family's tables."""

    def __init__(self, layout: Layout, package: PythonIptables) -> None:
        if ctypes.sizeof(package.entry) != layout.structure.size:
            raise UnusableError("python-iptables knows another layout of rules")
        self._layout = layout
        self._package = package
        self._library = Library(package.libiptc, layout.prefix)
        self._written = Written(package)

    def table(self, name: str) -> Iterator[bytes]:
        """The whole table, piece by piece."""
        library = self._library
        handle = library.init(name.encode())
        if not handle:
            raise UnprintableError(f"table {name} cannot be opened")
        try:
            yield b"*%s\n" % name.encode()
            chains = list(library.chains(handle))
            for chain in chains:
                yield b":%s %s\n" % (chain, library.policy(chain, handle))
            lines = [piece for chain in chains for piece in self._chain(chain, handle)]
            texts = self._written.texts()  # of all extensions together, while the table is open
            for piece in lines:
                yield piece if isinstance(piece, bytes) else texts[piece]
            yield b"COMMIT\n"
        finally:
            library.free(handle)  # without a commit: nothing is ever written

    def _chain(self, chain: bytes, handle: int) -> Iterator[bytes | int]:
        """The rules of a chain: bytes, and the numbers of what extensions are to print."""
        library, layout, written = self._library, self._layout, self._written
        place = library.first_rule(chain, handle)
        while place:
            head = layout.head(place)
            yield b"[%d:%d] -A %s" % (head.packets, head.octets, chain)
            yield self._conditions(head).encode("ascii", "surrogateescape")
            offset = layout.structure.size
            while offset < head.target:
                size, number = written.part(head.part(offset), is_target=False)
                yield number
                offset += size
            _, number = written.part(head.part(head.target), is_target=True)
            if number >= 0:
                yield number
            elif target := library.target(place, handle):  # a verdict or a jump
                letter = b"g" if head.conditions[9] & layout.goto else b"j"
                yield b" -%s %s" % (letter, target)
            yield b"\n"
            place = library.next_rule(place, handle)

    def _conditions(self, head: Head) -> str:
        """Addresses, interfaces, protocol and fragment, as iptables-save orders them."""
        src, dst, smsk, dmsk, iif, oif, iif_mask, oif_mask, proto, flags, inv = head.conditions
        inverted = {letter: " !" if inv & bit else "" for letter, bit in _INVERTED.items()}
        fragment = self._layout.version == 4 and flags & _FRAGMENT
        return "".join(
            (
                self._address("s", src, smsk, inverted["s"]),
                self._address("d", dst, dmsk, inverted["d"]),
                _interface("i", iif, iif_mask, inverted["i"]),
                _interface("o", oif, oif_mask, inverted["o"]),
                f"{inverted['p']} -p {_protocol(proto)}" if proto else "",
                f"{inverted['f']} -f" if fragment else "",
            )
        )

    def _address(self, letter: str, number: bytes, mask: bytes, inverted: str) -> str:
        if not any(number) and not any(mask) and not inverted:
            return ""
        shown = socket.inet_ntop(self._layout.network, number)
        bits = int.from_bytes(mask)
        width = len(mask) * 8
        length = bits.bit_count()
        contiguous = bits == ((1 << length) - 1) << (width - length)
        end = str(length) if contiguous else socket.inet_ntop(self._layout.network, mask)
        return f"{inverted} -{letter} {shown}/{end}"


class Library:
    """The functions of libiptc that are needed, for one family."""

    def __init__(self, library: ctypes.CDLL, prefix: str) -> None:
        pointer, text = ctypes.c_void_p, ctypes.c_char_p

        def function(name: str, result: Any, *arguments: Any) -> Any:
            found = library[f"{prefix}_{name}"]
            found.restype = result
            found.argtypes = arguments
            return found

        self.init = function("init", pointer, text)
        self.free = function("free", None, pointer)
        self.first_rule = function("first_rule", pointer, text, pointer)
        self.next_rule = function("next_rule", pointer, pointer, pointer)
        self.target = function("get_target", text, pointer, pointer)
        self._first_chain = function("first_chain", text, pointer)
        self._next_chain = function("next_chain", text, pointer)
        self._builtin = function("builtin", ctypes.c_int, text, pointer)
        self._get_policy = function("get_policy", text, text, pointer, pointer)

    def chains(self, handle: int) -> Iterator[bytes]:
        """The names of a table's chains."""
        chain = self._first_chain(handle)
        while chain:
            yield chain
            chain = self._next_chain(handle)

    def policy(self, chain: bytes, handle: int) -> bytes:
        """A chain's policy and its counters, as a header line has them."""
        if not self._builtin(chain, handle):
            return b"- [0:0]"
        counters = (ctypes.c_uint64 * 2)()
        policy = self._get_policy(chain, counters, handle)
        return b"%s [%d:%d]" % (policy, counters[0], counters[1])


def _interface(letter: str, name: bytes, mask: bytes, inverted: str) -> str:
    covered = len(mask) - mask.count(0)
    if not covered:
        return ""
    own = name[:covered]
    # The mask covers the zero that ends a name, unless the name was given with a plus.
    plus = "" if own.endswith(b"\0") else "+"
    return f"{inverted} -{letter} {own.rstrip(bytes(1)).decode('ascii', 'surrogateescape')}{plus}"


@functools.cache
def _protocol(number: int) -> str:
    _C.getprotobynumber.restype = ctypes.POINTER(_ProtocolEntry)
    entry = _C.getprotobynumber(number)
    if entry:
        return str(entry[0].name.decode("ascii", "replace"))
    return _PROTOCOLS.get(number, str(number))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
