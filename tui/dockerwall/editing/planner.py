"""An intent → a plan for both families, with what speaks against it and what else could do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from dockerwall.analysis.exposure import Kind
from dockerwall.analysis.judgement import Judgement
from dockerwall.editing.chains import input_chain, user_chains
from dockerwall.editing.edited import chain_texts, cuts_of, ready_to_edit
from dockerwall.editing.forwardplan import forward_part
from dockerwall.editing.handplan import fits, hand_part, hand_summary
from dockerwall.editing.intents import (
    Allow,
    AllowForward,
    Block,
    CloseToInternet,
    InsertRule,
    Intent,
    LanOnly,
    OfPort,
    Only,
    PortRef,
    SetAdd,
    SetDel,
    UseSet,
)
from dockerwall.editing.origins import NoSuchSourceError, set_family
from dockerwall.editing.parts import Part
from dockerwall.editing.plan import ChainRef, Change, Objection, Plan
from dockerwall.editing.portplan import input_parts, named_exposures, port_of, port_part
from dockerwall.editing.portwishes import wishes
from dockerwall.editing.scope import everywhere, of_wildcard, planned_families, refusal, why_nothing
from dockerwall.editing.setplan import creation, cuts_of_sets, set_part
from dockerwall.editing.stage import Stage
from dockerwall.editing.staging import staged
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family


class Choices(NamedTuple):
    """How an intent is to be brought about."""

    families: tuple[Family, ...] = tuple(Family)
    use_input: bool = False
    """Whether rules may be written to INPUT for what goes to processes of the host."""


class Alternative(NamedTuple):
    """Another plan that brings about what the plan itself does not."""

    sentence: str
    choices: Choices
    """With which it is made."""


class Answer(NamedTuple):
    """What planning comes to."""

    plan: Plan
    """Empty where nothing is to be done, or nothing can be."""
    objections: tuple[Objection, ...]
    alternatives: tuple[Alternative, ...]
    stage: Stage
    """The host the plan was tried on: what a preview is made from."""
    done: bool
    """Whether everything is as wished already."""


def plan(judgement: Judgement, intent: Intent, choices: Choices | None = None) -> Answer:
    """The plan for an intent on a judged host."""
    chosen = choices or Choices()
    if isinstance(intent, SetAdd | SetDel):
        part = set_part(judgement.world, intent)
        cut = ready_to_edit(judgement.world, cuts_of_sets(judgement.world, part.sets))
        return _answer(Stage.of(judgement, cut), intent, chosen, [part])
    if isinstance(intent, Allow | Only | Block | LanOnly | CloseToInternet | UseSet):
        return _of_port(judgement, intent, chosen)
    if isinstance(intent, AllowForward):
        stage = Stage.of(judgement)
        parts = [
            forward_part(stage, where, intent)
            for family in chosen.families
            for where in user_chains(stage.world, family)[:1]
        ]
        return _answer(stage, intent, chosen, [_with_interfaces(part) for part in parts])
    return _by_hand(judgement, intent, chosen)


def _with_interfaces(part: Part) -> Part:
    """A network that one family lacks is no obstacle for the other."""
    quiet = tuple(each for each in part.objections if each.id != "no-network")
    return part._replace(objections=quiet) if quiet != part.objections else part


# Intents on ports.


def _of_port(judgement: Judgement, intent: OfPort, choices: Choices) -> Answer:
    """The plan; a wildcard address is every address of its family, and only that is planned for."""
    stage = Stage.of(judgement)
    refused = refusal(stage, intent, choices.families)
    if refused is not None:
        return _answer(stage, intent, choices, [Part(None, objections=(refused,))])
    families = planned_families(intent, choices.families)
    answer = _of_reachable(judgement, everywhere(intent), choices._replace(families=families))
    said = answer.objections
    if families != choices.families:
        said = tuple(of_wildcard(intent, each) for each in said)
    made = replace(answer.plan, summary=summary_of(intent))
    return answer._replace(plan=made, objections=said)


def _of_reachable(judgement: Judgement, intent: OfPort, choices: Choices) -> Answer:
    """The plan for an intent on ports that are there."""
    stage = Stage.of(judgement)
    made = creation(judgement.world, intent) if isinstance(intent, UseSet) else ()
    try:
        inputs = choices.families if choices.use_input else ()
        stage = staged(judgement, intent, made, inputs)
        parts = [part for family in choices.families for part in _family(stage, family, intent)]
        if choices.use_input:
            parts += [
                part
                for family in choices.families
                for part in input_parts(stage, input_chain(stage.world, family), intent)
            ]
    except NoSuchSourceError as problem:
        return _answer(stage, intent, choices, [_refused("no-source", str(problem))])
    if _wishes_nothing(stage, intent, choices.families, parts):
        parts = [Part(None, objections=(why_nothing(stage, intent, choices.families),))]
    if isinstance(intent, UseSet) and made:
        said = f"The set {intent.name} is new and empty: nobody gets in until it has members."
        parts.append(Part(None, objections=(Objection("empty-set", said, False),), sets=made))
    return _answer(stage, intent, choices, parts)


def _wishes_nothing(
    stage: Stage, intent: OfPort, families: Iterable[Family], parts: Sequence[Part]
) -> bool:
    """Whether nothing comes of an intent, and not because all is as wished already."""
    if any(part.changes or part.objections or part.beyond for part in parts):
        return False
    return not parts or not any(wishes(stage, family, intent).gates for family in families)


def _family(stage: Stage, family: Family, intent: OfPort) -> Iterable[Part]:
    """One family's part in DOCKER-USER; no chain is no obstacle where no port needs it."""
    port = port_of(intent)
    if not named_exposures(stage, family, port) or not wishes(stage, family, intent).gates:
        return
    wheres = user_chains(stage.world, family)
    if wheres:
        yield port_part(stage, wheres[0], intent)
        return
    said = f"There is no DOCKER-USER in the {family.label} rules, so nothing is written there."
    reached = any(
        reach.via in ("proxy", "listen") and (reach.accept or reach.unknown)
        for exposure in named_exposures(stage, family, port)
        for reach in exposure.reach
        if reach.iif in {each.name for each in stage.outside(family)}
    )
    if reached or any(e.reach for e in named_exposures(stage, family, port)):
        yield Part(None, objections=(Objection("no-docker-user", said, False),), beyond=reached)


