"""Words of a command line → an intent; one sentence for each thing that can be wrong."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Sequence

from dockerwall.editing.intents import (
    Allow,
    AllowForward,
    Block,
    CloseToInternet,
    DeleteRule,
    InsertRule,
    Intent,
    LanOnly,
    MoveRule,
    Only,
    PortRef,
    SetAdd,
    SetDel,
    Source,
    SwitchOff,
    SwitchOn,
    UseSet,
)
from dockerwall.grammar.words import quote_word, split_words
from dockerwall.model.kinds import Family

PROTOCOLS = ("tcp", "udp", "sctp")
_NAME = re.compile(r"[A-Za-z0-9_.:-]{1,31}\Z")
_INTERFACE = re.compile(r"[^\s/\"'\\!]{1,15}\Z")
_CHAIN = re.compile(r"[A-Za-z0-9_.-]{1,28}\Z")


class IntentError(ValueError):
    """Words that are no intent; the message is one sentence."""


def parse_intent(words: Sequence[str], me: str | None = None) -> Intent:
    """An intent from its words, such as `allow 192.0.2.1 to 8080`; `me` is the SSH client."""
    if not words:
        raise IntentError(f"An intent is needed: one of {', '.join(_FORMS)}.")
    form = _FORMS.get(words[0])
    if form is None:
        raise IntentError(f"There is no intent {words[0]!r}: it is one of {', '.join(_FORMS)}.")
    return form(list(words[1:]), me)


def parse_source(text: str, me: str | None = None) -> Source:
    """`192.0.2.1`, `192.0.2.0/24`, `192.0.2.1-192.0.2.9`, `set:NAME`, or `me`."""
    if text == "me":
        if me is None:
            raise IntentError("Your own address is not known: no SSH connection was found.")
        text = str(getattr(ipaddress.ip_address(me), "ipv4_mapped", None) or me).partition("%")[0]
    if text.startswith("set:"):
        return Source("set", set_name(text.removeprefix("set:")))
    if "%" in text:
        raise IntentError(
            f"{text!r} has a zone, which no rule takes in an address: leave it out, or insert a "
            "rule by hand that names the interface with -i."
        )
    try:
        if "-" in text:
            first, last = (ipaddress.ip_address(part) for part in text.split("-", 1))
            if first.version != last.version or int(first) > int(last):
                raise ValueError(text)
            return Source("range", f"{first}-{last}")
        return Source("network", str(ipaddress.ip_network(text, strict=False)))
    except ValueError:
        raise IntentError(
            f"{text!r} is no source: an address, a network, FIRST-LAST, set:NAME or me."
        ) from None


def parse_sources(text: str, me: str | None = None) -> tuple[Source, ...]:
    """Sources with commas between them."""
    return tuple(parse_source(part, me) for part in text.split(",") if part)


def parse_port(text: str) -> PortRef:
    """`8080`, `8080/tcp`, `tcp/8080`, `203.0.113.1:53/udp` or `[2001:db8::1]:443`."""
    place, _, name = text.partition("/")
    if place in PROTOCOLS:
        place, name = name, place
    address = None
    if ":" in place:
        address, _, place = place.rpartition(":")
        if "%" in address:
            raise IntentError(f"{text!r} has a zone, which no rule takes in an address.")
        try:
            address = str(ipaddress.ip_address(address.strip("[]")))
        except ValueError:
            raise IntentError(f"{text!r} is no port: {address!r} is no address.") from None
    number = int(place) if place.isascii() and place.isdigit() else 0
    protocol = name or "tcp"
    if not 1 <= number <= 65535 or protocol not in PROTOCOLS:
        raise IntentError(f"{text!r} is no published port: such as 8080, 53/udp or ADDRESS:443.")
    return PortRef(protocol, number, address)


def parse_port_or_all(text: str) -> PortRef | None:
    """A port, or None for `all`."""
    return None if text == "all" else parse_port(text)


def set_name(text: str) -> str:
    """The name of an ipset, checked."""
    if not _NAME.match(text):
        raise IntentError(f"{text!r} is no name of an ipset: at most 31 letters and digits.")
    return text


def interface_name(text: str) -> str:
    """The name of an interface, checked."""
    if not _INTERFACE.match(text) or not text.isprintable():
        raise IntentError(f"{text!r} is no name of an interface.")
    return text


def rule_text(words: Sequence[str]) -> str:
    """A hand-written rule on one line; a whole command such as `iptables -A CHAIN ...` is cut."""
    listed = list(words)
    if len(listed) == 1:
        try:
            listed = split_words(listed[0])
        except ValueError as problem:
            raise IntentError(f"The rule cannot be read: {problem}.") from None
    if not listed:
        raise IntentError("The rule has no words.")
    for word in listed:
        if not word.isprintable():
            raise IntentError(f"The rule has a word with control characters: {word!r}.")
    if listed[0] in ("-A", "-I", "--append", "--insert") or listed[0].endswith("tables"):
        raise IntentError("Write the rule without `-A CHAIN`: its matches and its target only.")
    return " ".join(quote_word(word) for word in listed)


def _allow(words: list[str], me: str | None) -> Intent:
    source, port = _between(words, "to", "allow SOURCE to PORT")
    return Allow(parse_source(source, me), parse_port_or_all(port))


def _only(words: list[str], me: str | None) -> Intent:
    if len(words) < 2:
        raise IntentError("It is: only SOURCE[,SOURCE...] to PORT.")
    *listed, port = [word for word in words if word != "to"]
    sources = tuple(each for word in listed for each in parse_sources(word, me))
    if not sources:
        raise IntentError("It is: only SOURCE[,SOURCE...] to PORT.")
    return Only(sources, parse_port_or_all(port))


def _block(words: list[str], me: str | None) -> Intent:
    (source,) = _exactly(words, 1, "block SOURCE")
    return Block(parse_source(source, me))


def _lan_only(words: list[str], _: str | None) -> Intent:
    if len(words) > 1:
        raise IntentError("It is: lan-only [PORT].")
    return LanOnly(parse_port_or_all(words[0]) if words else None)


def _close(words: list[str], _: str | None) -> Intent:
    (port,) = _exactly(words, 1, "close PORT")
    return CloseToInternet(parse_port(port))


def _forward(words: list[str], _: str | None) -> Intent:
    outside, inside = _between(words, "to", "forward INTERFACE to INTERFACE")
    return AllowForward(interface_name(outside), interface_name(inside))


def _use_set(words: list[str], _: str | None) -> Intent:
    create = "create" in words
    family = Family.IPV6 if "inet6" in words else Family.IPV4
    plain = [word for word in words if word not in ("create", "for", "to", "inet", "inet6")]
    name, port = _exactly(plain, 2, "use-set NAME for PORT [create [inet6]]")
    return UseSet(set_name(name.removeprefix("set:")), parse_port_or_all(port), create, family)


def _set(words: list[str], me: str | None) -> Intent:
    action, name, entry = _exactly(words, 3, "set add|del NAME ENTRY")
    if action not in ("add", "del"):
        raise IntentError("It is: set add|del NAME ENTRY.")
    if entry == "me":
        entry = str(parse_source("me", me))
    if not entry.isprintable() or not entry or entry.startswith("-") or " " in entry:
        raise IntentError(f"{entry!r} is no entry of an ipset.")
    name = set_name(name.removeprefix("set:"))
    return SetAdd(name, entry) if action == "add" else SetDel(name, entry)


def _insert(words: list[str], _: str | None) -> Intent:
    if len(words) < 3:
        raise IntentError("It is: insert CHAIN NUMBER RULE.")
    return InsertRule(_chain(words[0]), _number(words[1]), rule_text(words[2:]))


def _delete(words: list[str], _: str | None) -> Intent:
    chain, number = _exactly(words, 2, "delete CHAIN NUMBER")
    return DeleteRule(_chain(chain), _number(number))


def _move(words: list[str], _: str | None) -> Intent:
    plain = [word for word in words if word != "to"]
    chain, number, where = _exactly(plain, 3, "move CHAIN NUMBER up|down|to NUMBER")
    at = _number(number)
    to = {"up": at - 1, "down": at + 1}.get(where) or (1 if where == "up" else _number(where))
    return MoveRule(_chain(chain), at, to)


def _off(words: list[str], _: str | None) -> Intent:
    chain, number = _exactly(words, 2, "off CHAIN NUMBER")
    return SwitchOff(_chain(chain), _number(number))


def _on(words: list[str], _: str | None) -> Intent:
    chain, number = _exactly(words, 2, "on CHAIN NUMBER")
    return SwitchOn(_chain(chain), _number(number))


_FORMS: dict[str, Callable[[list[str], str | None], Intent]] = {
    "allow": _allow,
    "only": _only,
    "block": _block,
    "lan-only": _lan_only,
    "close": _close,
    "forward": _forward,
    "use-set": _use_set,
    "set": _set,
    "insert": _insert,
    "delete": _delete,
    "move": _move,
    "off": _off,
    "on": _on,
}


def _between(words: list[str], word: str, form: str) -> list[str]:
    return _exactly([each for each in words if each != word], 2, form)


def _exactly(words: list[str], count: int, form: str) -> list[str]:
    if len(words) != count:
        raise IntentError(f"It is: {form}.")
    return words


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= 1_000_000:
        raise IntentError(f"{text!r} is no position of a rule: they count from 1.")
    return int(text)


def _chain(text: str) -> str:
    if not _CHAIN.match(text):
        raise IntentError(f"{text!r} is no name of a chain.")
    return text
