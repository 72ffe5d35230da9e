"""An application that spares the link to its terminal: only what differs is ever written."""

from __future__ import annotations

from typing import Any

from textual._compositor import LayoutUpdate
from textual.app import App
from textual.screen import Screen
from textual.strip import Strip

from dockerwall.app.frames import Frames
from dockerwall.app.link import FULL, backlog


class SparingApp(App[None], inherit_bindings=False):
    """Writes frames as differences, and none while the terminal has many to take."""

    def __init__(self) -> None:
        super().__init__()
        self.frames = Frames()
        self._owes_frame = False

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Write what differs from what the terminal shows.

        While it still has many frames to take, none is added: the program would block with the
        link, and old frames would follow when it comes back.
        """
        driver = self._driver
        ready = self._running and not self._closed and not self._batch_count
        if driver is None or self.is_headless or renderable is None or not ready:
            super()._display(screen, renderable)
        elif backlog(self) > FULL:
            self._owe_frame()
        else:
            sequence = self.frames.sequence(_lines(screen, renderable), self.console)
            if sequence:
                self._begin_update()
                driver.write(sequence)
                self._end_update()
                driver.flush()
            self.post_display_hook()

    def _owe_frame(self) -> None:
        if not self._owes_frame:
            self._owes_frame = True
            self.set_timer(0.25, self._pay_frame)

    def _pay_frame(self) -> None:
        self._owes_frame = False
        self.screen.refresh()

    def on_resize(self) -> None:
        """A terminal of another size may show anything."""
        self.frames.forget()

    def action_redraw(self) -> None:
        """Draw everything anew, should something else have written to the terminal."""
        self.frames.forget()
        self.screen.refresh(layout=True)


def _lines(screen: Screen[Any], renderable: Any) -> list[Strip]:
    """The lines of the screen; where Textual has just made all of them, those."""
    if isinstance(renderable, LayoutUpdate):
        return [Strip.join(line) for line in renderable.strips]
    return screen._compositor.render_strips()
