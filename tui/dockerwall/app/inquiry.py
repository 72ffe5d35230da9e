"""The line to type into: a search in the current list, or a packet to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dockerwall.app.filters import HINT, MOVING
from dockerwall.app.footing import LOOK_AGAIN
from dockerwall.app.proofs import Asked, Meant, question_of
from dockerwall.app.treesearch import TreeSearch
from dockerwall.app.widgets.hosttext import HostText
from dockerwall.app.widgets.listing import Listing

if TYPE_CHECKING:
    from dockerwall.analysis.trace import Probe
    from dockerwall.app.screens.showing import Showing
    from dockerwall.present.exposures import Row

SEARCH, PACKET, MEANT = "/", "packet: ", "meant for: "
"""What stands before the typed text."""
_DOES = {SEARCH: "To what is found", PACKET: "Follow", MEANT: "Declare"}


class Inquiry:
    """What is typed on the main screen, and what it does there."""

    def __init__(self, main: Showing) -> None:
        self._main = main
        self._prompt = main.prompt
        self.search = TreeSearch(main.traversal)
        self._meant: Row | None = None
        """The exposure that is being declared, wherever the cursor comes to stand meanwhile."""

    def open_search(self) -> None:
        """Begin a search in the current list."""
        if self._main.active is self._main.traversal:
            self.search.begin()
        self._open(SEARCH, "")
        self._main.refuse(HINT)

    def only(self) -> None:
        """Show nothing but what is found, or but what moves; or everything again."""
        tree = self._main.traversal
        if self._main.active is not tree:
            self._only_listed()
        elif self.search.only:
            self.search.show_only(False)
            if self.search.text == MOVING:
                self.close()
        else:
            if not self.search.text:
                self.search.begin()
                self._open(SEARCH, MOVING)
                self._seek(MOVING)
                tree.focus()
            self.search.show_only(True)

    def _only_listed(self) -> None:
        if self._prompt.display:
            self.close()
        else:
            self._open(SEARCH, MOVING)
            self._seek(MOVING)
            self._main.active.focus()

    def open_packet(self) -> None:
        """Begin to describe a packet, from the one at hand."""
        judgement = self._main.judgement
        if judgement is None:
            self._main.refuse("Who gets in is still being worked out.")
            return
        from dockerwall.app.questions import described

        row, proof = self._main.exposures.current, self._main.proof.proof
        probe = question_of(judgement, row, proof)
        self._open(PACKET, "" if probe is None else described(probe))
        self._main.refuse(
            "Type source, interface, destination and port/tcp; Enter follows the packet."
        )

    def open_declaration(self) -> None:
        """Begin to declare the exposure under the cursor intended."""
        row = self._main.exposures.current
        if self._main.active is not self._main.exposures or row is None:
            self._main.refuse("Go to the exposure that is meant to be: view 1.")
        elif not self._main.can_declare:
            self._main.refuse("Nothing can be declared here: there is no settings file to keep it.")
        elif row.severity.value not in ("exposed", "allowlisted", "unknown"):
            self._main.refuse("Only what is reached from outside the LAN needs to be declared.")
        elif not self._main.footing.firm:
            self._main.refuse(LOOK_AGAIN)
        else:
            from dockerwall.app.intending import sources_of

            self._meant = row
            self._open(MEANT, sources_of(row))
            self._main.refuse(
                f"Enter declares {row.port} of {row.container} intended for these sources: "
                "from then on it counts as expected, and as a finding once it is closed."
            )

    def close(self) -> bool:
        """End what was typed; False when nothing was."""
        if not self._prompt.display:
            return False
        if self._prompt.label == SEARCH:
            self._seek("")
        self._prompt.put("")
        self._prompt.say("")
        self._prompt.display = False
        self._main.active.focus()
        self._main.explain_here()
        return True

    def typed(self, text: str) -> None:
        """Search while it is typed."""
        if self._prompt.label == SEARCH:
            self._seek(text)

    def submitted(self, text: str) -> None:
        """The search stays and the list has the keyboard; a packet is followed."""
        if self._prompt.label == PACKET:
            self._follow(text)
        elif self._prompt.label == MEANT:
            self._declare(text)
        elif text:
            self._main.active.focus()
        else:
            self.close()

    def next_match(self, step: int) -> None:
        """Go on to the next place, record or step of a proof."""
        active = self._main.active
        if isinstance(active, Listing | HostText):
            active.next_match(step)
        elif self.search.text:
            self.search.next_match(step)
        else:
            self._main.traversal.next_step(step)

    def say_found(self) -> None:
        """Say how much was found."""
        if self._prompt.display and self._prompt.label == SEARCH:
            active = self._main.active
            if isinstance(active, Listing | HostText):
                remark = active.remark()
            else:
                remark = self.search.remark()
            self._prompt.say(remark)

    def _open(self, label: str, text: str) -> None:
        self._prompt.label, self._prompt.does = label, _DOES[label]
        self._prompt.put(text)
        self._prompt.display = True
        self._prompt.focus()

    def _seek(self, text: str) -> None:
        active = self._main.active
        if isinstance(active, Listing | HostText):
            active.seek(text)
        elif active is self._main.traversal:
            self.search.seek(text)
        self.say_found()

    def _declare(self, text: str) -> None:
        from dockerwall.app.intending import BadSourceError, intended

        if self._meant is None:
            return
        try:
            expectation = intended(self._meant, text)
        except BadSourceError as problem:
            self._prompt.say(str(problem))
            return
        self.close()
        self._main.post_message(Meant(expectation))

    def _follow(self, text: str) -> None:
        from dockerwall.app.questions import BadQuestionError, understood

        assert self._main.judgement is not None
        try:
            probe = understood(text, self._main.judgement.world)
        except BadQuestionError as problem:
            self._prompt.say(str(problem))
            return
        self._main.proof.about = self._port_of(probe)
        self.close()
        self._main.post_message(Asked(probe))

    def _port_of(self, probe: Probe) -> Row | None:
        """The port at hand, if the packet is for it."""
        main = self._main
        row = main.exposures.current if main.proof.proof is None else main.proof.about
        assert main.judgement is not None
        meant = question_of(main.judgement, row, None)
        return row if meant is not None and meant.destination == probe.destination else None
