"""Plans for rules an operator names himself: inserted, deleted, moved, switched off and on."""

from __future__ import annotations

from itertools import pairwise

from dockerwall.analysis.findings.docker_rules import by_docker
from dockerwall.analysis.world import World
from dockerwall.editing.chains import docker_variant, is_asked, is_dockers_own
from dockerwall.editing.edited import chain_texts
from dockerwall.editing.intents import (
    ByHand,
    DeleteRule,
    InsertRule,
    MoveRule,
    SwitchOff,
    SwitchOn,
)
from dockerwall.editing.parts import Part
from dockerwall.editing.plan import ChainRef, Change, Objection, rule_words
from dockerwall.editing.switching import is_off, switched_off, switched_on
from dockerwall.grammar.spec import parse_spec
from dockerwall.model.addresses import AddressSet
from dockerwall.model.kinds import Family, Variant
from dockerwall.model.spec import AddressMatch, ConntrackMatch, Return, Stop, UnknownMatch


def hand_part(world: World, family: Family, intent: ByHand) -> Part:
    """What the intent changes in one family; objections where it cannot be."""
    where = _where(world, family, intent.chain)
    if where is None:
        said = f"There is no chain {intent.chain} in the {family.label} filter table."
        return Part(None, objections=(Objection("no-chain", said, True),))
    if is_dockers_own(intent.chain):
        said = (
            f"{intent.chain} is Docker's own chain: Docker rebuilds it, and it is never written. "
            "Rules of your own belong into DOCKER-USER."
        )
        return Part(where, objections=(Objection("docker-chain", said, True),))
    texts = chain_texts(world.snapshot, where) or ()
    if isinstance(intent, InsertRule):
        return _insert(where, texts, intent)
    if not 1 <= intent.number <= len(texts):
        said = f"{intent.chain} has {len(texts)} rules in {family.label}: none {intent.number}."
        return Part(where, objections=(Objection("no-rule", said, True),))
    if _is_dockers(world, family, texts[intent.number - 1]):
        said = f"Rule {intent.number} of {intent.chain} is Docker's own: it is never changed."
        return Part(where, objections=(Objection("docker-rule", said, True),))
    return _change(where, texts, intent)


def fits(text: str, family: Family) -> bool:
    """Whether a rule's addresses and protocol are of a family."""
    spec = parse_spec(text, family)
    addresses = [m for m in spec.matches if isinstance(m, AddressMatch)]
    addresses += [a for m in spec.matches if isinstance(m, ConntrackMatch) for a in m.addresses]
    if any(each.family is not family for each in addresses):
        return False
    return not any(_is_of_other(word, family) for word in text.split())


def _is_of_other(word: str, family: Family) -> bool:
    try:
        return AddressSet.parse(word).family is not family if "." in word or "::" in word else False
    except ValueError:
        return False


def _where(world: World, family: Family, chain: str) -> ChainRef | None:
    """The chain, in Docker's variant first; one that packets come to before one that none does."""
    first = docker_variant(world)
    variants = (first, *(v for v in Variant if v is not first))
    found = [
        where
        for variant in variants
        if chain_texts(world.snapshot, where := ChainRef(variant, family, chain)) is not None
    ]
    found.sort(key=lambda where: not is_asked(world, where))
    return found[0] if found else None


def _is_dockers(world: World, family: Family, text: str) -> bool:
    spec = parse_spec(text, family)
    if spec.chain == "DOCKER-USER":
        return False
    bridges = [each.bridge for each in world.networks.values() if each.bridge]
    subnets = AddressSet.of(family, [t for each in world.networks.values() for t in each.subnets])
    return by_docker(spec, bridges, subnets)


def _insert(where: ChainRef, texts: tuple[str, ...], intent: InsertRule) -> Part:
    if intent.position > len(texts) + 1:
        most = f"a new one stands at {len(texts) + 1} at most."
        refusal = Objection("no-place", f"{where.chain} has {len(texts)} rules: {most}", True)
        return Part(where, objections=(refusal,))
    if _names_several(intent.words):
        several = "It names several addresses at once, which makes several rules: put each in."
        return Part(where, objections=(Objection("several-rules", several, True),))
    text = f"-A {where.chain} {intent.words}"
    spec = parse_spec(text, where.family)
    said = [
        Objection("not-understood", f"{word!r} is not understood here.", False)
        for word in spec.unparsed
    ]
    said += [
        Objection("undecidable", f"What {m.text!r} matches cannot be told beforehand.", False)
        for m in spec.matches
        if isinstance(m, UnknownMatch) and m.text not in spec.unparsed
    ]
    if not isinstance(spec.target, Stop | Return) and not any(
        word in intent.words.split() for word in ("-j", "--jump", "-g", "--goto")
    ):
        said.append(Objection("no-target", "The rule has no target: it only counts.", False))
    return Part(where, (Change(where, True, intent.position, text),), (), tuple(said))


def _names_several(words: str) -> bool:
    """Whether -s or -d hold a list, of which iptables makes a rule for each address."""
    given = words.replace("=", " ").split()
    return any("," in after for word, after in pairwise(given) if word in _ADDRESSES)


_ADDRESSES = frozenset({"-s", "--source", "--src", "-d", "--destination", "--dst"})


def _change(
    where: ChainRef,
    texts: tuple[str, ...],
    intent: DeleteRule | MoveRule | SwitchOff | SwitchOn,
) -> Part:
    number = intent.number
    text = texts[number - 1]
    out = Change(where, False, number, text)
    match intent:
        case DeleteRule():
            return Part(where, (out,))
        case MoveRule(to=to):
            if not 1 <= to <= len(texts):
                said = f"Rule {number} of {where.chain} cannot go to {to} of {len(texts)}."
                return Part(where, objections=(Objection("no-place", said, True),))
            if to == number:
                return Part(where, done=True)
            return Part(where, (out, Change(where, True, to, text)))
        case SwitchOff():
            if is_off(text):
                return Part(where, done=True)
            new = switched_off(text)
            why = "It stays in its place with a test that nothing passes, so it matches nothing."
            return Part(where, (out, Change(where, True, number, new)), (why,))
        case SwitchOn():
            if not is_off(text):
                return Part(where, done=True)
            return Part(where, (out, Change(where, True, number, switched_on(text))))


def hand_summary(intent: ByHand, texts: tuple[str, ...]) -> str:
    """One sentence on a by-hand intent, with the words of the rule."""
    rule = ""
    if not isinstance(intent, InsertRule) and 1 <= intent.number <= len(texts):
        rule = f" ({rule_words(texts[intent.number - 1])})"
    match intent:
        case InsertRule(chain=chain, position=position, words=words):
            return f"Insert at {position} of {chain}: {words}"
        case DeleteRule(chain=chain, number=number):
            return f"Delete rule {number} of {chain}{rule}"
        case MoveRule(chain=chain, number=number, to=to):
            return f"Move rule {number} of {chain} to {to}{rule}"
        case SwitchOff(chain=chain, number=number):
            return f"Switch off rule {number} of {chain}{rule}"
        case SwitchOn(chain=chain, number=number):
            return f"Switch on rule {number} of {chain}{rule}"
