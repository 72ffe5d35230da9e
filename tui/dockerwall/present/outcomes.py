"""What a rule does with the packets it takes: its target as the end of a sentence."""

from __future__ import annotations

from dockerwall.model import spec as s
from dockerwall.model.addresses import format_address
from dockerwall.model.kinds import Family
from dockerwall.model.rules import BASE_CHAINS
from dockerwall.present.names import Names
from dockerwall.present.plain import plain
from dockerwall.present.unknowns import TARGETS
from dockerwall.present.wording import port_range, range_text

_GO_ON = "go on unchanged: no further rule of this table sees them"
_ACCEPTED = {"raw": _GO_ON, "mangle": _GO_ON, "nat": _GO_ON}

_CONTINUES = {
    "": "are counted and go on",
    "LOG": "are logged and go on",
    "NFLOG": "are logged and go on",
    "ULOG": "are logged and go on",
    "AUDIT": "are audited and go on",
    "TRACE": "are traced and go on",
    "TCPMSS": "get their TCP segment size limited and go on",
    "CHECKSUM": "get their checksum filled in and go on",
    "CLASSIFY": "get a traffic class and go on",
    "SET": "change an ipset and go on",
    "TEE": "are copied to another host and go on",
    "TCPOPTSTRIP": "get TCP options removed and go on",
    "IDLETIMER": "restart a timer and go on",
    "RATEEST": "are counted for a rate and go on",
    "SECMARK": "get a security mark and go on",
    "CONNSECMARK": "get a security mark and go on",
    "LED": "blink a light and go on",
    "CT": "get connection tracking settings and go on",
    "TOS": "get another type of service and go on",
    "DSCP": "get another DSCP value and go on",
    "TTL": "get another TTL and go on",
    "HL": "get another hop limit and go on",
    "ECN": "get other congestion bits and go on",
}


def outcome(target: s.Target, chain: str, table: str, family: Family, names: Names) -> str:
    """`are dropped`, `go through the chain DOCKER`: follows the word Packets."""
    match target:
        case s.Stop():
            return _stop(target, table)
        case s.Return():
            if chain in BASE_CHAINS:
                return "leave this chain: its policy decides"
            return "go back to the chain that called this one"
        case s.Jump(chain=to, goto=True):
            return f"go on in the chain {plain(to)} and do not come back to this one"
        case s.Jump(chain=to):
            return f"go through the chain {plain(to)}"
        case s.Continue():
            usual = f"pass the target {plain(target.name)} and go on"
            return _CONTINUES.get(target.name, usual)
        case s.Dnat():
            return _dnat(target, family, names)
        case s.Redirect():
            port = "" if target.ports is None else f", {port_range(target.ports)}"
            return f"are redirected to this host itself{port}"
        case s.Netmap():
            length = target.mask.bit_count()
            side = "source" if chain in ("POSTROUTING", "INPUT") else "destination"
            network = format_address(family, target.network)
            return f"get the network part of their {side} replaced by {network}/{length}"
        case s.Snat():
            return _snat(target, family)
        case s.SetMark():
            return _mark(target)
        case s.Connmark():
            return _connmark(target)
        case s.NoTrack():
            return "pass without connection tracking, so no published port is rewritten for them"
        case s.UnknownTarget():
            known = TARGETS.get(target.name)
            if known is not None:
                return known
            return f"meet the target {plain(target.name)}, which is not understood"


def _stop(target: s.Stop, table: str) -> str:
    if target.verdict == "ACCEPT":
        return _ACCEPTED.get(table, "are let through")
    if target.verdict == "DROP":
        return "are dropped"
    if target.reason == "tcp-reset":
        return "are refused with a TCP reset"
    reason = f" ({plain(target.reason)})" if target.reason else ""
    return f"are refused with an error message{reason}"


def _dnat(target: s.Dnat, family: Family, names: Names) -> str:
    if target.addresses is None:
        where = "the same address"
    else:
        where = range_text(family, target.addresses)
        if target.addresses[0] == target.addresses[1]:
            name = names.of_address(family, target.addresses[0])
            where += f" ({name})" if name else ""
    port = "" if target.ports is None else f", {port_range(target.ports)}"
    shifted = "" if target.base is None else f" (the first for port {target.base}, and so on)"
    return f"are sent on to {where}{port}{shifted}"


def _snat(target: s.Snat, family: Family) -> str:
    port = "" if target.ports is None else f" and {port_range(target.ports)}"
    if target.masquerade or target.addresses is None:
        return f"leave with the address of the interface they leave by{port}"
    return f"leave with the source address {range_text(family, target.addresses)}{port}"


def _mark(target: s.SetMark) -> str:
    masked = "" if target.mask == 0xFFFFFFFF else f" under the mask {target.mask:#x}"
    return f"are marked {target.value:#x}{masked} and go on"


def _connmark(target: s.Connmark) -> str:
    masked = "" if target.mask == 0xFFFFFFFF else f" under the mask {target.mask:#x}"
    if target.action == "save":
        return f"have their mark saved for the whole connection{masked} and go on"
    if target.action == "restore":
        return f"get the mark of their connection{masked} and go on"
    return f"have their connection marked {target.value:#x}{masked} and go on"
