"""The completions for zsh, in its own language of `_arguments`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dockerwall.cli.status import PROGRAM
from dockerwall.cli.synopsis import Command, Word


def zsh(program: Command) -> str:
    """The whole script, for a file `_dockerwall-tui` in the fpath, or to be sourced."""
    lines = [
        f"#compdef {PROGRAM}",
        f"# zsh completion for {PROGRAM}, printed by `{PROGRAM} completion zsh`",
        "",
    ]
    for command in program.all():
        lines += _function(command)
    name = _name(program)
    lines += [
        # As a file of the fpath this is the function itself; sourced, it is told to the shell.
        f'if [[ $funcstack[1] == "_{PROGRAM}" ]]; then',
        f'    {name} "$@"',
        "else",
        f"    compdef {name} {PROGRAM}",
        "fi",
        "",
    ]
    return "\n".join(lines)


def _name(command: Command) -> str:
    words = (PROGRAM, *command.path)
    return "_" + "__".join(word.replace("-", "_") for word in words)


def _function(command: Command) -> Iterator[str]:
    specs = [spec for option in command.options for spec in _option(option)]
    yield f"{_name(command)}() {{"
    if not command.commands:
        specs += [_word(place, word) for place, word in enumerate(command.words, 1)]
        yield from _arguments("_arguments -s -S", specs)
        yield "}"
        yield ""
        return
    yield "    local context state state_descr line curcontext=$curcontext"
    yield "    typeset -A opt_args"
    specs += [_quoted("1: :->command"), _quoted("*:: :->rest")]
    yield from _arguments("_arguments -C -S", specs)
    yield "    case $state in"
    yield "    command)"
    yield "        local -a commands=("
    for below in command.commands:
        yield f"            {_quoted(f'{_plain(below.path[-1])}:{below.help}')}"
    yield "        )"
    yield "        _describe -t commands command commands"
    yield "        ;;"
    yield "    rest)"
    yield "        case $line[1] in"
    for below in command.commands:
        yield f"        {below.path[-1]}) {_name(below)} ;;"
    yield "        esac"
    yield "        ;;"
    yield "    esac"
    yield "}"
    yield ""


def _arguments(head: str, specs: list[str]) -> Iterator[str]:
    yield f"    {head} \\"
    for spec in specs[:-1]:
        yield f"        {spec} \\"
    yield f"        {specs[-1]}"


def _option(option: Word) -> Iterator[str]:
    others = "" if option.repeats else f"({' '.join(option.flags)})"
    for flag in option.flags:
        star = "*" if option.repeats else ""
        sign = "" if not option.value else "=" if flag.startswith("--") else "+"
        yield _quoted(f"{others}{star}{flag}{sign}[{_plain(option.help)}]{_value(option)}")


def _word(place: int, word: Word) -> str:
    where = "*" if word.repeats else str(place)
    optional = ":" if word.optional else ""
    return _quoted(f"{where}:{optional}{_plain(word.value)}:{_action(word)}")


def _value(option: Word) -> str:
    return f":{_plain(option.value)}:{_action(option)}" if option.value else ""


def _action(word: Word) -> str:
    if word.is_file:
        return "_files"
    return f"({' '.join(word.choices)})" if word.choices else " "


def _plain(text: str) -> str:
    """A text within a spec: its own signs escaped."""
    return re.sub(r"[][:\\]", r"\\\g<0>", text)


def _quoted(text: str) -> str:
    """A text as one word of the shell."""
    return "'" + text.replace("'", "'\\''") + "'"
