"""The commands that change who gets in: `allow`, `only`, `block` and their kin, in one flow."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, NamedTuple

from dockerwall.cli.applying import Report, add_apply_options, carry_out, demand_live, is_refused
from dockerwall.cli.changing import demand_changing, ended, is_read_only
from dockerwall.cli.choosing import add_lan_option
from dockerwall.cli.ending import WrongUseError
from dockerwall.cli.opening import add_host_options, open_session
from dockerwall.cli.status import Status, complain_of_gaps, reading_status
from dockerwall.cli.whose import bench_of, operator_at
from dockerwall.model.kinds import Family

if TYPE_CHECKING:
    from dockerwall.editing.planner import Choices
    from dockerwall.session import Session

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

_FAMILIES = {
    "both": tuple(Family),
    "ipv4": (Family.IPV4,),
    "ipv6": (Family.IPV6,),
}


class Form(NamedTuple):
    """One command: its name, its words, and what it is for."""

    name: str
    words: tuple[tuple[str, str | None], ...]
    """Each word's name, and how many there are (argparse's nargs)."""
    help: str


FORMS = (
    Form("allow", (("SOURCE", None), ("to", "?"), ("PORT", None)), "let a source reach a port"),
    Form("only", (("SOURCE", "+"),), "let only these sources reach a port: SOURCE[,...] to PORT"),
    Form("block", (("SOURCE", None),), "let a source reach no container"),
    Form("lan-only", (("PORT", "?"),), "let only the LAN reach a port, or any container"),
    Form("close", (("PORT", None),), "close a port to the Internet"),
    Form("forward", (("INTERFACE", "+"),), "allow forwarding: INTERFACE to INTERFACE"),
    Form("use-set", (("NAME", "+"),), "let only an ipset's members in: NAME for PORT [create]"),
    Form("insert", (("CHAIN", None), ("NUMBER", None), ("RULE", "+")), "insert a rule by hand"),
    Form("delete", (("CHAIN", None), ("NUMBER", None)), "delete a rule"),
    Form(
        "move", (("CHAIN", None), ("NUMBER", None), ("WHERE", "+")), "move a rule: up, down or to N"
    ),
    Form("off", (("CHAIN", None), ("NUMBER", None)), "switch a rule off, in its place"),
    Form("on", (("CHAIN", None), ("NUMBER", None)), "switch a rule on again"),
)

_SOURCES = (
    "SOURCE is an address, a network, FIRST-LAST, set:NAME, or me: your own SSH client. "
    "PORT is the published port: 8080, 53/udp or ADDRESS:443. "
    "Every change is on trial: it is taken back unless it is kept."
)


def add(commands: Commands) -> None:
    """The commands and their arguments."""
    for form in FORMS:
        parser = commands.add_parser(
            form.name,
            help=form.help,
            description=f"{form.help[0].upper()}{form.help[1:]}. {_SOURCES}",
            allow_abbrev=False,
        )
        for name, count in form.words:
            dest = f"word_{name}"
            if count is None:
                parser.add_argument(dest, metavar=name)
            else:
                parser.add_argument(dest, metavar=name, nargs=count)
        add_edit_options(parser)
        parser.set_defaults(run=run, form=form)


def add_edit_options(parser: argparse.ArgumentParser) -> None:
    """The options of every command that plans a change."""
    add_host_options(parser)
    add_lan_option(parser)
    parser.add_argument(
        "--family",
        choices=tuple(_FAMILIES),
        default="both",
        help="change the rules of one IP version only (default both)",
    )
    parser.add_argument(
        "--input",
        action="store_true",
        help="also write to INPUT, for ports that a process of the host serves, as docker-proxy",
    )
    add_apply_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Plan, show, ask, apply."""
    return edit(arguments, words_of(arguments))


def words_of(arguments: argparse.Namespace) -> list[str]:
    """The command's words again, in order."""
    form: Form = arguments.form
    words = [form.name]
    for name, _ in form.words:
        value = getattr(arguments, f"word_{name}")
        words += value if isinstance(value, list) else [value] if value is not None else []
    return words


def edit(arguments: argparse.Namespace, words: list[str]) -> int:
    """Carry out what the words of an intent ask for; the exit status."""

    def work() -> int:
        session = open_session(arguments, judging=True)
        demand_live(arguments, live=session.live)
        if not arguments.dry_run:
            demand_changing(arguments)
            bench_of(arguments).watchdog.prepare()  # it gets up while the host is read
        return _edit(arguments, session, words)

    return ended(work)


def _edit(arguments: argparse.Namespace, session: Session, words: list[str]) -> int:
    from dockerwall.applying.looking import look, rehearse
    from dockerwall.editing import foresight
    from dockerwall.editing.guard import Circumstances, Ssh
    from dockerwall.editing.intent_words import IntentError, parse_intent
    from dockerwall.editing.planner import Choices, plan

    operator = operator_at(arguments) if session.live else None
    try:
        intent = parse_intent(words, None if operator is None else operator.client)
    except IntentError as error:
        raise WrongUseError(str(error)) from None
    snapshot = session.read()
    complain_of_gaps(snapshot)
    status = reading_status(snapshot, live=session.live)
    if status is not Status.DONE:
        return status
    judgement = session.judge(snapshot)
    choices: Choices = Choices(_FAMILIES[arguments.family], arguments.input)
    answer = plan(judgement, intent, choices)
    around = Circumstances(
        None if operator is None else Ssh(*operator), session.live, arguments.force_lockout
    )
    preview = foresight.preview(judgement, answer, around)
    report = Report(arguments.json)
    report.preview(preview, answer)
    blocked = is_refused(preview)
    if blocked or not answer.plan:
        report.end()
        return Status.DONE if answer.done and not blocked else Status.NO
    if session.live and not is_read_only(arguments) and _may_rehearse(session):
        bench = bench_of(arguments)
        if arguments.dry_run:
            look(bench, bench.firewall(()), answer.plan)
        else:
            rehearse(bench, answer.plan)
    return carry_out(arguments, preview, report)


def _may_rehearse(session: Session) -> bool:
    """Whether the host's programs can be asked: here as root, there as whoever the shell is."""
    return bool(session.name) or os.geteuid() == 0
