"""Exit statuses, the same for every command, and what is said of gaps on the way out."""

from __future__ import annotations

import sys
from enum import IntEnum

from dockerwall.model.snapshot import Snapshot

PROGRAM = "dockerwall-tui"


class Status(IntEnum):
    """What the exit status of `dockerwall-tui` says."""

    DONE = 0
    NO = 1
    """The answer is no: a failing audit, a refused edit."""
    WRONG = 2
    """Wrong use, or input that cannot be read."""
    DENIED = 3
    """Privilege is missing."""
    REFUSED = 4
    """The host refused the change, and nothing was changed."""
    ROLLED_BACK = 5
    """A change was made and had to be taken back."""


def complain_of_boot(at_host: str) -> None:
    """What is said once a change is kept; `at_host` names the host in a command."""
    complain(f"the next boot forgets it: make it lasting with {PROGRAM} persist{at_host}")


def visible(text: str) -> str:
    """A text of unknown origin on one line, with whatever a terminal might act on made visible."""
    return "".join(c if c.isprintable() else "�" for c in text)


def complain(message: str) -> None:
    """One line for people on standard error."""
    print(f"{PROGRAM}: {visible(message)}", file=sys.stderr)


def complain_of_gaps(snapshot: Snapshot) -> None:
    """One line for each thing that could not be read."""
    for gap in snapshot.gaps:
        complain(f"{gap.problem} {gap.advice}".rstrip())


def reading_status(snapshot: Snapshot, *, live: bool) -> Status:
    """DENIED if privilege kept something of a live host unread, WRONG if no firewall was read."""
    if live and any(gap.denied for gap in snapshot.gaps):
        return Status.DENIED
    if not snapshot.rules and snapshot.nft is None:
        return Status.WRONG
    return Status.DONE