# Rules named by hand.


def _by_hand(judgement: Judgement, intent: Intent, choices: Choices) -> Answer:
    world = judgement.world
    assert not isinstance(intent, OfPort | AllowForward | SetAdd | SetDel)
    families = choices.families
    if isinstance(intent, InsertRule):
        text = f"-A {intent.chain} {intent.words}"
        families = tuple(family for family in families if fits(text, family))
        if not families:
            said = "The rule names addresses of another family than the one asked for."
            return _answer(Stage.of(judgement), intent, choices, [_refused("family", said)])
    parts = [hand_part(world, family, intent) for family in families]
    if len(families) > 1:
        able = [part for part in parts if part.changes or part.done]
        if not isinstance(intent, InsertRule) and len(able) > 1:
            said = f"Rule {intent.number} is another one in each family: say which, with --family."
            return _answer(Stage.of(judgement), intent, choices, [_refused("family", said)])
        parts = able or parts[:1]
    cuts: list[AddressSet] = []
    for part in parts:
        for change in part.changes:
            cuts += cuts_of([change.text], change.where.family)
    return _answer(Stage.of(judgement, ready_to_edit(world, cuts)), intent, choices, parts)


# Putting parts together.


def _refused(id: str, sentence: str) -> Part:
    return Part(None, objections=(Objection(id, sentence, True),))


def _answer(stage: Stage, intent: Intent, choices: Choices, parts: list[Part]) -> Answer:
    changes = _in_order(parts)
    sets = tuple(change for part in parts for change in part.sets)
    reasons = tuple(dict.fromkeys(reason for part in parts for reason in part.reasons))
    before = {
        where: chain_texts(stage.world.snapshot, where) or ()
        for where in dict.fromkeys(change.where for change in changes)
    }
    if isinstance(intent, UseSet) and not changes:
        sets = ()
    made = Plan(summary_of(intent, before), before, changes, sets, reasons, choices.families)
    beyond = any(part.beyond for part in parts) and not choices.use_input
    objections = [each for part in parts for each in part.objections]
    objections += _one_family(stage, intent, choices)
    objections += _on_the_wire(stage, intent, choices)
    alternatives: tuple[Alternative, ...] = ()
    if beyond:
        objections.append(_beyond(parts))
        said = (
            "Rules in INPUT would also cover what goes through docker-proxy or another process "
            "of the host."
        )
        alternatives = (Alternative(said, choices._replace(use_input=True)),)
    done = not made and bool(parts) and not beyond and all(part.done for part in parts)
    return Answer(made, tuple(dict.fromkeys(objections)), alternatives, stage, done)


