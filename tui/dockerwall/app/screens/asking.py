"""The line to type into: searches, packets described by the operator, declarations."""

from __future__ import annotations

from dockerwall.app.screens.showing import Showing
from dockerwall.app.widgets.prompt import Prompt


class Asking(Showing):
    """Opens the line to type into and passes on what is typed."""

    def action_search(self) -> None:
        """Search in the list the keyboard belongs to."""
        self.inquiry.open_search()

    def action_what_if(self) -> None:
        """Describe a packet to follow."""
        self.inquiry.open_packet()

    def action_declare(self) -> None:
        """Declare the exposure under the cursor intended."""
        self.inquiry.open_declaration()

    def action_next_match(self) -> None:
        """Go to the next place of the search, or step of the proof."""
        self.inquiry.next_match(1)

    def action_previous_match(self) -> None:
        """Go to the place or step before."""
        self.inquiry.next_match(-1)

    def on_prompt_changed(self, message: Prompt.Changed) -> None:
        """Search while it is typed."""
        self.inquiry.typed(message.text)

    def on_prompt_submitted(self, message: Prompt.Submitted) -> None:
        """Keep the search, or follow the packet."""
        self.inquiry.submitted(message.text)

    def on_prompt_left(self) -> None:
        """Back without searching or following."""
        self.inquiry.close()
