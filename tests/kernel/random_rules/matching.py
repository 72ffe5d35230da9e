"""Random matches: every one the model decides, and on request some it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.kernel.random_rules.chance import Chance
from tests.kernel.random_rules.sets import NamedSet

INTERFACES = ("eth0", "eth1", "eth", "docker0", "br-app", "eth+", "docker+", "br-+", "et+", "wg0")


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a rule will stand: table, hook (empty in a chain reached from several), sets."""

    table: str
    hook: str
    sets: tuple[NamedSet, ...]
    hooks: frozenset[str]
    """Every hook it can be reached from."""


def random_matches(chance: Chance, setting: Setting, undecidable: bool) -> str:
    """The matches of one rule, as text with a space before each."""
    found = []
    protocol = ""
    if chance.maybe(0.55):
        protocol = chance.pick(_protocols(chance))
        found.append(f"-p {protocol}")
        if chance.maybe(0.7):
            found.append(_ports(chance, protocol))
    elif chance.maybe(0.15):
        found.append(f"! -p {chance.pick(('tcp', 'udp', 'sctp'))}")
    if chance.maybe(0.35):
        found.append(_source(chance))
    if chance.maybe(0.2):
        found.append(_destination(chance))
    if chance.maybe(0.2):
        found.extend(_interfaces(chance, setting))
    for _ in range(chance.pick((0, 0, 0, 1, 1, 2))):
        found.append(chance.pick(EXTENSIONS)(chance, setting))
    if undecidable and chance.maybe(0.15):
        found.append(chance.pick(UNDECIDABLE))
    return "".join(f" {match}" for match in found if match)


def _protocols(chance: Chance) -> tuple[str, ...]:
    """Protocols, TCP oftenest."""
    return ("tcp", "tcp", "tcp", "udp", "udp", "sctp", "icmp" if chance.version == 4 else "icmpv6")


def _ports(chance: Chance, protocol: str) -> str:
    """Matches of ports, flags or types."""
    if protocol == "icmp":
        kind = chance.pick(("8", "0", "any", "13", "8/0", "3/1"))
        return f"-m icmp {chance.negation() if kind != 'any' else ''}--icmp-type {kind}"
    if protocol == "icmpv6":
        kind = chance.pick(("128", "129", "1/4"))
        return f"-m icmp6 {chance.negation()}--icmpv6-type {kind}"
    if protocol == "tcp" and chance.maybe(0.1):
        flags = chance.pick(
            ("--syn", "--tcp-flags ALL SYN", "--tcp-flags SYN,RST RST", "--tcp-flags ALL NONE")
        )
        return f"{chance.negation()}{flags}"
    if chance.maybe(0.25):
        ports = ",".join(dict.fromkeys(chance.port_text() for _ in range(3)))
        side = chance.pick(("--dports", "--dports", "--sports", "--ports"))
        return f"-m multiport {chance.negation()}{side} {ports}"
    if chance.maybe(0.1):
        return (
            f"{chance.negation()}--sport {chance.pick(('40000', '1024:', ':1023', '40000:40010'))}"
        )
    text = f"{chance.negation()}--dport {chance.port_text()}"
    return text + (" --sport 1024:65535" if chance.maybe(0.1) else "")


def _source(chance: Chance) -> str:
    """A match of the source."""
    if chance.maybe(0.25):
        first, last = chance.interval()
        return f"-m iprange {chance.negation()}--src-range {first}-{last}"
    if chance.maybe(0.03) and chance.version == 4:
        return f"{chance.negation()}-s 0.0.0.{chance.random.randint(0, 15)}/0.0.0.15"
    return f"{chance.negation()}-s {chance.network()}"


def _destination(chance: Chance) -> str:
    """A match of the destination."""
    if chance.maybe(0.15):
        first = chance.destination()
        return f"-m iprange {chance.negation()}--dst-range {first}-{first}"
    if chance.maybe(0.3):
        return f"{chance.negation()}-d {chance.network()}"
    return f"{chance.negation()}-d {chance.destination()}"


def _interfaces(chance: Chance, setting: Setting) -> list[str]:
    """Matches of interfaces, as far as the hook takes them."""
    found = []
    if setting.hook != "POSTROUTING" and chance.maybe(0.8):
        found.append(f"{chance.negation()}-i {chance.pick(INTERFACES)}")
    if setting.hook not in ("PREROUTING", "INPUT") and chance.maybe(0.4):
        found.append(f"{chance.negation()}-o {chance.pick(INTERFACES)}")
    return found


def _addrtype(chance: Chance, setting: Setting) -> str:
    """A match of address types."""
    types: tuple[str, ...] = ("LOCAL", "UNICAST", "BROADCAST", "MULTICAST", "LOCAL,BROADCAST")
    side = chance.pick(("--dst-type", "--dst-type", "--src-type"))
    if chance.version == 6:
        types = ("LOCAL", "UNICAST", "MULTICAST")
    limit = ""
    if setting.hooks <= {"PREROUTING", "INPUT"} and chance.maybe(0.2):
        limit = " --limit-iface-in"
    return f"-m addrtype {chance.negation()}{side} {chance.pick(types)}{limit}"


