"""Native nft base chains: not evaluated, but never overlooked."""

from dockerwall.model.value import value


@value
class NftBaseChain:
    """A base chain of a native nft table, as `nft -j list ruleset` shows it."""

    family: str
    """ip, ip6, inet, bridge or netdev."""
    table: str
    name: str
    type: str
    """filter, nat or route."""
    hook: str
    """prerouting, input, forward, output, postrouting or ingress."""
    priority: int
    policy: str
    """accept or drop."""
    rules: int
    """How many rules it holds itself."""
    can_drop: bool
    """Whether a packet may be dropped in it or below, by policy or by a rule."""
    can_rewrite: bool = True
    """Whether it may change addresses, ports or marks, or hand packets elsewhere."""
