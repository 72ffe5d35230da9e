"""Rules that no packet comes to, or that others before them leave nothing to match."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dockerwall.analysis.compiled import CompiledTable, Key
from dockerwall.analysis.findings import commands
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef
from dockerwall.analysis.findings.ground import Ground, Placed
from dockerwall.analysis.findings.shadowing.chains import Entry, Rows, read_table
from dockerwall.analysis.findings.shadowing.covering import action_of, fewest, otherwise
from dockerwall.analysis.findings.shadowing.downstream import Downstream
from dockerwall.analysis.findings.shadowing.judging import Judge, Judged, Life, judging_search
from dockerwall.analysis.findings.shadowing.living import Living
from dockerwall.analysis.findings.shadowing.search import Search, Taker
from dockerwall.model.spec import FragmentMatch, Return, SetMatch, Stop

IDS: Mapping[str, str] = {
    "drop-after-return": "A DROP stands after a rule that sends every packet back: it never runs.",
    "shadowed-rule": "Rules before it already take every packet the rule could match.",
    "unreachable-rule": "No packet can come to the rule at all.",
    "impossible-rule": "The rule's own conditions exclude each other.",
}
_DEAD = (Life.SHADOWED, Life.UNREACHABLE, Life.IMPOSSIBLE)
_EXPLAINED = 60
"""Dead rules of one table whose covering rules are worked out."""


_Own = dict[int, Placed]
"""The operator's rules of one table, by the identity of the rule."""


class Dead(NamedTuple):
    """One of the operator's rules to which no packet comes."""

    placed: Placed
    judged: Judged
    judge: Judge

    def explained(self) -> Iterator[Finding]:
        """What there is to say of it, and which rules are to blame."""
        judged = self.judge.explained(self.judged)
        return _finding(self.placed, judged, self.judge.rows, self.judge.search)


def find(ground: Ground) -> Iterator[Finding]:
    """One finding for each of the operator's rules that is dead."""
    explained: Counter[Key] = Counter()
    for each in dead(ground):
        key = each.placed.key
        if explained[key] <= _EXPLAINED:
            explained[key] += 1
            yield from each.explained()


def dead(ground: Ground) -> Iterator[Dead]:
    """Each of the operator's rules that is dead."""
    tables: dict[Key, _Own] = {}
    for each in ground.operators:
        tables.setdefault(each.key, {})[id(each.rule)] = each
    for table in ground.tables:
        if table.key in tables:
            yield from _dead_in(ground, table, tables[table.key])


def _dead_in(ground: Ground, table: CompiledTable, own: _Own) -> Iterator[Dead]:
    judge, found = _judged(ground, table) if ground.changed is None else _again(ground, table, own)
    for judged in found:
        if judged.life in _DEAD:
            rule = own.get(id(judged.entry.rule.rule))
            if rule is not None:
                yield Dead(rule, judged, judge)


def _judged(ground: Ground, table: CompiledTable) -> tuple[Judge, Iterator[Judged]]:
    """Every rule of a table; what lives is noted for later."""
    rows = read_table(table, ground.world)
    judge = Judge(rows, judging_search(rows))
    living = ground.living[table.key] = Living(rows)
    return judge, map(living.noted, judge.judge())


def _again(ground: Ground, table: CompiledTable, own: _Own) -> tuple[Judge, Iterator[Judged]]:
    """The rules of a table after a change that may not live, or not be dead, as before."""
    changed = ground.changed[table.key] if ground.changed is not None else ()
    before = ground.earlier.living.get(table.key) if ground.earlier is not None else None
    rows = before.after(table, ground.world, changed) if before is not None else None
    lives = before.surely(rows, changed) if before is not None and rows is not None else None
    rows = rows or read_table(table, ground.world)
    behind = Downstream(rows, changed, ground.links or ())
    asked = {
        name: [
            place
            for place, entry in behind.of(row)
            if id(entry.rule.rule) in own
            and not (lives is not None and lives(entry))
            and behind.shares(entry)
        ]
        for name, row in rows.rows.items()
    }
    judge = Judge(rows, judging_search(rows), new=behind.regions)
    return judge, judge.judge(asked, lives)


