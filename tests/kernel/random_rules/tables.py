"""Random tables: chains that jump and go to each other, and what their rules do."""

from __future__ import annotations

from dataclasses import dataclass

from tests.kernel.random_rules.chance import Chance
from tests.kernel.random_rules.matching import Setting, random_matches
from tests.kernel.random_rules.sets import NamedSet, random_sets

HOOKS = {
    "raw": ("PREROUTING",),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD"),
    "security": ("INPUT", "FORWARD"),
}


@dataclass(frozen=True, slots=True)
class RandomRules:
    """A rule set of one family: save text, sets, and the constants that probes aim at."""

    seed: int
    version: int
    text: str
    ipsets: str
    addresses: frozenset[int]
    ports: frozenset[int]
    undecidable: bool
    kernel_chooses: bool
    """Whether some translation leaves the destination to the kernel."""


def random_rules(
    seed: int, version: int, undecidable: bool = False, prefix: str = "s"
) -> RandomRules:
    """The rule set that a seed names; `prefix` begins the names of its sets."""
    chance = Chance(seed, version, prefix)
    ipsets, sets = random_sets(chance)
    tables = [name for name in HOOKS if name in ("nat", "filter") or chance.maybe(0.5)]
    size = chance.pick((2, 4, 8, 12))
    text = "".join(_table(chance, name, tuple(sets), undecidable, size) for name in tables)
    return RandomRules(
        seed,
        version,
        text,
        ipsets,
        frozenset(chance.addresses),
        frozenset(chance.ports),
        undecidable,
        chance.kernel_chooses,
    )


@dataclass(slots=True)
class _Chain:
    """A chain to be filled: its name, policy, and the hooks it may be reached from."""

    name: str
    policy: str
    hooks: frozenset[str]
    callees: tuple[str, ...] = ()


def _table(
    chance: Chance, table: str, sets: tuple[NamedSet, ...], undecidable: bool, size: int
) -> str:
    """The save text of one table."""
    chains = _chains(chance, table)
    heads = "".join(f":{chain.name} {chain.policy} [0:0]\n" for chain in chains)
    rules: list[str] = []
    for chain in chains:
        hook = chain.name if chain.policy != "-" else ""
        setting = Setting(table, hook, sets, chain.hooks)
        count = chance.random.randint(0, size)
        rules.extend(_rule(chance, chain, setting, undecidable) for _ in range(count))
        if table != "nat" and chance.maybe(0.2):
            rules.extend(_alike(chance, chain))
    return f"*{table}\n{heads}{''.join(rules)}COMMIT\n"


def _alike(chance: Chance, chain: _Chain) -> list[str]:
    """A long run of rules that differ in their source alone, as blocklists are written."""
    target = chance.pick(("DROP", "DROP", "ACCEPT", "RETURN", *chain.callees))
    same = chance.pick(("", "", " -p tcp", f" -p udp -m udp --dport {chance.port()}"))
    return [
        f"-A {chain.name} -s {chance.network(20)}{same} -j {target}\n"
        for _ in range(chance.random.randint(5, 60))
    ]


def _chains(chance: Chance, table: str) -> list[_Chain]:
    """Base chains and user chains; a chain calls only later ones, so there is no cycle."""
    chains = []
    for hook in HOOKS[table]:
        droppable = table in ("filter", "mangle", "raw") and chance.maybe(0.2)
        chains.append(_Chain(hook, "DROP" if droppable else "ACCEPT", frozenset({hook})))
    # In nat what a chain may do depends on the hook, so chains are not shared between hooks.
    groups = [frozenset({hook}) for hook in HOOKS[table]]
    if table != "nat" and chance.maybe(0.5):
        groups = [frozenset(HOOKS[table])]
    for number, group in enumerate(groups):
        names = [f"U{number}{letter}" for letter in "abcd"[: chance.random.randint(0, 4)]]
        for index, name in enumerate(names):
            chains.append(_Chain(name, "-", group, tuple(names[index + 1 :])))
        for chain in chains:
            if chain.policy != "-" and chain.hooks <= group:
                chain.callees += tuple(names)
    return chains


