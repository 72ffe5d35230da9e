"""A rule in words, for a person who never saw iptables."""

from __future__ import annotations

from dockerwall.grammar.spec import parse_spec
from dockerwall.model import spec as s
from dockerwall.model.kinds import Family
from dockerwall.present.conditions import Clause, Condition, Rank
from dockerwall.present.names import NO_NAMES, Names
from dockerwall.present.outcomes import outcome
from dockerwall.present.plain import plain
from dockerwall.present.wording import protocol_name


def sentence(spec: s.Spec, family: Family, table: str = "filter", names: Names = NO_NAMES) -> str:
    """What the rule does to which packets; what was not understood is said to be so."""
    if not spec.chain:
        return f"This rule could not be read: {plain(' '.join(spec.unparsed))}."
    protocols = [match for match in spec.matches if isinstance(match, s.ProtocolMatch)]
    single = [match for match in protocols if not match.negated]
    protocol = protocol_name(single[0].number) if single else ""
    condition = Condition(family, protocol, names)
    clauses = [clause for match in spec.matches for clause in condition.clauses(match)]
    subject = _subject(protocol, protocols, clauses)
    result = outcome(spec.target, spec.chain, table, family, names)
    return " ".join([f"{subject} {result}.", *_remarks(spec)])


def rule_sentence(text: str, family: Family, table: str = "filter", names: Names = NO_NAMES) -> str:
    """The same from a rule's text, `-A CHAIN ...`."""
    return sentence(parse_spec(text, family), family, table, names)


def _subject(protocol: str, protocols: list[s.ProtocolMatch], clauses: list[Clause]) -> str:
    said = any(protocol and f"{protocol} port" in clause.text for clause in clauses)
    noun = f"{protocol} packets" if protocol and not said else "Packets"
    if not protocols and not clauses:
        noun = "All packets"
    others = [protocol_name(match.number) for match in protocols if match.negated]
    if others:
        noun += f" of any protocol but {' and '.join(others)}"
    near = [c.text for c in sorted(clauses, key=lambda c: c.rank) if c.rank is not Rank.WHOSE]
    far = [clause.text for clause in clauses if clause.rank is Rank.WHOSE]
    text = " ".join([noun, *near])
    if not far:
        return text
    if not near:
        return f"{text} {' and '.join(far)}" if len(far) < 3 else f"{text} {', '.join(far)},"
    return f"{text}, {', and '.join(far)},"


def _remarks(spec: s.Spec) -> list[str]:
    remarks = []
    if any(isinstance(match, s.UnknownMatch) for match in spec.matches):
        remarks.append("Whether a given packet is meant cannot be told from a snapshot.")
    if isinstance(spec.target, s.UnknownTarget):
        remarks.append("What becomes of them cannot be told from a snapshot.")
    if spec.unparsed:
        remarks.append(f"Not understood: {plain(', '.join(spec.unparsed))}.")
    return remarks
