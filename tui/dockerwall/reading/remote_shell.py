"""A shell on another host, held open over the system's OpenSSH: it reads whenever it is told to.

One process of ssh for as long as the host is looked at, and one line for each reading. Names of
hosts are checked before ssh sees them, and no text of a host is ever part of a command.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dockerwall.model.unreadable import UnreadableError
from dockerwall.programs import Conversation
from dockerwall.reading import ssh_words
from dockerwall.reading.destination import Destination
from dockerwall.reading.incoming import ClosedError, GarbledError, Incoming, SlowError, archive
from dockerwall.reading.script import script
from dockerwall.reading.texts import FILES, META

UNCHANGED = "unchanged"
"""The archive's file that names the files which are as they were."""
_FILE_SIZE = 64 * 1024 * 1024
_KNOWN: Mapping[str, int] = {**dict.fromkeys(FILES, _FILE_SIZE), META: 1 << 20, UNCHANGED: 1 << 16}
_TRIES = 3
SSH = ("ssh",)

_OPTIONS = (
    "-T",
    *("-o", "Compression=yes"),
    *("-o", "ClearAllForwardings=yes"),
    *("-o", "ForwardAgent=no"),
    *("-o", "ForwardX11=no"),
    *("-o", "PermitLocalCommand=no"),
    *("-o", "RequestTTY=no"),
    *("-o", "RemoteCommand=none"),
    *("-o", "Tunnel=no"),
    *("-o", "ControlMaster=no"),
    *("-o", "EscapeChar=none"),
    *("-o", "ConnectTimeout=15"),
    *("-o", "ServerAliveInterval=5"),
    *("-o", "ServerAliveCountMax=3"),
)
# Whatever shell the user has there gets one line without quotes inside, so that even csh and fish
# pass it on. sudo reads the password itself, letter by letter: it is in no command line, and what
# follows it is still there for the shell.
_START = (
    "exec sh -c '"
    "echo; echo TOKEN hello; "
    'if test "$(id -u)" = 0; then echo TOKEN root; exec sh; fi; '
    "if command -v sudo >/dev/null; then :; else echo TOKEN nosudo; exec sh; fi; "
    "if sudo -n sh -c : 2>/dev/null; then echo TOKEN sudo; exec sudo -n sh; fi; "
    "echo TOKEN password; read -r answer; "
    'if test "$answer" = yes; then exec sudo -S -p TOKEN sh -c "echo; echo TOKEN sudo; exec sh"; '
    "fi; echo TOKEN nopassword; exec sh'"
)


class Standing(StrEnum):
    """As what the shell runs."""

    ROOT = "root"
    SUDO = "sudo"
    NO_SUDO = "nosudo"
    """As an ordinary user, without sudo on the host."""
    NO_PASSWORD = "nopassword"
    """As an ordinary user, since sudo asks for a password that nobody gave."""


Ask = Callable[[str], str | None]
"""Asks the operator for a secret with these words; None where nobody can be asked."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a host has for what, in seconds."""

    opening: float = 30.0
    """Until its shell answers, when nobody is asked for anything."""
    asking: float = 180.0
    """The same when somebody may have to type a password or compare a key."""
    reading: float = 60.0
    """For one reading."""


PATIENCE = Patience()


