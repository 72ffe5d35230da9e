"""A plan taken back on chains that others have edited: only the plan's own rules go or return."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dockerwall.editing.plan import ChainRef, Change, Plan, changed
from dockerwall.editing.takeback import takeback
from dockerwall.model.kinds import Family, Variant

USER = ChainRef(Variant.NFT, Family.IPV4, "DOCKER-USER")


def rule(number: int) -> str:
    """A rule of its own for each number."""
    return f"-A DOCKER-USER -s 192.0.2.{number}/32 -j DROP"


def plan_of(before: list[str], *changes: Change) -> Plan:
    """A plan on one chain."""
    return Plan("a change", {USER: tuple(before)}, changes)


def taken_back(plan: Plan, live: list[str]) -> list[str]:
    """The live chain once the plan is taken back."""
    back = takeback(plan, {USER: live})
    return list(changed({USER: live}, back.changes)[USER])


A, B, C, D, E = (rule(n) for n in range(1, 6))


def test_an_inserted_rule_is_taken_out_wherever_it_now_stands() -> None:
    plan = plan_of([A, B], Change(USER, True, 2, C))
    assert taken_back(plan, [A, C, B]) == [A, B]
    assert taken_back(plan, [D, A, E, C, B]) == [D, A, E, B]


def test_nothing_happens_when_the_plan_was_never_made_or_is_back_already() -> None:
    for changes in (
        [Change(USER, True, 2, C)],
        [Change(USER, False, 1, A)],
        [Change(USER, False, 1, A), Change(USER, True, 2, A)],
        [Change(USER, False, 2, B), Change(USER, True, 1, B)],
    ):
        assert takeback(plan_of([A, B], *changes), {USER: [A, B]}).changes == ()


def test_a_deleted_rule_returns_below_its_old_neighbour() -> None:
    plan = plan_of([A, B, C], Change(USER, False, 2, B))
    assert taken_back(plan, [D, A, C]) == [D, A, B, C]
    assert taken_back(plan, [D, C]) == [D, B, C]
    assert taken_back(plan, []) == [B]


def test_a_moved_rule_goes_back_and_others_stay() -> None:
    plan = plan_of([A, B, C], Change(USER, False, 3, C), Change(USER, True, 1, C))
    assert taken_back(plan, [C, A, B]) == [A, B, C]
    assert taken_back(plan, [C, D, A, B]) == [D, A, B, C]


def test_a_moved_rule_that_somebody_deleted_stays_deleted() -> None:
    plan = plan_of([A, B, C], Change(USER, False, 3, C), Change(USER, True, 1, C))
    back = takeback(plan, {USER: [A, B]})
    assert back.changes == ()
    assert "deleted by somebody else" in back.notes[0]


def test_of_two_equal_rules_only_the_plans_own_goes() -> None:
    plan = plan_of([A, B, A], Change(USER, True, 1, A))
    assert taken_back(plan, [A, A, B, A]) == [A, B, A]


def test_a_rule_printed_differently_is_the_same_rule() -> None:
    plan = plan_of(
        [A], Change(USER, True, 1, "-A DOCKER-USER -s 192.0.2.9 -p tcp --dport 80 -j DROP")
    )
    printed = "-A DOCKER-USER -s 192.0.2.9/32 -p tcp -m tcp --dport 80 -j DROP"
    assert taken_back(plan, [printed, A]) == [A]


def test_a_chain_that_is_gone_needs_nothing() -> None:
    back = takeback(plan_of([A], Change(USER, True, 1, B)), {})
    assert back.changes == ()
    assert back.notes


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A chain of distinct rules, and a few changes that touch no rule twice."""
    before = [rule(n) for n in range(1, 1 + draw(st.integers(0, 7)))]
    chain = list(before)
    changes: list[Change] = []
    fresh = iter(range(20, 40))
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("insert", "delete", "move")))
        old = [n for n, text in enumerate(chain) if text in before and text not in _used(changes)]
        if kind == "insert" or not old:
            made = [Change(USER, True, draw(st.integers(1, len(chain) + 1)), rule(next(fresh)))]
        else:
            place = draw(st.sampled_from(old))
            made = [Change(USER, False, place + 1, chain[place])]
            if kind == "move":
                made.append(Change(USER, True, draw(st.integers(1, len(chain))), chain[place]))
        changes += made
        chain = list(changed({USER: chain}, made)[USER])
    return Plan("a change", {USER: tuple(before)}, tuple(changes))


def _used(changes: list[Change]) -> set[str]:
    return {change.text for change in changes}


@given(plans())
def test_the_inverse_undoes(plan: Plan) -> None:
    back = plan.inverse()
    assert changed(plan.after, back.changes) == dict(plan.before)
    assert back.inverse().changes == plan.changes


@given(plans())
def test_taking_back_at_once_restores_exactly_the_old_rules(plan: Plan) -> None:
    assert taken_back(plan, list(plan.after[USER])) == list(plan.before[USER])
    assert taken_back(plan, list(plan.before[USER])) == list(plan.before[USER])


@settings(max_examples=300)
@given(plans(), st.data())
def test_foreign_rules_stay_as_they_are(plan: Plan, data: st.DataObject) -> None:
    live = list(plan.after[USER])
    foreign: list[str] = []
    for n in range(data.draw(st.integers(0, 4))):
        text = rule(100 + n)
        live.insert(data.draw(st.integers(0, len(live))), text)
        foreign.append(text)
    kept = set(plan.before[USER]) & set(plan.after[USER]) - _used(list(plan.changes))
    for text in sorted(kept):
        if data.draw(st.booleans()):
            live.remove(text)
            kept.remove(text)
    order = [text for text in live if text in foreign]
    done = taken_back(plan, live)
    assert [text for text in done if text in foreign] == order
    assert [text for text in done if text not in foreign] == [
        text for text in plan.before[USER] if text in kept or text in _used(list(plan.changes))
    ]
    assert takeback(plan, {USER: done}).changes == ()
