"""A shell on another host, held open over the system's OpenSSH: it reads whenever it is told to.

One process of ssh for as long as the host is looked at, and one line for each reading. Names of
hosts are checked before ssh sees them, and no text of a host is ever part of a command.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum

from dockerwall.model.unreadable import UnreadableError
from dockerwall.model.value import value
from dockerwall.programs import Answer, Failure
from dockerwall.programs.complaints import complaint_of
from dockerwall.programs.conversation import Conversation
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
    'echo; echo TOKEN hello; echo "TOKEN from $SSH_CONNECTION"; '
    'if test "$(id -u)" = 0; then echo TOKEN root; exec sh; fi; '
    "if command -v sudo >/dev/null; then :; else echo TOKEN nosudo; exec sh; fi; "
    "if sudo -n sh -c : 2>/dev/null; then echo TOKEN sudo; exec sudo -n sh; fi; "
    "echo TOKEN password; read -r answer; "
    'if test "$answer" = yes; then exec sudo -S -p TOKEN sh -c "echo; echo TOKEN sudo; exec sh"; '
    "fi; echo TOKEN nopassword; exec sh'"
)


# answer PROGRAM...: what it prints, its status, the last line it complains with.
_ANSWER = """
dockerwall_shell=$$
export dockerwall_shell
answer() {
    printf '\\n%s answer\\n' "$dockerwall_token"
    { why=$("$@" 2>&1 >&3 3>&-); } 3>&1
    status=$?
    printf '\\n%s status %s\\n%s\\n%s answered\\n' "$dockerwall_token" "$status" \\
        "${why##*"$newline"}" "$dockerwall_token"
}
"""


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


@value
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
        self.came_by = ""
        """This connection as the host sees it: SSH_CONNECTION there; empty where it is not set."""
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
        self._introduce()
        self._talk.say(f"snapshot {what} {self._token}\n".encode())
        incoming = Incoming(self._talk, self._patience.reading)
        with self._failing(self._patience.reading):
            incoming.line_after(self._word("begin"))
            files = archive(incoming, _KNOWN)
            if incoming.exactly(len(self._token) + 5) != self._word("end") + b"\n":
                raise GarbledError("it does not end where its archive does")
        return files

    @contextmanager
    def _failing(self, seconds: float) -> Iterator[None]:
        """Whatever goes wrong with an answer, in one sentence."""
        try:
            yield
        except GarbledError as error:
            raise ssh_words.garbled(self.destination, str(error)) from None
        except SlowError:
            raise ssh_words.silent(self.destination, seconds) from None
        except ClosedError:
            complaints = self._end()[0]
            raise ssh_words.lost(self.destination, complaints) from None

    def run(
        self,
        argv: Sequence[str],
        *,
        given: bytes = b"",
        held: Sequence[int] = (),
        patience: float | None = None,
    ) -> Answer:
        """Run a program there, with these bytes as its input; `held` is this machine's affair.

        The words of its command line are quoted for a POSIX shell, one by one, and its input is
        text in a here-document whose end nobody can guess: none of it is ever read as a command.
        Where the link is cut before the closing brace has come, the shell there runs nothing.
        """
        self._introduce()
        program = argv[0]
        if any("\0" in word for word in argv) or b"\0" in given:
            raise ValueError("no NUL can be sent to a shell")
        end = secrets.token_hex(16)
        command = " ".join(shlex.quote(word) for word in argv)
        text = given if not given or given.endswith(b"\n") else given + b"\n"
        self._talk.say(
            f"{{ answer {command} <<'{end}'\n".encode("utf-8", "surrogateescape")
            + text
            + f"{end}\n}}\n".encode()
        )
        seconds = self._patience.reading if patience is None else patience
        incoming = Incoming(self._talk, seconds)
        with self._failing(seconds):
            incoming.line_after(self._word("answer"))
            output, status = incoming.until(self._word("status "))
            complaint, _ = incoming.until(self._word("answered"))
        number = int(status) if status.isdigit() and len(status) < 4 else 255
        failure = {0: None, 127: Failure.MISSING}.get(number, Failure.FAILED)
        return Answer(program, output, complaint_of(complaint), failure, number)

    def _introduce(self) -> None:
        """Have the shell know what it will be asked for."""
        if not self._opened:
            head = f"dockerwall_token={self._token} dockerwall_what=nothing\n"
            self._talk.say((head + script() + _ANSWER).encode())
            self._opened = True

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
            line, between = incoming.line_after(*awaited)
            self._note_origin(between)
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

    def _note_origin(self, said: bytes) -> None:
        mark = self._word("from ")
        for line in said.split(b"\n"):
            if line.startswith(mark) and len(line) < len(mark) + 200:
                self.came_by = line[len(mark) :].decode("ascii", "replace")

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
