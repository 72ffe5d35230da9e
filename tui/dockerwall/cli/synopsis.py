"""The command line as a value, taken from its own parser: what completions and man page say."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from dockerwall.model.value import value


@value
class Word:
    """An option, or a word that stands for something."""

    flags: tuple[str, ...]
    """Its names, such as `-o` and `--output`; none for a word that is known by its place."""
    value: str
    """What stands for its value; empty for an option that takes none."""
    help: str
    choices: tuple[str, ...]
    is_file: bool
    repeats: bool
    """Whether it may be given more than once."""
    optional: bool
    """Whether it may be left out."""


@value
class Command:
    """The program, or one of its commands."""

    path: tuple[str, ...]
    """Its words behind the program's name: `()`, `("audit",)`, `("set", "add")`."""
    help: str
    """A few words, without a full stop."""
    description: str
    options: tuple[Word, ...]
    words: tuple[Word, ...]
    commands: tuple[Command, ...]

    def all(self) -> Iterator[Command]:
        """This command and every one below it."""
        yield self
        for command in self.commands:
            yield from command.all()


def synopsis(parser: argparse.ArgumentParser) -> Command:
    """What a parser takes."""
    return _command(parser, (), "")


def _command(parser: argparse.ArgumentParser, path: tuple[str, ...], summary: str) -> Command:
    commands: list[Command] = []
    options: list[Word] = []
    words: list[Word] = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {each.dest: each.help or "" for each in action._choices_actions}
            for name, below in action.choices.items():
                commands.append(_command(below, (*path, name), summaries.get(name, "")))
        elif action.option_strings:
            options.append(_word(action))
        else:
            words.append(_word(action))
    return Command(
        path, summary, parser.description or "", tuple(options), tuple(words), tuple(commands)
    )


def _word(action: argparse.Action) -> Word:
    takes = action.nargs != 0
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    choices = tuple(str(choice) for choice in action.choices or ())
    return Word(
        flags=tuple(action.option_strings),
        value=("" if not takes else "|".join(choices) or name),
        help=(action.help or "").replace("%%", "%"),
        choices=choices,
        is_file=action.type is Path,
        repeats=isinstance(action, argparse._AppendAction) or action.nargs in ("+", "*"),
        optional=not action.required if action.option_strings else action.nargs in ("?", "*"),
    )
