"""The completions for bash; they need no other package."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from dockerwall.cli.status import PROGRAM
from dockerwall.cli.synopsis import Command, Word

_HEAD = r"""# bash completion for @PROGRAM@, printed by `@PROGRAM@ completion bash`

_@NAME@() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local path= word place skip= words
    # --option=value comes as three words
    if [[ $current == = ]]; then
        current=
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((place = 1; place < COMP_CWORD; place++)); do
        word=${COMP_WORDS[place]}
        if [[ $word == = ]]; then
            skip=yes
        elif [[ $skip ]]; then
            skip=
        elif _@NAME@_takes_value "$path" "$word"; then
            skip=yes
            [[ ${COMP_WORDS[place + 1]} == = ]] && skip=
        elif [[ $word != -* && " $(_@NAME@_commands "$path") " == *" $word "* ]]; then
            path=${path:+$path }$word
        fi
    done
    COMPREPLY=()
    if _@NAME@_takes_value "$path" "$previous"; then
        if _@NAME@_takes_file "$path" "$previous"; then
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$current")
        else
            words=$(_@NAME@_values "$path" "$previous")
            mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
        fi
    elif [[ $current == -* ]]; then
        words=$(_@NAME@_options "$path")
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    else
        words="$(_@NAME@_commands "$path") $(_@NAME@_words "$path")"
        mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
    fi
}
"""
_TAIL = "complete -F _@NAME@ @PROGRAM@"


def bash(program: Command) -> str:
    """The whole script."""
    text = "\n".join([_HEAD, *_functions(program), _TAIL, ""])
    return text.replace("@NAME@", PROGRAM.replace("-", "_")).replace("@PROGRAM@", PROGRAM)


def _functions(program: Command) -> Iterator[str]:
    """What the function above asks: which words there are behind which command."""
    yield from _table(
        "commands",
        "the commands behind a command",
        (
            (_path(each), " ".join(below.path[-1] for below in each.commands))
            for each in _all(program)
        ),
    )
    yield from _table(
        "words",
        "other words there are behind a command",
        (
            (_path(each), " ".join(choice for word in each.words for choice in word.choices))
            for each in _all(program)
        ),
    )
    yield from _table(
        "options",
        "the options of a command",
        (
            (_path(each), " ".join(flag for option in each.options for flag in option.flags))
            for each in _all(program)
        ),
    )
    valued = [(each, option) for each in _all(program) for option in each.options if option.value]
    yield from _table(
        "values",
        "the values of an option",
        (
            (_named(each, flag), " ".join(option.choices))
            for each, option in valued
            for flag in option.flags
            if option.choices
        ),
        "$1 $2",
    )
    yield from _question("takes_value", "whether an option takes a value", valued)
    files = [(each, option) for each, option in valued if option.is_file]
    yield from _question("takes_file", "whether it is a file", files)


def _all(program: Command) -> list[Command]:
    return list(program.all())


def _path(command: Command) -> str:
    return " ".join(command.path)


def _named(command: Command, flag: str) -> str:
    return f"{_path(command)} {flag}"


def _table(
    name: str, comment: str, rows: Iterator[tuple[str, str]], asked: str = "$1"
) -> Iterator[str]:
    """A function that prints words for a key."""
    yield f"# {comment}"
    yield f"_@NAME@_{name}() {{"
    yield f'    case "{asked}" in'
    yield from (
        f"    {shlex.quote(key)}) echo {shlex.quote(words)} ;;" for key, words in rows if words
    )
    yield "    esac"
    yield "}"
    yield ""


def _question(name: str, comment: str, options: list[tuple[Command, Word]]) -> Iterator[str]:
    """A function that succeeds for some options."""
    keys = [shlex.quote(_named(each, flag)) for each, option in options for flag in option.flags]
    yield f"# {comment}"
    yield f"_@NAME@_{name}() {{"
    yield '    case "$1 $2" in'
    yield from (f"    {key}) return 0 ;;" for key in keys)
    yield "    esac"
    yield "    return 1"
    yield "}"
    yield ""
