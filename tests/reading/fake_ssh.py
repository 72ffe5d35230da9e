"""A program in ssh's place that answers as it is told: `fake_ssh.py SCENE [ssh's arguments]`.

It takes its token from the command line that ssh would send to the host, as a hostile host could.
"""

from __future__ import annotations

import os
import re
import sys
import tarfile
import time
from collections.abc import Mapping

META = b'{"format": "dockerwall-snapshot/1", "hostname": "far", "kernel": "6", "taken_at": ""}'


def say(data: bytes) -> None:
    """Write it whole, or end where nobody reads."""
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(1, view) :]
    except BrokenPipeError:
        os._exit(0)


def member(name: str, data: bytes, kind: bytes = tarfile.REGTYPE) -> bytes:
    """One file of an archive."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.size, entry.linkname = kind, len(data), "/etc/shadow"
    return entry.tobuf(tarfile.USTAR_FORMAT) + data.ljust(-(-len(data) // 512) * 512, b"\0")


def archive(files: Mapping[str, bytes], kind: bytes = tarfile.REGTYPE) -> bytes:
    """These files as an archive, which ends as the script ends it."""
    return b"".join(member(name, data, kind) for name, data in files.items()) + bytes(1024)


def endless(token: bytes) -> None:
    while True:
        say(b"x" * 65536)


def scene(name: str, token: bytes) -> None:
    """Play one host until the end of its part."""
    hello = b"\n" + token + b" hello\n" + token + b" root\n"
    begin, end = b"\n" + token + b" begin\n", token + b" end\n"
    if name == "endless-banner":
        endless(token)
    if name == "silence":
        time.sleep(600)
    if name == "closed":
        sys.exit(0)
    if name == "escape":
        sys.stderr.write("\x1b]0;owned\x07\x1b[2Jssh: connect: \x1b[31mNo route\x1b[0m\n")
        sys.exit(255)
    say(b"Welcome\x1b[2J\r\n" + hello)
    sys.stdin.buffer.readline()
    good = {"meta.json": META, "iptables-save.nft": b"*filter\n:INPUT ACCEPT [0:0]\nCOMMIT\n"}
    answers = {
        "good": begin + archive(good) + end,
        "garbage": begin + b"\x93\x00\xff" * 2000 + end,
        "shell-garbage": b"sh: syntax error\n" * 100_000,
        "odd-name": begin + archive({"../../etc/passwd": b"x"}) + end,
        "link": begin + archive({"iptables-save.nft": b""}, tarfile.SYMTYPE) + end,
        "device": begin + archive({"iptables-save.nft": b""}, tarfile.CHRTYPE) + end,
        "twice": begin + member("meta.json", META) + archive(good) + end,
        "half-end": begin + member("meta.json", META) + bytes(512) + b"x" * 512 + end,
        "bad-sum": begin + archive(good).replace(b"iptables", b"uptables", 1) + end,
        "no-meta": begin + archive({"addr.json": b"[]"}) + end,
        "bad-meta": begin + archive({"meta.json": b"\x1b[2J{"}) + end,
        "binary": begin + archive({"meta.json": META, "addr.json": b"[\0]"}) + end,
        "stale": begin + archive({"meta.json": META, "unchanged": b"nft.json\n"}) + end,
        "no-end": begin + archive(good) + b"x" * 80,
    }
    if name in answers:
        say(answers[name])
    elif name == "endless-file":
        header = bytearray(member("nft.json", b"x")[:512])
        header[124:136] = b"77777777777\0"
        header[148:156] = b" " * 8
        header[148:156] = b"%06o\0 " % sum(header)
        say(begin + bytes(header))
        endless(token)
    elif name == "cut":
        say((begin + archive(good))[:700])
        sys.exit(255)
    elif name == "drip":
        say(begin + archive(good)[:700])
    time.sleep(600)


if __name__ == "__main__":
    command = sys.argv[-1]
    found = re.search(r"echo ([0-9a-f]{32}) hello", command)
    assert found is not None, sys.argv
    scene(sys.argv[1], found.group(1).encode())
