"""An application that tells what became of a command, in the place of the footer's keys."""

from __future__ import annotations

import os
from collections.abc import Mapping

from textual import events

from dockerwall.app.sparing import SparingApp
from dockerwall.app.widgets.footer import Footer


class TellingApp(SparingApp, inherit_bindings=False):
    """Says a sentence until the next key; hands texts to the terminal's clipboard."""

    environ: Mapping[str, str] = os.environ
    """What the terminal and the folders are known from; a test gives its own."""

    def say(self, sentence: str) -> None:
        """Say what has just happened, on whatever screen is up, until the next key."""
        for footer in self.screen.query(Footer):
            footer.say(sentence)

    def copy(self, text: str) -> None:
        """Send a text to the terminal's clipboard and put it into a file, and say so.

        It is sent as it is: it must be safe to paste.
        """
        from dockerwall.app.clipboard import copied

        done, sequence = copied(text, self.environ)
        if sequence and self._driver is not None and not self.is_headless:
            self._driver.write(sequence)
            self._driver.flush()
        self.say(done.sentence)

    async def on_event(self, event: events.Event) -> None:
        """Whatever was said ends with the next key."""
        if isinstance(event, events.Key):
            self.say("")
        await super().on_event(event)
