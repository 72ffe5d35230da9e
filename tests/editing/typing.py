"""Rules typed by hand, one after the other, as somebody follows a recipe: each is planned,
previewed and made before the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.present.recorded import snapshot_of

from dockerwall.analysis.exposure import Exposure
from dockerwall.analysis.judgement import Judgement, judge
from dockerwall.editing.chains import user_chains
from dockerwall.editing.edited import chain_texts, edited_snapshot
from dockerwall.editing.foresight import preview
from dockerwall.editing.guard import Circumstances, Ssh
from dockerwall.editing.intent_words import parse_intent
from dockerwall.editing.plan import ChainRef, Change
from dockerwall.editing.planner import Choices, plan
from dockerwall.editing.preview import Preview
from dockerwall.model.kinds import Family

V4 = Family.IPV4
ME = Ssh("203.0.113.9", 50000, "203.0.113.1", 22)


def cleared(host: str, *rules: str) -> Judgement:
    """A recorded host with these rules in DOCKER-USER and no others."""
    snapshot = snapshot_of(host)
    where = user_chains(judge(snapshot).world, V4)[0]
    changes = [Change(where, False, 1, text) for text in chain_texts(snapshot, where) or ()]
    changes += [Change(where, True, n, f"-A DOCKER-USER {rule}") for n, rule in enumerate(rules, 1)]
    return judge(edited_snapshot(snapshot, changes))


@dataclass
class Typed:
    """A host on which rules are typed."""

    host: Judgement
    seen: list[Preview] = field(default_factory=list)
    """What was shown before each rule."""

    def type(self, *commands: str) -> Typed:
        """`-A CHAIN WORDS` and `-I CHAIN WORDS`, or an intent in words, in order."""
        for command in commands:
            words = command.split()
            if words[0] in ("-A", "-I"):
                place = self.count(words[1]) + 1 if words[0] == "-A" else 1
                words = ["insert", words[1], str(place), *words[2:]]
            answer = plan(self.host, parse_intent(words, ME.client), Choices((V4,)))
            shown = preview(self.host, answer, Circumstances(ME))
            self.seen.append(shown)
            if not shown.blocked and answer.plan:
                world = self.host.world
                sets = answer.plan.sets
                self.host = judge(edited_snapshot(world.snapshot, answer.plan.changes, sets))
        return self

    def count(self, chain: str) -> int:
        """How many rules a chain has."""
        where = ChainRef(user_chains(self.host.world, V4)[0].variant, V4, chain)
        return len(chain_texts(self.host.world.snapshot, where) or ())

    @property
    def exposures(self) -> tuple[Exposure, ...]:
        """Who gets in where now."""
        return self.host.exposures

    @property
    def findings(self) -> set[str]:
        """The ids of what is wrong now."""
        return {each.id for each in self.host.findings}

    @property
    def said(self) -> set[str]:
        """The ids of everything that was objected to, before any of the rules."""
        return {each.id for shown in self.seen for each in shown.objections}

    def finding_on(self, words: str) -> Sequence[str]:
        """What is said of the rule that holds these words."""
        return [
            each.id
            for each in self.host.findings
            if each.rule is not None and words in each.rule.text
        ]
