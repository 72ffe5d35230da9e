"""Searching the tree while it is typed: in slices, from where the cursor was."""

from __future__ import annotations

from dockerwall.app.filters import understood
from dockerwall.app.search import Way
from dockerwall.app.seeker import NOT_FOUND, Seeker
from dockerwall.app.widgets.traversal import Traversal
from dockerwall.present.counters import Readings, change
from dockerwall.present.node import CounterRef

PAUSE = 0.001
"""Seconds between two slices: the keyboard comes first."""


class TreeSearch:
    """The search in one tree."""

    def __init__(self, tree: Traversal) -> None:
        self._tree = tree
        self._seeker = Seeker(None, "")
        self._start: Way = ()
        self._since: Readings | None = None
        self.only = False
        """Whether nothing but what is found is shown, with what it hangs on."""

    @property
    def text(self) -> str:
        """What is searched for; empty when nothing is."""
        return self._seeker.text

    @property
    def done(self) -> bool:
        """Whether the whole tree was looked through."""
        return self._seeker.done

    def begin(self) -> None:
        """The search starts at the line the cursor is on now."""
        self._start = self._tree.way()
        picture = self._tree.picture
        self._since = None if picture is None else picture.snapshot.rules

    def seek(self, text: str) -> None:
        """Search for another text, and go to the first place from the start on."""
        self._tree.mark_text(understood(text).marked)
        if not text:
            self.show_only(False)
        self._restart(text, arrive=bool(text))

    def show_only(self, only: bool) -> None:
        """Show nothing but what is found, as soon as all of it is; or everything again."""
        self.only = only
        self._narrow(self._seeker)

    def again(self, *, rules_changed: bool) -> None:
        """There is another reading: search it anew if need be, and leave the cursor where it is."""
        if self.text and (rules_changed or understood(self.text).needs_counters):
            self._restart(self.text, arrive=False)

    def _moved(self, ref: CounterRef | None) -> bool:
        picture = self._tree.picture
        if picture is None:
            return False
        changed = change(picture.snapshot.rules, self._since, ref)
        return changed is not None and changed.moved

    def next_match(self, step: int) -> None:
        """Go to the next place, or with -1 to the one before."""
        here = self._tree.way()
        place = self._seeker.after(here) if step > 0 else self._seeker.before(here)
        if place is not None:
            self._tree.reveal(place)

    def remark(self) -> str:
        """Where the cursor is among the places: `3 of 27`, or in which rules there is none."""
        said, picture = self._seeker.remark(self._tree.way()), self._tree.picture
        if said == NOT_FOUND and picture is not None and len(picture.families) == 1:
            return f"{said} in {picture.family_names}"
        return said

    def _restart(self, text: str, *, arrive: bool) -> None:
        picture = self._tree.picture
        outline = None if picture is None else picture.outline
        self._seeker = Seeker(outline, text, self._moved)
        self._go_on(self._seeker, arrive=arrive)

    def _go_on(self, seeker: Seeker, *, arrive: bool) -> None:
        if seeker is not self._seeker:
            return
        seeker.go_on()
        place = seeker.after(self._start, or_here=True)
        arrived = place is not None and (seeker.done or place >= self._start)
        if arrive and arrived and place is not None:
            self._tree.reveal(place)
        if seeker.done:
            self._narrow(seeker)
        self._tree.post_message(self._tree.Moved(self._tree))
        if not seeker.done:
            on = arrive and not arrived
            self._tree.set_timer(PAUSE, lambda: self._go_on(seeker, arrive=on))

    def _narrow(self, seeker: Seeker) -> None:
        found = seeker.found if self.only and seeker.done and seeker.text else None
        self._tree.show_only(found)
