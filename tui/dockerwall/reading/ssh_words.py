"""Why a host could not be reached, in one sentence each, from what ssh and sudo complain of.

Source: the messages of OpenSSH 8.4 to 10.0 and sudo 1.9, which are not translated.
"""

from __future__ import annotations

from dockerwall.model.unreadable import UnreadableError
from dockerwall.reading.destination import Destination

_CHANGED = b"REMOTE HOST IDENTIFICATION HAS CHANGED"
_UNKNOWN = (b"Host key verification failed", b"authenticity of host")
_REFUSED = (b"Permission denied (", b"Too many authentication failures", b"No more authentication")
_LONGEST = 200


def unreachable(
    destination: Destination, complaints: bytes, status: int, said: bytes = b""
) -> UnreadableError:
    """Why no shell came up: `complaints` is what ssh printed, `said` what the host did."""
    host = str(destination)
    if _CHANGED in complaints:
        return UnreadableError(
            f"{host} shows another host key than the known one: somebody may be in between. "
            f"If its key was changed on purpose, remove the old one with "
            f"`ssh-keygen -R {destination.host}`."
        )
    if any(each in complaints for each in _UNKNOWN):
        return UnreadableError(
            f"The host key of {host} is not known: connect once with "
            f"`ssh {_shown(destination)}` and compare it."
        )
    if any(each in complaints for each in _REFUSED):
        return UnreadableError(
            f"{host} did not let this user in: try `ssh {_shown(destination)}` by hand, "
            "or name another user as in user@host.",
            denied=True,
        )
    reason = last_line(complaints) or last_line(said)
    if reason:
        return UnreadableError(f"{host} cannot be reached: {reason.rstrip('.')}.")
    return UnreadableError(
        f"{host} cannot be reached: ssh ended with status {status}. "
        f"Try `ssh {_shown(destination)}` by hand."
    )


def no_shell(destination: Destination, said: bytes) -> UnreadableError:
    """A host that lets one in, but starts no POSIX shell."""
    reason = last_line(said)
    words = f": it says {reason!r}" if reason else ""
    return UnreadableError(
        f"{destination} starts no POSIX shell{words}. Log in as a user whose commands are run."
    )


def garbled(destination: Destination, problem: str) -> UnreadableError:
    """A host whose answer is none."""
    return UnreadableError(f"{destination} answered with something that is no snapshot: {problem}.")


def silent(destination: Destination, seconds: float) -> UnreadableError:
    """A host that stopped answering."""
    return UnreadableError(
        f"{destination} has not answered within {seconds:g} seconds: look at the link."
    )


def lost(destination: Destination, complaints: bytes) -> UnreadableError:
    """A link that was there and is gone."""
    reason = last_line(complaints)
    words = f" ({reason.rstrip('.')})" if reason else ""
    return UnreadableError(f"The link to {destination} was lost{words}: look at the network.")


def wrong_password(destination: Destination) -> UnreadableError:
    """A password that sudo did not take."""
    return UnreadableError(
        f"sudo on {destination} did not take the password: start again, or log in as root.",
        denied=True,
    )


def not_allowed(destination: Destination, complaints: bytes) -> UnreadableError:
    """A user whom sudo refuses although the password is right, or who cannot use it so."""
    reason = last_line(complaints)
    return UnreadableError(
        f"sudo on {destination} refused{': ' + reason.rstrip('.') if reason else ''}. "
        "Log in as root, or allow this user to run sh.",
        denied=True,
    )


def last_line(said: bytes) -> str:
    """The last line with anything in it, short and free of whatever a terminal acts on."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    line = lines[-1].strip()[:_LONGEST] if lines else ""
    return "".join(c if c.isprintable() else " " for c in line).strip()


def _shown(destination: Destination) -> str:
    port = f"-p {destination.port} " if destination.port is not None else ""
    user = f"{destination.user}@" if destination.user else ""
    return f"{port}{user}{destination.host}"