def _finding(placed: Placed, judged: Judged, rows: Rows, search: Search) -> Iterator[Finding]:
    if judged.life is Life.IMPOSSIBLE:
        # An empty set is how allow and deny lists begin; fragments are put together before.
        kinds = SetMatch | FragmentMatch
        if not any(isinstance(match, kinds) for match in placed.spec.matches):
            yield Finding(
                "impossible-rule",
                Level.WARNING,
                f"{placed.title} can match no packet at all: its own conditions exclude each "
                "other.",
                placed.ref,
                fix="Correct its conditions, or delete it.",
                commands=commands.delete(placed.ref),
            )
        return
    if not judged.takers:
        yield Finding(
            "unreachable-rule",
            Level.NOTICE,
            f"{placed.title} can match nothing: no packet that is sent to {placed.chain} fits it.",
            placed.ref,
            fix="Delete it, or put it into a chain that such packets pass.",
            commands=commands.delete(placed.ref),
        )
        return
    yield _covered(placed, judged, rows, search)


def _covered(placed: Placed, judged: Judged, rows: Rows, search: Search) -> Finding:
    """A rule that others leave nothing."""
    covering = fewest(judged, rows.domain)
    inner = [taker.inner for taker in covering]
    mine = action_of(judged.entry)
    differs = any(action_of(each) != mine for each in inner)
    other = None if differs else otherwise(judged, search)
    refs = tuple(dict.fromkeys(_ref(placed, each) for taker in covering for each in taker[:2]))
    id = _id(placed, judged, covering)
    above = [ref.number for ref in refs if ref.chain == placed.chain and ref.number is not None]
    first = min(above, default=None)
    move = differs and first is not None
    return Finding(
        id,
        _level(placed, mine, [action_of(each) for each in inner]),
        _message(placed, refs, inner, differs, other),
        placed.ref,
        (*refs, _ref(placed, other)) if other is not None else refs,
        _fix(id, first if differs else None),
        commands.move_to(placed.ref, first or 1) if move else commands.delete(placed.ref),
    )


def _id(placed: Placed, judged: Judged, covering: Sequence[Taker]) -> str:
    whole = len(covering) == 1 and not covering[0].entry.rule.spec.matches
    if judged.life is Life.SHADOWED and not whole:
        return "shadowed-rule"
    last = covering[0].inner.rule
    after_return = isinstance(last.target, Return) and last.rule.chain == placed.chain
    return "drop-after-return" if placed.closes and after_return else "unreachable-rule"


def _level(placed: Placed, mine: str, theirs: Sequence[str]) -> Level:
    """Worst where a rule that closes is not come to, because something is let on before."""
    if all(each == mine for each in theirs):
        return Level.NOTICE
    if placed.closes and any(each in ("accept", "return") for each in theirs):
        return Level.CRITICAL
    if isinstance(placed.spec.target, Stop | Return) and not (
        {mine, *theirs} <= {"accept", "return"}
    ):
        return Level.WARNING
    return Level.NOTICE


def _message(
    placed: Placed,
    refs: Sequence[RuleRef],
    inner: Sequence[Entry],
    differs: bool,
    other: Entry | None,
) -> str:
    names = _listed([_short(ref, placed) for ref in refs])
    verb = _DOES.get(action_of(inner[0]), "takes") if len(refs) == 1 else "take"
    effect = _EFFECT.get(_action(placed), "it does nothing") if differs else "it changes nothing"
    if other is not None:
        number, does = other.rule.rule.number, _DOES.get(action_of(other), "takes")
        effect += f", and rule {number} even {does} some of them before"
    return (
        f"{placed.title} can never match: {names} already {verb} every packet it could match, "
        f"so {effect}."
    )


_DOES = {"accept": "accepts", "close": "drops", "return": "returns"}
_EFFECT = {
    "accept": "what it means to allow is not allowed by it",
    "return": "what it means to let on is not let on by it",
    "close": "what it means to close is not closed by it",
}


def _action(placed: Placed) -> str:
    if placed.closes:
        return "close"
    if isinstance(placed.spec.target, Return):
        return "return"
    return "accept" if placed.lets_on else ""


def _short(ref: RuleRef, placed: Placed) -> str:
    where = "" if ref.chain == placed.chain else f" of {ref.chain}"
    return f"rule {ref.number}{where}"


def _listed(names: Sequence[str]) -> str:
    if len(names) > 6:
        names = [*names[:5], f"{len(names) - 5} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _fix(id: str, first: int | None) -> str:
    if first is None:
        return "Delete it: nothing changes without it."
    if id == "drop-after-return":
        return (
            f"Put it above rule {first}: Docker up to 28.2.1 ends DOCKER-USER with a RETURN, so "
            "rules must be inserted there (-I), not appended (-A)."
        )
    return f"Put it above rule {first} if it is to have its way: the first match decides."


def _ref(placed: Placed, entry: Entry) -> RuleRef:
    key, rule = placed.key, entry.rule.rule
    return RuleRef(key.variant, key.family, key.table, rule.chain, rule.number, rule.text)
