"""The host's own network: links, addresses, routes, policy rules and listening sockets."""

from dockerwall.model.kinds import Family
from dockerwall.model.value import value


@value
class Link:
    """A network interface."""

    name: str
    index: int
    up: bool
    """Whether it is administratively up."""
    kind: str
    """`bridge`, `veth`, `macvlan`, `wireguard`, `loopback`...; empty for hardware."""
    master: str | None
    """The bridge or bond it belongs to."""
    parent: str | None
    """The link it sits on (vlan, macvlan) or its peer in this namespace (veth)."""
    mac: str
    hairpin: bool = False
    """Whether, as a bridge's port, it takes back frames that it sent (bridge(8))."""


@value
class Address:
    """An address of the host on one interface."""

    interface: str
    family: Family
    address: str
    prefix: int
    scope: str
    """global, link or host."""
    broadcast: str | None = None
    peer: str | None = None
    """The other end of a point-to-point link: then `prefix` belongs to it."""


@value
class Route:
    """One route of one table."""

    family: Family
    table: str
    """main, local, default, or a number."""
    destination: str
    """A network, `default`, or a single address."""
    type: str
    """unicast, local, broadcast, multicast, anycast, blackhole, unreachable, prohibit or throw."""
    interface: str | None
    gateway: str | None
    metric: int
    source: str | None
    """The preferred source address."""
    scope: str = ""
    dead: bool = False
    """Whether its interface is down or without carrier (linkdown, dead)."""
    nexthops: tuple[tuple[str, str | None], ...] = ()
    """(interface, gateway) of a multipath route."""


@value
class PolicyRule:
    """One `ip rule`: which routing table is asked, for which packets."""

    family: Family
    priority: int
    source: str
    """`all` or a network."""
    destination: str
    """`all` or a network."""
    table: str
    """The table's name or number; empty when the action is not a look-up."""
    action: str
    """`lookup`, or blackhole, unreachable, prohibit, goto, nop."""
    in_interface: str | None = None
    out_interface: str | None = None
    mark: int | None = None
    mark_mask: int | None = None
    inverted: bool = False
    unmodelled: tuple[str, ...] = ()
    """Conditions this model does not hold, such as `uidrange` or `l3mdev`."""
    suppress_prefix: int | None = None


@value
class Listener:
    """A socket that waits for connections or datagrams, as `ss -lntup` shows it."""

    protocol: str
    """tcp, udp or sctp."""
    address: str
    """The bound address; `*` for every address of both families (a dual-stack socket)."""
    port: int
    interface: str | None
    """The device it is bound to."""
    processes: tuple[tuple[str, int], ...]
    """(program, process id), empty when not shown to this user."""
