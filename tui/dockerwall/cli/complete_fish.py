"""The completions for fish: a line for each command and each option."""

from __future__ import annotations

from collections.abc import Iterator

from dockerwall.cli.status import PROGRAM
from dockerwall.cli.synopsis import Command, Word

_NAME = PROGRAM.replace("-", "_")
_WALK = f"""\
# fish completion for {PROGRAM}, printed by `{PROGRAM} completion fish`

# Succeeds where the words typed so far have come to this command.
function __{_NAME}_at
    set -l path
    set -l skip
    for word in (commandline -opc)[2..-1]
        if test -n "$skip"
            set skip
        else if contains -- "$path $word" $__{_NAME}_valued
            set skip yes
        else if contains -- "$path $word" $__{_NAME}_commands
            set path (string trim -- "$path $word")
        end
    end
    test "$path" = "$argv"
end
"""


def fish(program: Command) -> str:
    """The whole script."""
    valued = [
        f"{' '.join(each.path)} {flag}"
        for each in program.all()
        for option in each.options
        if option.value
        for flag in option.flags
    ]
    commands = [
        f"{' '.join(each.path[:-1])} {each.path[-1]}" for each in program.all() if each.path
    ]
    lines = [
        _WALK,
        f"set -g __{_NAME}_valued {' '.join(map(_quoted, valued))}",
        f"set -g __{_NAME}_commands {' '.join(map(_quoted, commands))}",
        "",
        f"complete -c {PROGRAM} -f",
    ]
    for command in program.all():
        lines += _lines(command)
    return "\n".join(lines) + "\n"


def _lines(command: Command) -> Iterator[str]:
    at = f"complete -c {PROGRAM} -n {_quoted(' '.join([f'__{_NAME}_at', *command.path]))}"
    for below in command.commands:
        yield f"{at} -a {_quoted(below.path[-1])} -d {_quoted(below.help)}"
    for word in command.words:
        if word.choices:
            yield f"{at} -a {_quoted(' '.join(word.choices))}"
    for option in command.options:
        yield f"{at} {_option(option)}"


def _option(option: Word) -> str:
    parts = [
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in option.flags
    ]
    if option.is_file:
        parts.append("-r -F")
    elif option.choices:
        parts.append(f"-x -a {_quoted(' '.join(option.choices))}")
    elif option.value:
        parts.append("-x")
    return " ".join([*parts, "-d", _quoted(option.help)])


def _quoted(text: str) -> str:
    """A text as one word of the shell."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
