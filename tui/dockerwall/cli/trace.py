"""`dockerwall-tui trace`: what becomes of one packet, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import complain_of_gaps, reading_status

if TYPE_CHECKING:
    from dockerwall.analysis.trace import Probe
    from dockerwall.analysis.world import World

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

PROTOCOLS = {"tcp": 6, "udp": 17, "sctp": 132, "icmp": 1, "icmpv6": 58}
LONGEST_LINE = 65536


def add(commands: Commands) -> None:
    """The command's arguments."""
    parser = commands.add_parser(
        "trace",
        help="follow one packet through this host's rules",
        description="Follow a packet that opens a new connection from outside, and the reply: "
        "which rules it meets, who gets it, and whether the connection can be opened.",
        allow_abbrev=False,
    )
    add_host_options(parser)
    parser.add_argument("--in", dest="iif", metavar="IFACE", help="interface it arrives by")
    parser.add_argument("--src", metavar="ADDR", help="source address")
    parser.add_argument("--dst", metavar="ADDR", help="destination address")
    parser.add_argument("--proto", choices=tuple(PROTOCOLS), help="protocol")
    parser.add_argument("--sport", type=_port, metavar="N", help="source port (default: any)")
    parser.add_argument("--dport", type=_port, metavar="N", help="destination port")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--batch",
        action="store_true",
        help="read packets as JSON lines on standard input, print one JSON object a line",
    )
    parser.set_defaults(run=run)


def _port(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return number


def run(arguments: argparse.Namespace) -> int:
    """Trace one packet, or one for each line of standard input."""
    from dockerwall.analysis.world import build_world

    if arguments.batch:
        _demand_no_packet(arguments)
    probe = None if arguments.batch else _probe_of(vars(arguments) | {"in": arguments.iif}, "")
    session = open_session(arguments)
    snapshot = session.read()
    world = build_world(snapshot)
    if probe is None:
        _batch(world)
    else:
        _demand_interface(world, probe, "")
        _single(world, probe, arguments.json)
    sys.stdout.flush()
    complain_of_gaps(snapshot)
    return reading_status(snapshot, live=session.live)


def _single(world: World, probe: Probe, as_json: bool) -> None:
    from dockerwall.analysis.trace import trace
    from dockerwall.present.contract import trace_document

    found = trace(world, probe)
    if as_json:
        json.dump(trace_document(found), sys.stdout, indent=1)
        sys.stdout.write("\n")
        return
    from dockerwall.present.proof import proof_lines

    for line in proof_lines(found, probe):
        sys.stdout.write(line + "\n")


def _batch(world: World) -> None:
    from dockerwall.analysis.trace import trace
    from dockerwall.present.contract import trace_document

    for place, fields in _json_lines():
        where = f"standard input:{place}:1: "
        probe = _probe_of(fields, where)
        _demand_interface(world, probe, where)
        found = trace(world, probe)
        sys.stdout.write(json.dumps(trace_document(found)) + "\n")


def _demand_no_packet(arguments: argparse.Namespace) -> None:
    """WrongUseError if a packet is described where packets are read."""
    options = {"--in": "iif", "--src": "src", "--dst": "dst", "--proto": "proto"}
    options |= {"--sport": "sport", "--dport": "dport"}
    for option, name in options.items():
        if getattr(arguments, name) is not None:
            raise WrongUseError(f"{option} and --batch exclude each other: packets are read there")


def _demand_interface(world: World, probe: Probe, where: str) -> None:
    """WrongUseError if the host has no such interface: a slip must not read as a closed port."""
    links = world.snapshot.links
    if links is None or any(link.name == probe.iif for link in links):
        return
    names = [link.name for link in links]
    raise WrongUseError(
        f"{where}this host has no interface {probe.iif!r}: it has {', '.join(names[:12])}"
        f"{' and more' if len(names) > 12 else ''}"
    )


def _json_lines() -> Iterator[tuple[int, dict[str, Any]]]:
    for place, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            raise WrongUseError(f"standard input:{place}:1: the line is too long")
        try:
            fields = json.loads(line)
        except json.JSONDecodeError as error:
            raise WrongUseError(f"standard input:{place}:{error.colno}: {error.msg}") from None
        except RecursionError:
            raise WrongUseError(f"standard input:{place}:1: nested too deeply") from None
        if not isinstance(fields, dict):
            raise WrongUseError(f"standard input:{place}:1: expected a JSON object")
        yield place, fields


def _probe_of(fields: dict[str, Any], where: str) -> Probe:
    """A probe from an object with the contract's names; WrongUseError says what is wrong."""
    from dockerwall.analysis.trace import make_probe

    texts = {}
    for name in ("in", "src", "dst", "proto"):
        value = fields.get(name)
        if not isinstance(value, str) or not value:
            raise WrongUseError(f"{where}{name if where else '--' + name} is needed")
        texts[name] = value
    proto = PROTOCOLS.get(texts["proto"])
    if proto is None:
        raise WrongUseError(f"{where}unknown protocol {texts['proto']!r}")
    ports = [_port_field(fields, name, where) for name in ("sport", "dport")]
    try:
        return make_probe(texts["in"], texts["src"], texts["dst"], proto, *ports)
    except ValueError as error:
        raise WrongUseError(f"{where}{error}") from None


def _port_field(fields: dict[str, Any], name: str, where: str) -> int | None:
    value = fields.get(name)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 65535:
        raise WrongUseError(f"{where}{name} is not a port (0 to 65535): {value!r}")
    return value
