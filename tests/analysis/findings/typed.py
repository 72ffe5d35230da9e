"""What a host's rules look like after someone typed iptables commands on it."""

from __future__ import annotations

import shlex
from dataclasses import replace
from functools import cache
from pathlib import Path

from dockerwall.analysis.audit import audit
from dockerwall.analysis.findings import Finding, find
from dockerwall.analysis.world import build_world
from dockerwall.grammar.save import format_save, parse_save
from dockerwall.grammar.words import quote_word
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Snapshot
from dockerwall.reading.recorded import RecordedHost

HOSTS = Path(__file__).parents[2] / "hosts"


@cache
def recorded(name: str) -> Snapshot:
    """A recorded host."""
    return RecordedHost(HOSTS / name).read()


def after(name: str, *commands: str) -> Snapshot:
    """A recorded host whose DOCKER-USER held nothing of the operator's before the commands."""
    snapshot = recorded(name)
    texts = {
        family: _without_rules(format_save(snapshot.rules[Variant.NFT, family]))
        for family in Family
        if (Variant.NFT, family) in snapshot.rules
    }
    for command in commands:
        words = shlex.split(command)
        family = Family.IPV6 if words[0].startswith("ip6") else Family.IPV4
        texts[family] = edited(texts[family], words[1:])
    rules = dict(snapshot.rules)
    for family, text in texts.items():
        rules[Variant.NFT, family] = parse_save(text, Variant.NFT, family)
    return replace(snapshot, rules=rules)


def edited(save: str, words: list[str]) -> str:
    """A save text after one `iptables` command: -A, -I (with or without a number), -P, -N, -F."""
    table = "filter"
    if "-t" in words:
        place = words.index("-t")
        table = words[place + 1]
        words = [*words[:place], *words[place + 2 :]]
    action, chain, *rest = words
    lines = save.splitlines()
    start = lines.index(f"*{table}")
    end = lines.index("COMMIT", start)
    mine = [n for n in range(start, end) if lines[n].partition("] ")[2].startswith(f"-A {chain} ")]
    if action == "-P":
        lines[start:end] = [
            f":{chain} {rest[0]} [0:0]" if line.startswith(f":{chain} ") else line
            for line in lines[start:end]
        ]
    elif action == "-N":
        lines.insert(start + 1, f":{chain} - [0:0]")
    elif action == "-F":
        lines = [line for n, line in enumerate(lines) if n not in mine]
    else:
        number = int(rest.pop(0)) if action == "-I" and rest[0].isdigit() else 1
        rule = " ".join(["[0:0] -A", chain, *(word if word == "!" else quote_word(word)
                                              for word in rest)])  # fmt: skip
        if action == "-I" and len(mine) >= number:
            lines.insert(mine[number - 1], rule)
        else:
            lines.insert(mine[-1] + 1 if mine else end, rule)
    return "\n".join([*lines, ""])


def _without_rules(save: str) -> str:
    """The text without the operator's rules in DOCKER-USER; Docker's own RETURN is kept."""
    return "".join(
        f"{line}\n"
        for line in save.splitlines()
        if "-A DOCKER-USER " not in line or line.endswith("-A DOCKER-USER -j RETURN")
    )


def findings(snapshot: Snapshot) -> tuple[Finding, ...]:
    """Everything found on a host."""
    world = build_world(snapshot)
    return find(world, audit(world))


def about(found: tuple[Finding, ...], id: str) -> list[Finding]:
    """The findings of one id."""
    return [each for each in found if each.id == id]


def rules_of(found: tuple[Finding, ...], id: str) -> list[str]:
    """The texts of the rules the findings of one id are about."""
    return [each.rule.text for each in about(found, id) if each.rule is not None]
