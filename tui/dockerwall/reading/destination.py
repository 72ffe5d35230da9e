"""`[user@]host[:port]`: a host to be reached by SSH, in words that ssh cannot take for more."""

from __future__ import annotations

import re

from dockerwall.model.value import value

# Names also reach a ProxyCommand of the user's configuration, and with it a shell: none of its
# signs may be in them. Source: valid_hostname and valid_ruser of OpenSSH 9.6's ssh.c.
_HOST = re.compile(r"[A-Za-z0-9_.:%][A-Za-z0-9_.:%-]*")
_SIGNS = r"""\s\x00-\x1f\x7f'`"\\;&<>|(){}$!*?~#"""
_USER = re.compile(f"[^{_SIGNS}-][^{_SIGNS}]*")
_LONGEST = 255


@value
class Destination:
    """Where to go, and as whom."""

    host: str
    user: str = ""
    """Empty for whom ssh's configuration names."""
    port: int | None = None
    """None for the port that ssh's configuration names."""

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        bracketed = f"[{self.host}]" if ":" in self.host and self.port is not None else self.host
        return user + bracketed + (f":{self.port}" if self.port is not None else "")

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words of an ssh command line, its last options and the name."""
        port = ("-p", str(self.port)) if self.port is not None else ()
        return (*port, "--", f"{self.user}@{self.host}" if self.user else self.host)


def parse_destination(text: str) -> Destination:
    """A destination; ValueError with a sentence for what is none.

    An IPv6 address with a port stands in brackets: `[2001:db8::1]:22`.
    """
    user, at, rest = text.rpartition("@")
    host, port = _split_port(rest)
    if at and not _USER.fullmatch(user):
        raise ValueError(f"{text!r} names no user that ssh takes")
    if not _HOST.fullmatch(host) or len(host) > _LONGEST:
        raise ValueError(f"{text!r} is no host such as root@203.0.113.1 or host.example:2222")
    return Destination(host, user, port)


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        host, bracket, port = text[1:].partition("]")
        if bracket and not port:
            return host, None
        if port.startswith(":"):
            return host, _port(port[1:])
        return "", None
    if text.count(":") == 1:
        host, _, port = text.partition(":")
        return host, _port(port)
    return text, None


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError(f"{text!r} is no port")
    return int(text)
