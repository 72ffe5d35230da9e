"""`boot.txt` of a snapshot ⇄ what decides which rules a boot or a reload brings.

First the paths there are, one a line, as `ls -d` prints them; then the lines of the files, each
behind its path and a colon, as `grep -H ''` prints them.
"""

from __future__ import annotations

from dockerwall.model.boot import FILES, NAMES, SYSTEMD_RUNS, Boot

SOURCE = "boot.txt"


def parse_boot(text: str) -> Boot:
    """The values of the file; paths that nobody asked for are left out."""
    files: dict[str, list[str]] = {}
    present: set[str] = set()
    systemd = False
    for line in text.split("\n"):
        path, colon, content = line.partition(":")
        if path == SYSTEMD_RUNS:
            systemd = True
        elif path in NAMES:
            present.add(path)
        elif path in FILES:
            lines = files.setdefault(path, [])
            if colon:
                lines.append(content)
    texts = {path: "".join(f"{line}\n" for line in lines) for path, lines in files.items()}
    return Boot(systemd, texts, frozenset(present))


def format_boot(boot: Boot) -> str:
    """The text of the file; whether a file's last line was ended is not told."""
    names = [path for path in NAMES if path in boot.present]
    there = [*([SYSTEMD_RUNS] if boot.systemd else []), *names, *boot.files]
    lines = [
        f"{path}:{line}"
        for path, text in boot.files.items()
        for line in text.removesuffix("\n").split("\n")
        if text
    ]
    return "".join(f"{line}\n" for line in (*there, *lines))
