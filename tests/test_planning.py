"""From a wish to its preview, on recorded hosts."""

from __future__ import annotations

import pytest
from tests.app.changing import FakeChanging
from tests.editing.judged import judged

from dockerwall.changes import ChangeError, Denial, Undoing, Wish
from dockerwall.editing.plan import Plan
from dockerwall.planning import planned, planned_undo

CLOSE = Wish(("close", "8080/tcp"))


def test_a_wish_becomes_a_plan_that_can_be_applied() -> None:
    found = planned(judged("docker-28"), CLOSE, FakeChanging())
    assert found.can_be_applied
    assert any(each.lost for each in found.preview.reaches)


def test_me_is_the_operators_own_address() -> None:
    wish = Wish(("allow", "me", "to", "6379/tcp"))
    found = planned(judged("docker-28"), wish, FakeChanging())
    assert "203.0.113.9" in found.answer.plan.summary


def test_words_that_are_no_intent_are_a_sentence() -> None:
    with pytest.raises(ValueError, match="is no published port"):
        planned(judged("docker-28"), Wish(("close", "web")), None)


@pytest.mark.parametrize(
    ("words", "use_input", "writes"),
    [
        (("close", "8080/tcp"), None, True),
        (("lan-only", "8080/tcp"), None, True),
        (("only", "192.0.2.1", "to", "8080/tcp"), None, True),
        (("close", "8080/tcp"), False, False),
        (("lan-only",), None, False),
        (("lan-only",), True, True),
    ],
)
def test_a_port_is_closed_whole_even_where_docker_proxy_serves_it(
    words: tuple[str, ...], use_input: bool | None, writes: bool
) -> None:
    wish = Wish(words, use_input=use_input)
    plan = planned(judged("docker-28"), wish, FakeChanging()).answer.plan
    assert any(change.where.chain == "INPUT" for change in plan.changes) is writes


def test_a_recorded_host_is_planned_for_and_not_applied_to() -> None:
    found = planned(judged("docker-28"), CLOSE, None, live=False)
    assert found.answer.plan
    assert not found.can_be_applied
    assert any(each.id == "recorded-host" for each in found.preview.objections)


def test_a_host_over_ssh_is_not_called_recorded() -> None:
    found = planned(judged("docker-28"), CLOSE, None, live=True)
    assert not any(each.id == "recorded-host" for each in found.preview.objections)


def test_what_the_kernel_refuses_cannot_be_applied() -> None:
    changing = FakeChanging()

    def trouble(what: str) -> None:
        raise ChangeError(f"{what} failed.")

    changing.trouble = trouble
    found = planned(judged("docker-28"), CLOSE, changing)
    assert not found.can_be_applied
    assert "rehearse failed." in found.preview.objections[0].sentence


def test_where_nothing_may_be_changed_the_kernel_is_not_asked() -> None:
    changing = FakeChanging(Denial("--read-only", "Nothing is changed."))
    asked: list[str] = []
    changing.trouble = asked.append
    planned(judged("docker-28"), CLOSE, changing)
    assert asked == []


def test_an_undoing_of_which_nothing_is_left_says_so() -> None:
    undoing = Undoing("20261120-140201-ab12", Plan("Undo: it", {}), ("Somebody was quicker.",))
    found = planned_undo(judged("docker-28"), undoing, FakeChanging())
    assert not found.can_be_applied
    assert found.notes == (
        "Somebody was quicker.",
        "Nothing of change 20261120-140201-ab12 is left to undo.",
    )
