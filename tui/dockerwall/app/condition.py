"""What to say instead of a tree when there is none: never an empty screen that looks safe."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.model.snapshot import Gap, Snapshot
from dockerwall.present.pieces import Piece, Pieces, Tone, piece


def instead_of_tree(
    snapshot: Snapshot | None, failure: str, *, live: bool, far: str = ""
) -> list[Pieces] | None:
    """Paragraphs to show in the tree's place; None when there is a tree to show.

    `far` is where a host is reached that is not this one.
    """
    if snapshot is None:
        return _failed(failure) if failure else [(Piece("Reading the firewall ..."),)]
    if snapshot.rules or snapshot.nft:
        return None
    return list(_unreadable(snapshot, live, far))


def instead_of_exposures(snapshot: Snapshot) -> list[Pieces]:
    """Paragraphs to show where there is no exposure to list."""
    docker = snapshot.docker
    if docker is None or docker.containers is None:
        said: list[Pieces] = [
            (Piece("Which ports containers offer is unknown: Docker was not read.", Tone.WARN),),
            (),
        ]
        for gap in snapshot.gaps:
            if gap.source.startswith("docker"):
                said += _told(piece(f"  {gap.problem}"), gap=gap)
        return [*said, (Piece("The rules as they are loaded now are in view 2."),)]
    count = len(docker.containers)
    running = {0: "No container is running", 1: "One container is running"}
    return [
        (Piece(f"{running.get(count, f'{count} containers are running')}; none can be reached."),),
        (),
        (Piece("Nothing is published, and nothing listens on the host's own network."),),
        (Piece("Services of the host itself are not looked at: see ss -ltn.", Tone.FAINT),),
    ]


def _failed(failure: str) -> list[Pieces]:
    return [
        (Piece("The host could not be read.", Tone.WARN),),
        (),
        (piece(f"  {failure}"),),
        (),
        (Piece("It will be tried again. Nothing is known of the firewall until then."),),
    ]


def _unreadable(snapshot: Snapshot, live: bool, far: str) -> Iterator[Pieces]:
    denied = any(gap.denied for gap in snapshot.gaps)
    reason = "it needs root" if denied else "no rules could be read"
    yield (Piece(f"The firewall is unknown: {reason}.", Tone.WARN),)
    yield ()
    for gap in snapshot.gaps:
        yield from _gap(gap)
    yield (Piece("This does not mean that nothing is filtered, or that anything is."),)
    if live and denied and far:
        yield ()
        yield from _way_over_ssh(far)
    elif live and denied:
        yield ()
        yield (Piece("To see everything, either"),)
        yield (Piece("  1.  press q, then run   "), Piece("sudo dockerwall-tui", Tone.NAME))
        yield (
            Piece("  2.  record it as root     "),
            Piece("sudo dockerwall-tui snapshot -o host.tar", Tone.NAME),
        )
        yield (
            Piece("      and look anywhere     "),
            Piece("dockerwall-tui --snapshot host.tar", Tone.NAME),
        )


def _way_over_ssh(far: str) -> Iterator[Pieces]:
    _, _, place = far.rpartition("@")
    yield (Piece("To see everything, press q, then either"),)
    yield (
        Piece("  1.  log in as root        "),
        piece(f"dockerwall-tui --ssh root@{place}", Tone.NAME),
    )
    yield (Piece("  2.  let this user use sudo there (you are asked for its password)"),)
    yield (
        Piece("  3.  record it there       "),
        Piece("dockerwall-tui snapshot --script", Tone.NAME),
    )
    yield (Piece("      prints a script for root: see Over SSH in the README"),)


def _gap(gap: Gap) -> Iterator[Pieces]:
    yield from _told(piece(f"  {gap.source}", Tone.NAME), piece(f"  {gap.problem}"), gap=gap)


def _told(*problem: Piece, gap: Gap) -> Iterator[Pieces]:
    yield problem
    if gap.advice:
        yield (piece(f"    {gap.advice}", Tone.FAINT),)
    yield ()