def _conntrack(chance: Chance, setting: Setting) -> str:
    """A match of the connection entry."""
    options = []
    if chance.maybe(0.7):
        states = ("NEW", "ESTABLISHED,RELATED", "INVALID", "UNTRACKED", "DNAT", "SNAT", "NEW,DNAT")
        options.append(f"{chance.negation()}--ctstate {chance.pick(states)}")
    if chance.maybe(0.15):
        options.append(f"--ctdir {chance.pick(('ORIGINAL', 'REPLY'))}")
    if chance.maybe(0.2):
        options.append(f"{chance.negation()}--ctorigdst {chance.destination()}")
    if chance.maybe(0.15):
        options.append(f"{chance.negation()}--ctorigsrc {chance.network()}")
    if chance.maybe(0.15):
        options.append(f"{chance.negation()}--ctreplsrc {chance.destination()}")
    if chance.maybe(0.2):
        options.append(f"{chance.negation()}--ctorigdstport {chance.port_text()}")
    if chance.maybe(0.1):
        options.append(f"{chance.negation()}--ctproto {chance.pick(('tcp', 'udp'))}")
    if chance.maybe(0.1):
        status = chance.pick(("NONE", "CONFIRMED", "SEEN_REPLY", "ASSURED", "EXPECTED,CONFIRMED"))
        options.append(f"{chance.negation()}--ctstatus {status}")
    return f"-m conntrack {' '.join(options)}" if options else "-m conntrack --ctstate NEW"


def _state(chance: Chance, setting: Setting) -> str:
    """The older state match."""
    return f"-m state {chance.negation()}--state {chance.pick(('NEW', 'INVALID', 'UNTRACKED'))}"


def _set(chance: Chance, setting: Setting) -> str:
    """A match of a set, now and then with the wrong number of dimensions."""
    if not setting.sets:
        return ""
    named = chance.pick(setting.sets)
    count = named.dimensions
    if chance.maybe(0.1):
        count = chance.random.randint(1, 3)
    directions = ",".join(chance.pick(("src", "dst")) for _ in range(count))
    flag = " --return-nomatch" if named.nomatch and chance.maybe(0.1) else ""
    return f"-m set {chance.negation()}--match-set {named.name} {directions}{flag}"


MARKS = ("0x1", "0x2/0x3", "0x10/0xf0", "0x0", "0x0/0x1", "0xff")


def _mark(chance: Chance, setting: Setting) -> str:
    """A match of the packet's mark."""
    return f"-m mark {chance.negation()}--mark {chance.pick(MARKS)}"


def _connmark(chance: Chance, setting: Setting) -> str:
    """A match of the connection's mark."""
    return f"-m connmark {chance.negation()}--mark {chance.pick(MARKS)}"


def _rpfilter(chance: Chance, setting: Setting) -> str:
    """A reverse path test, in PREROUTING of raw and mangle alone."""
    if setting.hooks != {"PREROUTING"} or setting.table not in ("raw", "mangle"):
        return ""
    return "-m rpfilter" + "".join(
        f" {option}" for option in ("--loose", "--invert", "--accept-local") if chance.maybe(0.3)
    )


def _pkttype(chance: Chance, setting: Setting) -> str:
    """A match of the hardware addressee."""
    kind = chance.pick(("unicast", "broadcast", "multicast"))
    return f"-m pkttype {chance.negation()}--pkt-type {kind}"


def _comment(chance: Chance, setting: Setting) -> str:
    """A comment, which matches everything."""
    return f'-m comment --comment "number {chance.random.randint(0, 99)}, -j DROP"'


def _physdev(chance: Chance, setting: Setting) -> str:
    """A match of the port of a bridge a packet came in by."""
    if setting.hooks & {"OUTPUT", "POSTROUTING"}:
        return ""
    options = ["--physdev-in docker0a", "--physdev-in docker+", "--physdev-is-in"]
    if setting.hooks == {"FORWARD"}:
        options += ["--physdev-out docker0b", "--physdev-is-out", "--physdev-is-bridged"]
    option = chance.pick(options)
    return f"-m physdev {chance.negation()}{option}"


EXTENSIONS: tuple[Callable[[Chance, Setting], str], ...] = (
    _addrtype,
    _addrtype,
    _conntrack,
    _conntrack,
    _conntrack,
    _state,
    _set,
    _set,
    _set,
    _mark,
    _mark,
    _connmark,
    _rpfilter,
    _pkttype,
    _comment,
    _physdev,
)
UNDECIDABLE = (
    # In the kernel's copy: now and then, never, always.
    "-m statistic --mode random --probability 0.5",
    "-m statistic --mode random --probability 0.0",
    "-m statistic --mode random --probability 1.0",
    "-m limit --limit 5/sec --limit-burst 3",
    "-m string --algo bm --string nothing-like-it",
    "-m time --timestart 00:00 --timestop 12:00",
    "-m recent --rcheck --name never",
    "-m connlimit --connlimit-above 2",
    "-m u32 --u32 0=0",
    "-m quota --quota 1000",
)