def _rule(chance: Chance, chain: _Chain, setting: Setting, undecidable: bool) -> str:
    """One rule."""
    matches = random_matches(chance, setting, undecidable)
    target = _target(chance, chain, setting)
    if target.startswith("port "):
        protocol = chance.pick(("tcp", "udp", "sctp"))
        matches = f" -p {protocol}"
        if chance.maybe(0.8):
            matches += f" -m {protocol} --dport {chance.port_text()}"
        if chance.maybe(0.3):
            matches += f" -s {chance.network()}"
        target = target.removeprefix("port ")
    if target.startswith("alone "):
        matches, target = "", target.removeprefix("alone ")
    return f"-A {chain.name}{matches}{' ' if target else ''}{target}\n"


def _target(chance: Chance, chain: _Chain, setting: Setting) -> str:
    """What a rule does: empty for counting only.

    `port ` stands before it where it needs a protocol, `alone ` where it has its own matches.
    """
    if chain.callees and chance.maybe(0.35):
        word = "-g" if chance.maybe(0.25) else "-j"
        return f"{word} {chance.pick(chain.callees)}"
    if chance.maybe(0.12):
        return chance.pick(("", "-j NFLOG", "-j RETURN", "-j RETURN"))
    if chance.maybe(0.12):
        return _marking(chance)
    match setting.table:
        case "nat":
            return _translation(chance, setting)
        case "raw":
            return chance.pick(("-j CT --notrack", "-j DROP", "-j ACCEPT", "-j TRACE", "-j RETURN"))
        case "filter":
            reject = ("-j REJECT",) if chance.maybe(0.5) else ("port -j REJECT",)
            return chance.pick(("-j ACCEPT", "-j ACCEPT", "-j DROP", "-j DROP", *reject))
        case _:
            return chance.pick(("-j ACCEPT", "-j ACCEPT", "-j DROP", _marking(chance)))


def _marking(chance: Chance) -> str:
    """A target that changes a mark."""
    value = chance.pick(("0x1", "0x2", "0x10", "0xff", "0x3"))
    mask = chance.pick(("0x3", "0xf0", "0xff"))
    return chance.pick(
        (
            f"-j MARK --set-mark {value}",
            f"-j MARK --set-xmark {value}/{mask}",
            f"-j MARK --set-mark {value}/{mask}",
            f"-j MARK --or-mark {value}",
            f"-j MARK --and-mark {mask}",
            f"-j MARK --xor-mark {value}",
            f"-j CONNMARK --set-mark {value}",
            f"-j CONNMARK --set-xmark {value}/{mask}",
            "-j CONNMARK --save-mark",
            "-j CONNMARK --restore-mark",
            f"-j CONNMARK --save-mark --nfmask {mask} --ctmask {mask}",
            f"-j CONNMARK --restore-mark --nfmask {mask} --ctmask {mask}",
        )
    )


def _translation(chance: Chance, setting: Setting) -> str:
    """A target of the nat table, by hook."""
    if chance.maybe(0.2):
        return "-j ACCEPT"
    if setting.hooks == {"PREROUTING"}:
        return _destination_change(chance)
    if setting.hooks == {"POSTROUTING"}:
        return chance.pick(("-j MASQUERADE", f"-j SNAT --to-source {chance.source()}"))
    return "-j RETURN"


def _destination_change(chance: Chance) -> str:
    """DNAT, REDIRECT or NETMAP."""
    address = chance.destination()
    shown = f"[{address}]" if chance.version == 6 else address
    low, high = chance.port_interval()
    if chance.maybe(0.04):
        chance.kernel_chooses = True
        containers = "172.17.0.2-172.17.0.4" if chance.version == 4 else "fd00:17::2-fd00:17::4"
        return f"-j DNAT --to-destination {containers}"
    network = "10.0.0.0/30" if chance.version == 4 else "fd00:a::/126"
    onto = "172.17.0.0/30" if chance.version == 4 else "fd00:17::/126"
    return chance.pick(
        (
            f"port -j DNAT --to-destination {shown}:{chance.port()}",
            f"port -j DNAT --to-destination {shown}:{chance.port()}",
            f"port -j DNAT --to-destination {shown}:{low}-{high}",
            f"port -j DNAT --to-destination {shown}:{low}-{high}/{chance.port()}",
            f"-j DNAT --to-destination {address}",
            f"port -j REDIRECT --to-ports {chance.port()}",
            "-j REDIRECT",
            f"alone -d {network} -j NETMAP --to {onto}",
        )
    )
