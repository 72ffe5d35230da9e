"""Searching the tree while it is typed: in slices, from where the cursor was."""

from __future__ import annotations

from dockerwall.app.search import Way
from dockerwall.app.seeker import Seeker
from dockerwall.app.widgets.traversal import Traversal

PAUSE = 0.001
"""Seconds between two slices: the keyboard comes first."""


class TreeSearch:
    """The search in one tree."""

    def __init__(self, tree: Traversal) -> None:
        self._tree = tree
        self._seeker = Seeker(None, "")
        self._start: Way = ()

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

    def seek(self, text: str) -> None:
        """Search for another text, and go to the first place from the start on."""
        self._tree.mark_text(text)
        self._restart(text, arrive=bool(text))

    def again(self) -> None:
        """The rules are others: search them anew, and leave the cursor where it is."""
        if self.text:
            self._restart(self.text, arrive=False)

    def next_match(self, step: int) -> None:
        """Go to the next place, or with -1 to the one before."""
        here = self._tree.way()
        place = self._seeker.after(here) if step > 0 else self._seeker.before(here)
        if place is not None:
            self._tree.reveal(place)

    def remark(self) -> str:
        """Where the cursor is among the places: `3 of 27`."""
        return self._seeker.remark(self._tree.way())

    def _restart(self, text: str, *, arrive: bool) -> None:
        picture = self._tree.picture
        self._seeker = Seeker(None if picture is None else picture.outline, text)
        self._go_on(self._seeker, arrive=arrive)

    def _go_on(self, seeker: Seeker, *, arrive: bool) -> None:
        if seeker is not self._seeker:
            return
        seeker.go_on()
        place = seeker.after(self._start, or_here=True)
        arrived = place is not None and (seeker.done or place >= self._start)
        if arrive and arrived and place is not None:
            self._tree.reveal(place)
        self._tree.post_message(self._tree.Moved(self._tree))
        if not seeker.done:
            on = arrive and not arrived
            self._tree.set_timer(PAUSE, lambda: self._go_on(seeker, arrive=on))