def _in_order(parts: Iterable[Part]) -> tuple[Change, ...]:
    """IPv4 first; in one chain from below upwards, since every part counts from the old chain."""
    made = [part for part in parts if part.changes]
    made.sort(key=lambda part: -part.changes[0].position)
    listed = [change for part in made for change in part.changes]
    order = list(Family)
    return tuple(
        sorted(listed, key=lambda change: (order.index(change.where.family), change.where.chain))
    )


def _beyond(parts: Iterable[Part]) -> Objection:
    names = " and ".join(
        dict.fromkeys(
            part.where.family.label if part.where is not None else "IPv6"
            for part in parts
            if part.beyond
        )
    )
    return Objection(
        "through-input",
        f"For {names} the port is also served by a process of the host, such as docker-proxy: "
        "those packets pass INPUT and never meet DOCKER-USER, so they are not covered.",
        blocking=False,
    )


def _one_family(stage: Stage, intent: Intent, choices: Choices) -> list[Objection]:
    """Whether a plan that closes leaves the other family as it is."""
    if not isinstance(intent, Only | Block | LanOnly | CloseToInternet | UseSet):
        return []
    if isinstance(intent, Block) and set_family(stage.world, intent.source) is not None:
        return []
    left = [family for family in Family if family not in choices.families]
    return [
        Objection(
            "one-family",
            f"{family.label} is left as it is: the same port may be open there.",
            blocking=False,
        )
        for family in left
        if any(
            reach.accept
            for exposure in named_exposures(stage, family, port_of(intent))
            for reach in exposure.reach
            if reach.iif in {each.name for each in stage.outside(family)}
        )
    ]


def _on_the_wire(stage: Stage, intent: Intent, choices: Choices) -> list[Objection]:
    """Containers that no rule of this host governs, where every container is meant."""
    if not isinstance(intent, OfPort) or port_of(intent) is not None:
        return []
    names = {
        exposure.offer.container or "": None
        for exposure in stage.exposures
        if exposure.offer.kind is Kind.MACVLAN and exposure.offer.family in choices.families
    }
    said = "on the wire itself (macvlan or ipvlan): no rule of this host governs who reaches"
    return [Objection("on-the-wire", f"{name} is {said} it.", False) for name in names]


def summary_of(intent: Intent, before: Mapping[ChainRef, tuple[str, ...]] | None = None) -> str:
    """One sentence on what is wished."""
    match intent:
        case Allow(source=source, port=port):
            return f"Allow {source} to reach {_port_name(port)}"
        case Only(sources=sources, port=port):
            listed = ", ".join(str(each) for each in sources)
            return f"Allow only {listed} to reach {_port_name(port)}"
        case Block(source=source):
            return f"Block {source} from every container"
        case LanOnly(port=None):
            return "Let only the LAN reach containers"
        case LanOnly(port=port):
            return f"Let only the LAN reach {port}"
        case CloseToInternet(port=port):
            return f"Close {port} to the Internet"
        case AllowForward(outside=outside, inside=inside):
            return f"Allow forwarding from {outside} to {inside}"
        case UseSet(name=name, port=port):
            return f"Allow only the members of set {name} to reach {_port_name(port)}"
        case SetAdd(name=name, entry=entry):
            return f"Add {entry} to set {name}"
        case SetDel(name=name, entry=entry):
            return f"Delete {entry} from set {name}"
        case _:
            texts = next(iter((before or {}).values()), ())
            return hand_summary(intent, texts)


def _port_name(port: PortRef | None) -> str:
    return str(port) if port is not None else "containers"
