"""Print legacy tables as `iptables-legacy-save -c` does, through python-iptables (libiptc).

A program of its own: `python -m dockerwall.reading.libiptc ipv4|ipv6 TABLE...`, for hosts that
hold legacy tables but have no iptables-legacy-save. libiptc prints to C's standard output and can
end the process it runs in, which is why it gets one to itself. Opening a table that does not
exist would create it: name only tables that /proc/net/ip_tables_names lists.

It gives the same bytes, for the extensions' own code prints each match and target, but it takes
about a second for 10,000 rules where iptables-legacy-save takes some hundredths.
Source: iptables/iptables-save.c and print_rule4, print_rule6 of iptables.
"""

from __future__ import annotations

import ctypes
import ipaddress
import sys
from collections.abc import Iterator
from typing import Any

_C = ctypes.CDLL(None)
_SAVE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_INVERTED = {"i": 0x01, "o": 0x02, "s": 0x08, "d": 0x10, "f": 0x20, "p": 0x40}
_GOTO = {4: 0x02, 6: 0x04}
_FRAGMENT = 0x01
_PROTOCOLS = {6: "tcp", 17: "udp", 1: "icmp", 58: "ipv6-icmp", 50: "esp", 51: "ah", 132: "sctp"}


class UnprintableError(Exception):
    """A rule that the installed extensions cannot print exactly."""


class _ProtocolEntry(ctypes.Structure):
    _fields_ = (("name", ctypes.c_char_p),)


def main(arguments: list[str]) -> int:
    """Print the named tables; the exit status."""
    family, *tables = arguments
    try:
        for table in tables:
            _Printer(6 if family == "ipv6" else 4).table(table)
    except UnprintableError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        _C.fflush(None)
    return 0


class _Printer:
    """Prints one family's tables; whatever it prints goes through C's own buffer, in order."""

    def __init__(self, version: int) -> None:
        # Imported here, and Any: a package of ctypes structures that few hosts have.
        from iptc import ip4tc, ip6tc, xtables

        self.version = version
        self.header = "ip" if version == 4 else "ipv6"
        self.api: Any = ip4tc.iptc() if version == 4 else ip6tc.ip6tc()
        self.entry_size = ctypes.sizeof(ip4tc.ipt_entry if version == 4 else ip6tc.ip6t_entry)
        self.structures: Any = xtables
        self.extensions: Any = xtables.xtables(
            xtables.NFPROTO_IPV4 if version == 4 else xtables.NFPROTO_IPV6
        )
        self.out = ctypes.c_void_p.in_dll(_C, "stdout")

    def put(self, text: bytes) -> None:
        _C.fputs(text, self.out)

    def table(self, name: str) -> None:
        handle = self.api.iptc_init(name.encode())
        if not handle:
            raise UnprintableError(f"table {name} cannot be opened")
        try:
            self.put(b"*%s\n" % name.encode())
            chains = list(self.chains(handle))
            for chain in chains:
                self.put(b":%s %s\n" % (chain, self.policy(chain, handle)))
            for chain in chains:
                entry = self.api.iptc_first_rule(chain, handle)
                while entry:
                    self.rule(chain, entry, handle)
                    entry = self.api.iptc_next_rule(entry, handle)
            self.put(b"COMMIT\n")
        finally:
            self.api.iptc_free(handle)  # without a commit: nothing is ever written

    def chains(self, handle: object) -> Iterator[bytes]:
        chain = self.api.iptc_first_chain(handle)
        while chain:
            yield chain
            chain = self.api.iptc_next_chain(handle)

    def policy(self, chain: bytes, handle: object) -> bytes:
        if not self.api.iptc_builtin(chain, handle):
            return b"- [0:0]"
        counters = self.structures.xt_counters()
        policy = self.api.iptc_get_policy(chain, ctypes.pointer(counters), handle)
        return b"%s [%d:%d]" % (policy, counters.pcnt, counters.bcnt)

    def rule(self, chain: bytes, entry: Any, handle: object) -> None:
        rule = entry[0]
        head = getattr(rule, self.header)
        self.put(b"[%d:%d] -A %s" % (rule.counters.pcnt, rule.counters.bcnt, chain))
        self.put(_conditions(head, self.version).encode("utf-8", "surrogateescape"))
        place = ctypes.addressof(rule)
        offset = self.entry_size
        while offset < rule.target_offset:
            offset += self.match(place + offset, head)
        if not self.target(place + rule.target_offset, head):
            target = self.api.iptc_get_target(entry, handle)
            if target:  # a verdict or a jump
                letter = b"g" if head.flags & _GOTO[self.version] else b"j"
                self.put(b" -%s %s" % (letter, target))
        self.put(b"\n")

    def match(self, place: int, head: object) -> int:
        """Print the match that stands at `place`; its size in bytes."""
        match = ctypes.cast(place, ctypes.POINTER(self.structures.xt_entry_match))
        user = match[0].u.user
        module = self.module(self.extensions.find_match(user.name), user)
        self.put(b" -m %s" % self.printed_name(module, user.name, match))
        self.save(module, head, match)
        return int(user.match_size)

    def target(self, place: int, head: object) -> bool:
        """Print the target extension that stands at `place`; False where there is none."""
        target = ctypes.cast(place, ctypes.POINTER(self.structures.xt_entry_target))
        user = target[0].u.user
        if not user.name:
            return False
        module = self.module(self.extensions.find_target(user.name), user)
        self.put(b" -j %s" % self.printed_name(module, user.name, target))
        self.save(module, head, target)
        return True

    def save(self, module: Any, head: Any, place: object) -> None:
        """Let the extension print its options."""
        if module.save:
            function = ctypes.cast(module.save, ctypes.c_void_p).value or 0
            _SAVE(function)(ctypes.addressof(head), place)

    @staticmethod
    def module(found: Any, user: Any) -> Any:
        """The extension that prints exactly this revision."""
        if not found or found[0].revision != user.revision:
            name = user.name.decode("ascii", "replace")
            raise UnprintableError(f"no extension for revision {user.revision} of {name}")
        return found[0]

    @staticmethod
    def printed_name(module: Any, name: bytes, place: object) -> bytes:
        alias = getattr(module, "alias", None)
        return bytes(alias(place)) if alias else name


