"""ufw: whether it rules this host, and what a reload of it makes of DOCKER-USER.

`ufw reload` loads before.rules and after.rules with `iptables-restore -n`. A file that declares
DOCKER-USER empties it each time and fills it with the file's own rules; where none does, the chain
is left alone, unless MANAGE_BUILTINS=yes empties every chain. With IPV6=no everything in
ip6tables is replaced by a few rules that drop (ufw-init-functions of ufw 0.36).
"""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.analysis.boot.own import GUARD
from dockerwall.grammar.words import quote_word, split_words
from dockerwall.model.boot import UFW_AFTER, UFW_BEFORE, UFW_SETTINGS, Boot
from dockerwall.model.kinds import Family

BEGIN = "# BEGIN dockerwall-tui (dockerwall-tui persist --remove takes this out)"
END = "# END dockerwall-tui"


def is_on(boot: Boot) -> bool:
    """Whether ufw is enabled on this host."""
    return _setting(boot, "ENABLED") == "yes"


def empties_all(boot: Boot, family: Family) -> bool:
    """Whether a reload empties every chain, Docker's too."""
    if family is Family.IPV6 and _setting(boot, "IPV6") == "no":
        return True
    return _setting(boot, "MANAGE_BUILTINS") == "yes"


def loads(boot: Boot, family: Family) -> bool:
    """Whether ufw loads its files of a family at all."""
    return family is Family.IPV4 or _setting(boot, "IPV6") != "no"


def makes_guard(boot: Boot, family: Family) -> bool:
    """Whether ufw's own files make DOCKER-USER anew at every reload."""
    return any(line.startswith(f":{GUARD} ") for line in _lines(boot, family))


def guard_rules(boot: Boot, family: Family) -> tuple[str, ...]:
    """The rules of DOCKER-USER that ufw's files bring, in order, without our stanza."""
    rules: list[str] = []
    for line in _lines(boot, family):
        if line.startswith(f":{GUARD} "):
            rules = []
        elif line.startswith(f"-A {GUARD} "):
            rules.append(_target_last(line))
        elif line.startswith(f"-I {GUARD} "):
            rules.insert(0, _target_last(f"-A {line[3:]}"))
    return tuple(rules)


def stanza_rules(boot: Boot, family: Family) -> tuple[str, ...]:
    """The rules of DOCKER-USER in our own stanza."""
    text = boot.files.get(UFW_AFTER[family], "")
    if BEGIN not in text:
        return ()
    inside = text.partition(BEGIN)[2].partition(END)[0].split("\n")
    appended = [line for line in inside if line.startswith(f"-A {GUARD} ")]
    inserted = [line for line in inside if line.startswith(f"-I {GUARD} ")]
    return (*appended, *(f"-A {GUARD} {line.split(' ', 3)[3]}" for line in inserted))


def without_stanza(text: str) -> str:
    """after.rules without our stanza."""
    lines = text.split("\n")
    if BEGIN not in lines or END not in lines:
        return text
    start, end = lines.index(BEGIN), lines.index(END)
    return "\n".join(lines[:start] + lines[end + 1 :])


def _target_last(text: str) -> str:
    """A rule typed by hand with its target behind its matches, as iptables-save prints it."""
    words = split_words(text) if text.count('"') % 2 == 0 else text.split(" ")
    place = next((n for n, word in enumerate(words) if word in ("-j", "-g")), None)
    rest = words[place + 2 :] if place is not None else []
    if not rest or rest[0].startswith("--"):  # nothing behind it, or an option of its own
        return text
    return " ".join(quote_word(word) for word in (*words[:place], *rest, *words[place:][:2]))


def _lines(boot: Boot, family: Family) -> Iterator[str]:
    for path in (UFW_BEFORE[family], UFW_AFTER[family]):
        for line in without_stanza(boot.files.get(path, "")).split("\n"):
            yield line.strip()


def _setting(boot: Boot, name: str) -> str:
    """A shell setting of ufw's files, the last one, in small letters."""
    value = ""
    for path in UFW_SETTINGS:
        for line in boot.files.get(path, "").split("\n"):
            key, _, text = line.strip().partition("=")
            if key == name:
                value = text.strip().strip("\"'").lower()
    return value
