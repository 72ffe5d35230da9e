"""A forwarding policy of ACCEPT: whatever no rule speaks of is let through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.compiled import CompiledChain
from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground
from dockerwall.analysis.hooks import base_chains
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Stop

IDS: Mapping[str, str] = {
    "forward-policy-accept": "The filter table lets everything be forwarded that no rule stops.",
}


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each family that forwards by default to containers."""
    for family in Family:
        if not ground.subnets[family] or not forwards(ground, family):
            continue
        side = ground.world.sides[family]
        chains = [base.chain for base in base_chains(side, "FORWARD", "filter")]
        if not chains or any(_stops_the_rest(chain) for chain in chains):
            continue
        chain = chains[0]
        key = chain.key
        old = ground.docker_major is not None and ground.docker_major < 28
        reach = (
            "a neighbour that routes to a bridge reaches every port of its containers, published "
            "or not"
            if old
            else "this host forwards between all its interfaces"
        )
        yield Finding(
            "forward-policy-accept",
            Level.WARNING if old else Level.NOTICE,
            f"The policy of FORWARD is ACCEPT{' for IPv6' if family is Family.IPV6 else ''}: "
            f"{reach} unless a rule stops it.",
            RuleRef(key.variant, family, "filter", "FORWARD", None, ":FORWARD ACCEPT"),
            fix="Set the policy to DROP, after allowing what this host shall forward besides "
            "containers' traffic.",
            commands=commands.set_policy(key.variant, family, "FORWARD", "DROP"),
        )


def forwards(ground: Ground, family: Family) -> bool:
    """Whether the host forwards packets of a family, as far as was read."""
    name = "ipv4.ip_forward" if family is Family.IPV4 else "ipv6.conf.all.forwarding"
    return ground.world.snapshot.sysctl(f"net.{name}") not in ("0", None)


def _stops_the_rest(chain: CompiledChain) -> bool:
    """Whether what no rule speaks of is dropped, by the policy or by a last rule."""
    if chain.chain.policy != "ACCEPT":
        return True
    return any(
        not rule.spec.matches and isinstance(rule.target, Stop) and rule.target.verdict != "ACCEPT"
        for rule in chain.rules
    )
