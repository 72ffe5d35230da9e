"""From a wish to its preview, and from there to the change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dockerwall.app.background import BACKGROUND
from dockerwall.changes import RECORDED, OnTrial, Planned, Wish

if TYPE_CHECKING:
    from dockerwall.app.editing.choices import Choice
    from dockerwall.app.editing.desk import Desk
    from dockerwall.app.editing.preview import PreviewPage


class Planner:
    """Asks what is missing, plans, and shows what it would change."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._app = desk.app

    def ask(
        self,
        title: str,
        parts: Sequence[tuple[str, Sequence[Choice]]],
        asked: Choice | None = None,
    ) -> None:
        """Ask what should hold; `asked` is what is wished already, if its answer is missing."""
        from dockerwall.app.editing.menu import MenuPage

        desk = self._desk
        page = MenuPage(desk.look, title, parts, self._understood, desk.client, asked)
        self._app.push_screen(page, self._wished)

    def _understood(self, choice: Choice, answer: str) -> Wish:
        """The wish of a choice and its answer; ValueError says what is wrong with it."""
        from dockerwall.app.editing.choices import wish_of
        from dockerwall.planning import understood

        picture = self._app.main.picture
        sets = () if picture is None else picture.snapshot.ipsets or ()
        wish = wish_of(choice, answer, [each.name for each in sets])
        understood(wish, self._desk.client or None)
        return wish

    def _wished(self, wish: Wish | None) -> None:
        if wish is not None:
            self.plan(wish)

    def plan(self, wish: Wish) -> None:
        """Plan a wish and show its preview."""
        from dockerwall.app.editing.preview import PreviewPage

        page = PreviewPage(self._desk, wish)
        self._app.push_screen(page)
        self._plan(page, wish)

    def replan(self, page: PreviewPage, wish: Wish) -> None:
        """Plan another wish on the same page."""
        page.wait()
        self._plan(page, wish)

    def _plan(self, page: PreviewPage, wish: Wish) -> None:
        host, picture = self._app.host, self._app.main.picture
        changing = self._desk.changing
        assert picture is not None
        snapshot = picture.snapshot  # a rule's number means the rule that is seen

        def work() -> Planned:
            from dockerwall.planning import planned

            return planned(host.judge(snapshot), wish, changing, live=host.live)

        self._preview(page, work)

    def undo(self, change: str | None) -> None:
        """Plan the undoing of a kept change, the last one or this one, and show its preview."""
        desk, changing = self._desk, self._desk.changing
        if desk.trials.running is not None:
            desk.trials.open()
            return
        if changing is None or self._app.main.picture is None:
            desk.refuse()
            return
        from dockerwall.app.editing.preview import PreviewPage

        page = PreviewPage(desk, None)
        self._app.push_screen(page)

        host = self._app.host

        def work() -> Planned:
            from dockerwall.planning import planned_undo

            # What undoes it was found on the rules of now, so that is what it is judged on.
            undoing = changing.undoing(change)
            return planned_undo(host.judge(host.read()), undoing, changing)

        self._preview(page, work)

    def _preview(self, page: PreviewPage, work: Callable[[], Planned]) -> None:
        def aside() -> Planned:
            with BACKGROUND.computing():
                return work()

        self._desk.thoughts.send(aside, lambda result: self._previewed(page, result))

    def _previewed(self, page: PreviewPage, result: Planned | Exception) -> None:
        from dockerwall.app.editing.desk import words_of

        if not page.is_attached:
            return
        if isinstance(result, Planned):
            page.show(result)
        else:
            page.fail(words_of(result))

    def apply(self, page: PreviewPage, planned: Planned) -> None:
        """Make a change that was previewed and confirmed."""
        desk = self._desk
        changing, denial = desk.changing, desk.denial
        if changing is None or denial is not None:
            page.fail((denial or RECORDED).sentence)
            return
        plan = planned.answer.plan

        def in_force(trial: OnTrial) -> None:
            desk.hands.hand_over(trial, lambda result: desk.trials.in_force(planned, result))

        desk.hands.send(
            lambda: changing.apply(plan, desk.seconds, planned.undoes, in_force),
            desk.trials.applied,
        )