def _conditions(head: Any, version: int) -> str:
    """Addresses, interfaces, protocol and fragment, as iptables-save orders them."""
    inverted = {letter: " !" if head.invflags & bit else "" for letter, bit in _INVERTED.items()}
    words = [
        _address("s", head.src, head.smsk, inverted["s"]),
        _address("d", head.dst, head.dmsk, inverted["d"]),
        _interface("i", head, "iniface", inverted["i"]),
        _interface("o", head, "outiface", inverted["o"]),
        f"{inverted['p']} -p {_protocol(head.proto)}" if head.proto else "",
        f"{inverted['f']} -f" if version == 4 and head.flags & _FRAGMENT else "",
    ]
    return "".join(words)


def _address(letter: str, address: Any, mask: Any, inverted: str) -> str:
    number, ones = bytes(address), bytes(mask)
    if not any(number) and not any(ones) and not inverted:
        return ""
    bits = int.from_bytes(ones)
    width = len(ones) * 8
    length = bits.bit_count()
    contiguous = bits == ((1 << length) - 1) << (width - length)
    shown = str(length) if contiguous else str(ipaddress.ip_address(ones))
    return f"{inverted} -{letter} {ipaddress.ip_address(number)}/{shown}"


def _interface(letter: str, head: Any, name: str, inverted: str) -> str:
    field = getattr(type(head), f"{name}_mask")
    mask = ctypes.string_at(ctypes.addressof(head) + field.offset, field.size)
    covered = len(mask) - mask.count(0)
    if not covered:
        return ""
    own = ctypes.string_at(ctypes.addressof(head) + getattr(type(head), name).offset, covered)
    # The mask covers the zero that ends a name, unless the name was given with a plus.
    plus = "" if own.endswith(b"\0") else "+"
    return f"{inverted} -{letter} {own.rstrip(bytes(1)).decode('utf-8', 'surrogateescape')}{plus}"


def _protocol(number: int) -> str:
    _C.getprotobynumber.restype = ctypes.POINTER(_ProtocolEntry)
    entry = _C.getprotobynumber(number)
    if entry:
        return str(entry[0].name.decode("ascii", "replace"))
    return _PROTOCOLS.get(number, str(number))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
