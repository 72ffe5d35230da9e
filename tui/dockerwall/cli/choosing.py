"""What the operator chose: the settings files, and the command line's options over them."""

from __future__ import annotations

import argparse
import math
import os
from collections.abc import Callable
from dataclasses import replace

from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.status import complain
from dockerwall.model.settings import (
    INTERVAL,
    THEMES,
    TRIAL,
    KeyChoice,
    Preferences,
    SettingsFile,
    Span,
)


def add_lan_option(parser: argparse.ArgumentParser) -> None:
    """The networks that count as the LAN; before or after the command's name."""
    parser.add_argument(
        "--lan",
        action="append",
        type=_network,
        metavar="CIDR",
        default=argparse.SUPPRESS,
        help="a network that counts as the LAN, instead of the usual ones; may be repeated",
    )


def add_trial_option(parser: argparse.ArgumentParser) -> None:
    """How long a change waits to be kept; before or after the command's name."""
    parser.add_argument(
        "--trial",
        metavar="SECONDS",
        type=_seconds(TRIAL),
        default=argparse.SUPPRESS,
        help=f"take a change back after so long unless it is kept (default {TRIAL.usual:g})",
    )


def add_screen_options(parser: argparse.ArgumentParser) -> None:
    """What the screen can be told, each of which the settings file can say for good."""
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=_seconds(INTERVAL),
        help=f"seconds between two readings of the host (default {INTERVAL.usual:g})",
    )
    parser.add_argument("--theme", choices=THEMES, help="colours (default: what the terminal has)")
    parser.add_argument(
        "--key",
        action="append",
        type=_key_choice,
        metavar="COMMAND=KEY",
        help="another key for a command of the screen, or several with commas; may be repeated",
    )
    parser.add_argument("--mouse", action=argparse.BooleanOptionalAction, help="use the mouse")
    parser.add_argument(
        "--ascii", action=argparse.BooleanOptionalAction, help="draw with ASCII characters only"
    )


def chosen(arguments: argparse.Namespace) -> SettingsFile:
    """The settings files, each option of the command line in the place of what they say."""
    from dockerwall.reading.settings_file import read_settings, settings_path

    file = read_settings(settings_path(os.environ))
    lan: list[str] | None = getattr(arguments, "lan", None)
    settings = replace(file.settings, lan=tuple(lan)) if lan else file.settings
    return replace(file, settings=settings, preferences=_preferred(arguments, file.preferences))


def demand_sound(file: SettingsFile) -> None:
    """WrongUseError if something is wrong with what a verdict would rest on."""
    for flaw in file.flaws:
        if flaw.grave:
            raise WrongUseError(f"{flaw} (what is judged rests on it: mend it first)")


def complain_of_flaws(file: SettingsFile) -> None:
    """One line for each setting that is not used."""
    for flaw in file.flaws:
        complain(f"{flaw} (not used)")


def trial_seconds(arguments: argparse.Namespace) -> float:
    """How long a change waits to be kept."""
    return chosen(arguments).preferences.trial or TRIAL.usual


def _preferred(arguments: argparse.Namespace, file: Preferences) -> Preferences:
    said = {
        name: value
        for name in ("interval", "trial", "theme", "mouse", "ascii")
        if (value := getattr(arguments, name, None)) is not None
    }
    keys: list[KeyChoice] = getattr(arguments, "key", None) or []
    commands = {each.command for each in keys}
    others = tuple(each for each in file.keys if each.command not in commands)
    return replace(file, **said, keys=(*keys, *others))


def _seconds(span: Span) -> Callable[[str], float]:
    """A number of seconds within a span."""

    def seconds(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if math.isnan(value):
            raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
        if not span.shortest <= value <= span.longest:
            raise argparse.ArgumentTypeError(
                f"{text} is not between {span.shortest:g} and {span.longest:g} seconds"
            )
        return value

    return seconds


def _network(text: str) -> str:
    from dockerwall.model.addresses import AddressSet

    try:
        AddressSet.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a network such as 10.0.0.0/8") from None
    return text


def _key_choice(text: str) -> KeyChoice:
    from dockerwall.grammar.settings import is_key

    command, sign, keys = text.partition("=")
    names = (keys,) if keys == "," else tuple(filter(None, keys.split(",")))
    if not command or not sign or not all(map(is_key, names)):
        raise argparse.ArgumentTypeError(f"{text!r} is not written as COMMAND=KEY, as in reread=f5")
    return KeyChoice(command, names)
