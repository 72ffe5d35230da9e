"""Native nft tables as `nft -j` prints them, without listing again what iptables-nft-save showed.

`nft -j list ruleset` needs three times what iptables-nft-save needs for the same rules, and even
`list tables` fetches them all; `list chains` does not. So on a live host only the tables that
iptables-nft-save did not show are listed; a recording holds everything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from dockerwall.grammar.errors import GrammarError
from dockerwall.grammar.nft import hooked_tables
from dockerwall.grammar.save import unlisted_tables
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.snapshot import Gap
from dockerwall.programs import Answer, run
from dockerwall.reading.kernel import is_unloaded
from dockerwall.reading.texts import SAVE_FILES, Part

_NAME = "nft.json"
_NOTHING = '{"nftables": []}\n'
_TABLES = ("filter", "nat", "raw", "mangle", "security")
_FAMILIES = {"ip": Family.IPV4, "ip6": Family.IPV6}
# nft reads its arguments as its own language: only a plain name is safe to hand over.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]*")


def read_nft(save_texts: Mapping[str, str], *, whole: bool) -> Part:
    """Native tables, given what iptables-save showed; everything when `whole`."""
    if is_unloaded("nf_tables"):
        return Part({_NAME: _NOTHING})
    if whole:
        return _part(run(["nft", "-j", "list", "ruleset"]))
    listed = run(["nft", "-j", "list", "chains"])
    if listed.failure is not None:
        return _part(listed)
    try:
        tables = hooked_tables(listed.text)
    except GrammarError:
        return Part({_NAME: listed.text})  # read again, with its place, when all texts are
    shown = shown_tables(save_texts)
    return _tables(listed, [table for table in tables if table not in shown])


def shown_tables(save_texts: Mapping[str, str]) -> set[tuple[str, str]]:
    """(nft family, name) of the tables that the save texts show whole."""
    shown = set()
    for family, kind in _FAMILIES.items():
        text = save_texts.get(SAVE_FILES[Variant.NFT, kind])
        if text is None:
            continue
        hidden = unlisted_tables(text) if "incompatible" in text else ()
        for table in _TABLES:
            if table not in hidden and (f"\n*{table}\n" in text or text.startswith(f"*{table}\n")):
                shown.add((family, table))
    return shown


def _tables(listed: Answer, tables: Iterable[tuple[str, str]]) -> Part:
    """The named tables, one after the other, as one text."""
    items: list[object] = []
    for family, table in tables:
        if not _PLAIN.fullmatch(table):
            return _part(run(["nft", "-j", "list", "ruleset"]))
        answer = run(["nft", "-j", "list", "table", family, table])
        if answer.failure is not None:
            return _part(answer)
        try:
            items += json.loads(answer.text)["nftables"]
        except (ValueError, KeyError, TypeError):
            return Part({_NAME: answer.text})
    if not items:
        return Part({_NAME: listed.text})
    return Part({_NAME: json.dumps({"nftables": items}) + "\n"})


def _part(answer: Answer) -> Part:
    if answer.failure is None:
        return Part({_NAME: answer.text})
    return Part(
        gaps=(
            Gap(
                _NAME,
                "Native nft tables cannot be seen, and they can drop what iptables accepts: "
                + answer.problem(),
                "Install the package nftables."
                if answer.failure is answer.failure.MISSING
                else "Run `nft -j list ruleset` by hand to see why.",
            ),
        )
    )
