"""The texts of new rules, in the order in which iptables-save prints what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from dockerwall.editing.intents import PortRef, Source
from dockerwall.model.addresses import AddressSet


class Form(NamedTuple):
    """A way to name a port in a rule."""

    name: str
    head: str
    """What comes with the plain options: `-d ADDRESS`."""
    tail: str
    """What follows them: protocol's and connection tracking's options."""
    why: str
    """One sentence: why the port is named so."""


ORIGINAL = "-m conntrack --ctdir ORIGINAL"
EVERYTHING = Form(
    "any",
    "",
    ORIGINAL,
    "It names no port, and --ctdir ORIGINAL spares the answers to containers' own connections.",
)


def published_forms(port: PortRef, inside: Iterable[tuple[str, int]]) -> tuple[Form, ...]:
    """Forms for DOCKER-USER, where the destination is the container's already."""
    number = port.number
    asked = f"--ctorigdstport {number} --ctdir ORIGINAL"
    why = f"DNAT has run before DOCKER-USER, so {{}} names the port the sender asked for, {number}"
    kept = "; --ctdir ORIGINAL spares answers to containers' own connections."
    forms = []
    if port.address is not None:
        tail = f"-m conntrack --ctorigdst {port.address} {asked}"
        forms.append(Form("bind", "", tail, why.format("conntrack") + f" at {port.address}" + kept))
    else:
        forms.append(
            Form("host", "", f"-m conntrack {asked}", why.format("--ctorigdstport") + kept)
        )
        dnat = f"-m conntrack --ctstate DNAT {asked}"
        other = f" and --ctstate DNAT leaves out containers reached directly at port {number}"
        forms.append(Form("dnat", "", dnat, why.format("--ctorigdstport") + other + kept))
    places = list(dict.fromkeys(inside))
    if len(places) == 1:
        ((address, inner),) = places
        length = 128 if ":" in address else 32
        tail = f"-m {port.protocol} --dport {inner} {ORIGINAL}"
        text = f"It names the container's own address and port {inner}, since DNAT has run before."
        forms.append(Form("container", f"-d {address}/{length}", tail, text))
    return tuple(forms)


def input_forms(port: PortRef) -> tuple[Form, ...]:
    """The form for INPUT, where a packet for docker-proxy still bears the host's port."""
    head = ""
    if port.address is not None:
        head = f"-d {port.address}/{128 if ':' in port.address else 32}"
    why = (
        f"Packets for a process of the host, such as docker-proxy, come to INPUT with the host's "
        f"port {port.number}."
    )
    return (Form("input", head, f"-m {port.protocol} --dport {port.number}", why),)


class Who(NamedTuple):
    """Sources as a rule names them; everybody where both texts are empty."""

    plain: str = ""
    """`-s NETWORK`."""
    module: str = ""
    """`-m iprange ...` or `-m set ...`."""


ANYBODY = Who()


def who(source: Source) -> Who:
    """A source, to be matched."""
    if source.kind == "network":
        # -s with a length of 0 is everybody, and is not printed.
        return ANYBODY if source.text.endswith("/0") else Who(plain=f"-s {source.text}")
    if source.kind == "range":
        return Who(module=f"-m iprange --src-range {source.text}")
    return Who(module=f"-m set --match-set {source.text} src")


def all_but(source: Source) -> Who:
    """Everybody but a source."""
    if source.kind == "network":
        return Who(plain=f"! -s {source.text}")
    if source.kind == "range":
        return Who(module=f"-m iprange ! --src-range {source.text}")
    return Who(module=f"-m set ! --match-set {source.text} src")


def networks(addresses: AddressSet) -> tuple[Source, ...]:
    """The fewest networks that make up a set of addresses, as sources."""
    return tuple(Source("network", text) for text in addresses.cidrs())


def for_new(text: str) -> str:
    """The same rule for new connections alone, if it drops: open ones stay open.

    A state and --ctstate DNAT would be either of them in one match, so each gets its own.
    """
    head, dropping, _ = text.partition(" -j DROP")
    if not dropping:
        return text
    before, tracking, after = head.partition(" -m conntrack ")
    new = f"{before} -m conntrack --ctstate NEW"
    if not tracking:
        return f"{new}{dropping}"
    between = " -m conntrack " if after.startswith("--ctstate") else " "
    return f"{new}{between}{after}{dropping}"


def rule(
    chain: str, whom: Who, interface: str, form: Form, protocol: str | None, target: str
) -> str:
    """The rule's whole line."""
    parts = (
        f"-A {chain}",
        whom.plain,
        form.head,
        f"-i {interface}" if interface else "",
        f"-p {protocol}" if protocol else "",
        whom.module,
        form.tail,
        f"-j {target}",
    )
    return " ".join(part for part in parts if part)
