"""What counts as the local network, unless the operator says otherwise.

RFC 1918, link-local and unique local addresses, and whatever is on-link of an interface that
carries no default route.
"""

from __future__ import annotations

from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot

PRIVATE = {
    Family.IPV4: ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
    Family.IPV6: ("fc00::/7", "fe80::/10"),
}


def default_lan(snapshot: Snapshot, family: Family) -> AddressSet:
    """The LAN of a host, one family."""
    routes = snapshot.routes.get(family, ())
    outward = {
        name
        for route in routes
        if route.destination in ("default", "0.0.0.0/0", "::/0") and route.type in ("unicast", "")
        for name in (route.interface, *(hop for hop, _ in route.nexthops))
        if name is not None
    }
    found = AddressSet.of(family, PRIVATE[family])
    if family not in snapshot.routes:
        return found
    for address in snapshot.addresses or ():
        if (
            address.family is family
            and address.interface not in outward
            and address.interface != "lo"
            and address.prefix > 0
        ):
            network = f"{address.peer or address.address}/{address.prefix}"
            found = found | AddressSet.of(family, [network])
    return found
