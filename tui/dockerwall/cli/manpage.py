"""The man page, as roff with the man macros: from the parser, and from what only prose can say."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall import __version__
from dockerwall.cli.status import PROGRAM
from dockerwall.cli.synopsis import Command, Word

_ABOUT = (
    "shows how packets travel through the firewall of a Docker host, drawn from its live rules, "
    "and says of each port of each container who can open a connection to it, and why. It reads "
    "iptables in both variants, native nft tables, ipsets, routes, sockets and Docker's own "
    "objects, and changes nothing by reading.",
    "Without a command it opens a screen; where there is no terminal for one, it prints the tree. "
    "Reading the firewall needs root.",
    "Changes to who gets in are shown before they are made, made in one transaction, and taken "
    "back after a while by a process of their own unless they are kept.",
)
_STATUS = (
    ("0", "done"),
    ("1", "the answer is no: a failing audit, a refused edit"),
    ("2", "wrong use, or input that cannot be read"),
    ("3", "privilege is missing; what could be read was shown"),
    ("4", "the host refused the change, and nothing was changed"),
    ("5", "a change was made and had to be rolled back"),
)
_FILES = (
    ("~/.config/dockerwall/config.toml", "a user's settings ($XDG_CONFIG_HOME counts)"),
    ("/etc/dockerwall/config.toml", "a host's settings, below those of the user"),
    ("/var/lib/dockerwall", "the journal of changes, those on trial, and the rules before each"),
)
_ENVIRONMENT = (
    ("DOCKER_HOST, DOCKER_CONTEXT", "which Docker daemon is asked, as for docker"),
    ("NO_COLOR", "when not empty, no colours"),
    ("DOCKERWALL_STATE", "another folder instead of /var/lib/dockerwall"),
    ("DOCKERWALL_TRACEBACK", "when not empty, an unexpected error says where it happened"),
)
_EXAMPLES = (
    ("See the tool at work on a recorded host:", f"{PROGRAM} --demo"),
    ("Fail where anything is open to the Internet that nobody declared expected:",
     f"{PROGRAM} audit --fail-on exposed"),
    ("Write a report for a client:", f"{PROGRAM} audit -o report.html"),
    ("See what closing a port would change:", f"{PROGRAM} close 6379 --dry-run"),
)  # fmt: skip
_SEE_ALSO = "docker(1), iptables-save(8), nft(8), ipset(8), ss(8)"


def manpage(program: Command) -> str:
    """The whole page."""
    return "\n".join(_lines(program)) + "\n"


def _lines(program: Command) -> Iterator[str]:
    yield f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {__version__}" "User Commands"'
    yield ".SH NAME"
    yield f"{_text(PROGRAM)} \\- who can reach each published Docker port, and why"
    yield ".SH SYNOPSIS"
    yield f".B {_text(PROGRAM)}"
    yield "[\\fIOPTION\\fR]... [\\fICOMMAND\\fR [\\fIARGUMENT\\fR]...]"
    yield ".SH DESCRIPTION"
    yield f".B {_text(PROGRAM)}"
    yield _text(_ABOUT[0])
    for paragraph in _ABOUT[1:]:
        yield ".PP"
        yield _text(paragraph)
    yield ".SH OPTIONS"
    yield from _options(program)
    yield ".SH COMMANDS"
    for command in program.all():
        if command.path and not command.commands:
            yield from _command(command)
    yield from _pairs("EXIT STATUS", _STATUS)
    yield from _pairs("FILES", _FILES)
    yield from _pairs("ENVIRONMENT", _ENVIRONMENT)
    yield ".SH EXAMPLES"
    for place, (words, example) in enumerate(_EXAMPLES):
        if place:
            yield ".PP"
        yield _text(words)
        yield ".RS"
        yield ".EX"
        yield _text(example)
        yield ".EE"
        yield ".RE"
    yield ".SH SEE ALSO"
    yield _text(_SEE_ALSO)


def _command(command: Command) -> Iterator[str]:
    yield f'.SS "{_text(" ".join(command.path))}"'
    words = " ".join(_place(word) for word in command.words)
    name = _text(" ".join((PROGRAM, *command.path)))
    yield f"\\fB{name}\\fR [\\fIOPTION\\fR]... {words}".rstrip()
    yield ".PP"
    yield _text(command.description or _sentence(command.help))
    yield from _options(command)


def _place(word: Word) -> str:
    shown = f"\\fI{_text(word.value)}\\fR" + ("..." if word.repeats else "")
    return f"[{shown}]" if word.optional else shown


def _options(command: Command) -> Iterator[str]:
    for option in command.options:
        yield ".TP"
        value = f" \\fI{_text(option.value)}\\fR" if option.value else ""
        yield ", ".join(f"\\fB{_text(flag)}\\fR{value}" for flag in option.flags)
        yield _text(option.help)


def _pairs(title: str, pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {title}"
    for name, words in pairs:
        yield ".TP"
        yield f"\\fB{_text(name)}\\fR"
        yield _text(words)


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _text(words: str) -> str:
    """Words as roff takes them: no sign of its own, no line that begins with one."""
    escaped = words.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    escaped = escaped.replace("~", "\\(ti").replace("^", "\\(ha").replace("`", "\\(ga")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