class RemoteShell:
    """One connection; UnreadableError from anything once it is lost."""

    def __init__(
        self,
        destination: Destination,
        ask: Ask | None = None,
        *,
        at_terminal: bool = False,
        ssh: Sequence[str] = SSH,
        patience: Patience = PATIENCE,
    ) -> None:
        """Connect. `at_terminal` lets ssh itself ask at the terminal; `ask` is for sudo."""
        self.destination = destination
        self._token = secrets.token_hex(16)
        self._patience = patience
        self._opened = False
        batch = () if at_terminal else ("-o", "BatchMode=yes")
        command = _START.replace("TOKEN", self._token)
        argv = [*ssh, *_OPTIONS, *batch, *destination.arguments, command]
        try:
            self._talk = Conversation(argv, at_terminal=at_terminal)
        except OSError as error:
            raise UnreadableError(
                f"ssh cannot be started: {error.strerror or error}. Install openssh-client."
            ) from None
        try:
            self.standing = self._open(ask, patience.asking if at_terminal else patience.opening)
        except BaseException:
            self.close()
            raise

    def read(self, what: str) -> dict[str, bytes]:
        """The files of one reading: `whole`, `all`, `host` or `rules` as the script knows them."""
        if self._opened:
            self._talk.say(f"snapshot {what} {self._token}\n".encode())
        else:
            head = f"dockerwall_token={self._token} dockerwall_what={what}\n"
            self._talk.say((head + script()).encode())
            self._opened = True
        try:
            incoming = Incoming(self._talk, self._patience.reading)
            incoming.line_after(self._word("begin"))
            files = archive(incoming, _KNOWN)
            if incoming.exactly(len(self._token) + 5) != self._word("end") + b"\n":
                raise GarbledError("it does not end where its archive does")
            return files
        except GarbledError as error:
            raise ssh_words.garbled(self.destination, str(error)) from None
        except SlowError:
            raise ssh_words.silent(self.destination, self._patience.reading) from None
        except ClosedError:
            complaints = self._end()[0]
            raise ssh_words.lost(self.destination, complaints) from None

    def close(self) -> None:
        """End it at once; nothing is waited for, and nothing stays on the other side."""
        self._talk.end()

    def _word(self, word: str) -> bytes:
        return f"{self._token} {word}".encode()

    def _end(self) -> tuple[bytes, int]:
        """What ssh complained of, and its status, once it has closed its output."""
        status = self._talk.end(seconds=2.0)
        return bytes(self._talk.complaints), status

    def _open(self, ask: Ask | None, seconds: float) -> Standing:
        said = b""
        try:
            incoming = Incoming(self._talk, seconds)
            _, said = incoming.line_after(self._word("hello"))
            awaited = [self._word(each) for each in ("password", *Standing)]
            line, _ = incoming.line_after(*awaited)
            word = line.decode().rpartition(" ")[2]
            return self._become_root(ask) if word == "password" else Standing(word)
        except GarbledError as error:
            raise ssh_words.garbled(self.destination, str(error)) from None
        except SlowError:
            raise ssh_words.silent(self.destination, seconds) from None
        except ClosedError as error:
            rest = error.args[0] if error.args else b""
            complaints, status = self._end()
            if status == 255 or complaints:
                raise ssh_words.unreachable(self.destination, complaints, status, rest) from None
            raise ssh_words.no_shell(self.destination, said or rest) from None

    def _become_root(self, ask: Ask | None) -> Standing:
        """Give sudo the password, if the operator does."""
        given = None if ask is None else ask(f"sudo password on {self.destination}: ")
        if given is None or "\n" in given:
            self._talk.say(b"no\n")
            Incoming(self._talk, self._patience.opening).line_after(
                self._word(Standing.NO_PASSWORD)
            )
            return Standing.NO_PASSWORD
        self._talk.complaints.clear()
        self._talk.say(f"yes\n{given}\n".encode("utf-8", "surrogateescape"))
        listening = Listening(self._talk, self._token.encode())
        try:
            Incoming(listening, self._patience.opening).line_after(self._word(Standing.SUDO))
        except ClosedError:
            complaints = self._end()[0].replace(self._token.encode(), b"")
            raise ssh_words.not_allowed(self.destination, complaints) from None
        except RefusedPasswordError:
            raise ssh_words.wrong_password(self.destination) from None
        return Standing.SUDO


class RefusedPasswordError(Exception):
    """sudo asks once more."""


class Listening:
    """Hears a program, and notices when sudo asks for the password a second time."""

    def __init__(self, talk: Conversation, prompt: bytes) -> None:
        """`prompt` is what sudo asks with."""
        self._talk = talk
        self._prompt = prompt
        self.heard = talk.heard

    def listen(self, seconds: float) -> bool:
        """Hear what there is; RefusedPasswordError when the password was wrong."""
        goes_on = self._talk.listen(seconds)
        complaints = self._talk.complaints
        if complaints.count(self._prompt) > 1 or b"try again" in complaints:
            raise RefusedPasswordError
        return goes_on
