"""The kernel's count of changes to the rules of nf_tables in this network namespace.

Source: net/netfilter/nf_tables_api.c: NFT_MSG_GETGEN answers with NFTA_GEN_ID, which every commit
of any table, by any program, raises. Asking changes nothing.
"""

from __future__ import annotations

import socket
import struct

_NETFILTER = 12
_NFTABLES, _GETGEN, _NEWGEN = 10 << 8, 16, 15
_ID = 1
_PATIENCE = 1.0


def generation() -> int | None:
    """The count; None where the kernel does not tell it."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETFILTER) as kernel:
            kernel.settimeout(_PATIENCE)
            kernel.send(struct.pack("=IHHIIBBH", 20, _NFTABLES | _GETGEN, 1, 1, 0, 0, 0, 0))
            return _id(kernel.recv(4096))
    except OSError:
        return None


def _id(answer: bytes) -> int | None:
    """NFTA_GEN_ID of one NFT_MSG_NEWGEN message."""
    if len(answer) < 20 or struct.unpack_from("=H", answer, 4)[0] != _NFTABLES | _NEWGEN:
        return None
    place = 20
    while place + 4 <= len(answer):
        length, kind = struct.unpack_from("=HH", answer, place)
        if kind == _ID and length == 8:
            found: int = struct.unpack_from(">I", answer, place + 4)[0]
            return found
        place += max(4, length + 3 & ~3)
    return None
