"""What MARK and CONNMARK do to a packet's mark and to its connection's.

Source: net/netfilter/xt_mark.c and xt_connmark.c.
"""

from __future__ import annotations

from dockerwall.analysis.packet import Packet
from dockerwall.model.spec import Connmark, SetMark

FULL = 0xFFFFFFFF


def marked(packet: Packet, target: SetMark | Connmark) -> Packet:
    """The packet after MARK or CONNMARK."""
    if isinstance(target, SetMark):
        return packet._replace(mark=(packet.mark & ~target.mask & FULL) ^ target.value)
    conn = packet.conn
    if conn is None:
        return packet
    if target.action == "set":
        return packet._replace(
            conn=conn._replace(mark=(conn.mark & ~target.mask & FULL) ^ target.value)
        )
    if target.action == "save":
        saved = (conn.mark & ~target.value & FULL) ^ (packet.mark & target.mask)
        return packet._replace(conn=conn._replace(mark=saved))
    restored = (packet.mark & ~target.mask & FULL) ^ (conn.mark & target.value)
    return packet._replace(mark=restored)
