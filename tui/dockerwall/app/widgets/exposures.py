"""Every way into every container, worst first: at one glance who gets in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment

from dockerwall.app.accounts import account
from dockerwall.app.columns import CELL, REACHED_BY, SEVERITY, Widths, fitted
from dockerwall.app.explain import Explanation
from dockerwall.app.facets import of_row
from dockerwall.app.filters import Facets
from dockerwall.app.look import Look
from dockerwall.app.picture import Picture
from dockerwall.app.recognition import place_among
from dockerwall.app.widgets.listing import Listing
from dockerwall.app.widgets.pane import Line, Pane
from dockerwall.present.counters import Readings, change, short
from dockerwall.present.pieces import Tone

if TYPE_CHECKING:
    from dockerwall.analysis.world import World
    from dockerwall.present.exposures import Group, Row

UNGOVERNED = "ungoverned"
"""Instead of a severity, where this host's firewall does not see the packets."""

_WIDE = 100
"""From this width on the answer is also given in words."""


class ExposureList(Listing["Row"]):
    """The exposures; Enter asks for the proof."""

    def __init__(self, look: Look, *, id: str | None = None) -> None:
        super().__init__(look, id=id)
        self.picture: Picture | None = None
        self.world: World | None = None
        """The host the rows were judged on."""
        self.order = ""
        """By what the rows are sorted; empty for the worst first."""
        self._since: Readings | None = None
        self.widest = Widths(4, 4, 9)
        """What the columns would take if there were room for all."""

    def count_packets(self, picture: Picture) -> None:
        """Take in new counters: only the cells of those that changed are drawn again."""
        before, self.picture = self.picture, picture
        if self.wanted.needs_counters or self.order == "packets":
            self.narrow()
            return
        for number, record in enumerate(self.shown):
            if self._packets(record, before) != self._packets(record, picture):
                self.redraw_row(number)

    def go_to(self, key: tuple[object, ...] | None) -> bool:
        """Put the cursor on the row of an exposure; False when it is not shown."""
        for number, record in enumerate(self.shown):
            if any(exposure.key == key for exposure in record.exposures):
                self.cursor = number
                return True
        return False

    def go_to_container(self, name: str) -> bool:
        """Put the cursor on the worst row of a container; False when none is shown."""
        for number, record in enumerate(self.shown):
            if record.container == name:
                self.cursor = number
                return True
        return False

    def container_of(self, key: tuple[object, ...] | None) -> str | None:
        """The container of an exposure."""
        for record in self.records:
            if any(exposure.key == key for exposure in record.exposures):
                return record.container
        return None

    def recount(self, cursor: int | None = None) -> None:
        """Take in other rows: the columns are as wide as the longest of them asks for."""
        self.widest = Widths(
            min(self._longest(port_of, 4), 22),
            min(self._longest(bind_of, 4), 24),
            min(self._longest(container_of, 9), 24),
        )
        super().recount(cursor)

    def identity(self, record: Row) -> object:
        """The exposure's key."""
        return record.key

    def place_of(self, record: Row) -> int | None:
        """Where its port is now; None if it is gone."""
        return place_among(self.shown, record)

    def facets(self, record: Row) -> Facets:
        """What a filter looks at."""
        return of_row(record, severity(record), self.world)

    def seek(self, text: str) -> None:
        """Show only what is as the text asks; `moving` means from now on."""
        self._since = None if self.picture is None else self.picture.snapshot.rules
        super().seek(text)

    def is_moving(self, record: Row) -> bool:
        """Whether packets have come to it since the filter was set."""
        if self.picture is None:
            return False
        changed = change(self.picture.snapshot.rules, self._since, record.ref)
        return changed is not None and changed.moved

    def ordered(self, records: Sequence[Row]) -> Sequence[Row]:
        """Worst first, or as asked for."""
        return sorted(records, key=_ORDERS[self.order](self)) if self.order else records

    def sort(self) -> str:
        """Take the next order; its name."""
        names = list(_ORDERS)
        self.order = names[(names.index(self.order) + 1) % len(names)]
        self.narrow()
        self.cursor = 0
        return self.order or WORST_FIRST

    def explain(self, record: Row) -> Explanation:
        """Who gets in, in words, and the rules that decide."""
        return account(record)

    def line(self, record: Row, width: int) -> Line:
        """Severity, port, bind, container, who gets in."""
        look, fits = self.look, fitted(self.widest, width)
        tone = look.tone(tone_of(record))
        made = [
            Segment(f"{mark(record)} {severity(record):<{SEVERITY}} ", tone),
            Segment(self._cell(port_of(record), fits.port), look.tone(Tone.NAME)),
            Segment(self._cell(bind_of(record), fits.bind), look.tone(Tone.FAINT)),
            Segment(self._cell(record.container, fits.container), look.tone(Tone.PLAIN)),
            *self._glance(record),
        ]
        if fits.packets:
            packets = f"{self._packets(record, self.picture):>5} "
            made.append(Segment(packets, look.tone(Tone.FAINT)))
        else:
            made[-1] = Segment(made[-1].text.rstrip(), made[-1].style)
        if width >= _WIDE:
            made.append(Segment(look.safe(record.reachable), look.tone(Tone.PLAIN)))
        return made

    def heading(self, width: int) -> str:
        """The names of the columns."""
        fits = fitted(self.widest, width - 2)
        named = f"     {'SEVERITY':<{SEVERITY}} {'PORT':<{fits.port}} "
        named += f"{'BIND':<{fits.bind}} " if fits.bind else ""
        named += f"{'CONTAINER':<{fits.container}} "
        named += "".join(f"{title:<{CELL}}" for _, title in REACHED_BY)
        named = f"{named} PKTS " if fits.packets else named.rstrip()
        return named + ("REACHED BY" if width - 2 >= _WIDE else "")

    def _longest(self, text: Callable[[Row], str], least: int) -> int:
        return max([least, *(cell_len(self.look.safe(text(record))) for record in self.shown)])

    def _cell(self, text: str, width: int) -> str:
        if width <= 0:
            return ""
        text = self.look.safe(text)
        if cell_len(text) > width:
            text = set_cell_size(text, width - 1) + self.look.glyphs.cut
        return set_cell_size(text, width) + " "

    def _glance(self, record: Row) -> Iterator[Segment]:
        by_who: Mapping[str, Group] = {str(group.who): group for group in record.groups}
        for who, _ in REACHED_BY:
            word, tone = glance(by_who.get(who), record)
            yield Segment(f"{word:<{CELL}}", self.look.tone(tone))

    def packets(self, record: Row) -> int:
        """How many packets came to it, -1 where nothing counts them."""
        counted = None if self.picture is None else self.picture.counted(record.ref)
        return -1 if counted is None else counted.packets

    def _packets(self, record: Row, picture: Picture | None) -> str:
        counted = None if picture is None else picture.counted(record.ref)
        return "" if counted is None else short(counted.packets)


def _by_port(listed: ExposureList) -> Callable[[Row], Any]:
    def key(row: Row) -> tuple[int, str]:
        number = port_of(row).partition("/")[0]
        return (int(number) if number.isdigit() else 0, row.container)

    return key


def _by_container(listed: ExposureList) -> Callable[[Row], Any]:
    return lambda row: row.container.casefold()


def _by_packets(listed: ExposureList) -> Callable[[Row], Any]:
    return lambda row: -listed.packets(row)


WORST_FIRST = "severity"
_ORDERS: Mapping[str, Callable[[ExposureList], Callable[[Row], Any]]] = {
    "": _by_port,  # never asked: the judge has sorted them already
    "port": _by_port,
    "container": _by_container,
    "packets": _by_packets,
}


class ExposureHeading(Pane):
    """The names of the columns above the exposures, and above them what is missing."""

    def __init__(self, look: Look, listed: ExposureList) -> None:
        super().__init__(look, id="exposure-heading")
        self.listed = listed
        self.missing = ""

    def warn(self, missing: str) -> None:
        """Say what the list lacks; nothing when it is whole."""
        self.missing = missing
        self.update_lines()

    def lines(self, width: int, height: int) -> list[Line]:
        """One line, or two."""
        heading = [Segment(self.listed.heading(width), self.look.heading)]
        if not self.missing:
            return [heading]
        return [[Segment(f" {self.look.safe(self.missing)}", self.look.tone(Tone.WARN))], heading]


def port_of(record: Row) -> str:
    """The port as it is reached."""
    return record.port.rpartition("]:" if "]:" in record.port else ":")[2]


def bind_of(record: Row) -> str:
    """The addresses it is reached at: the host's, or the container's own."""
    return record.bind or record.port.rpartition(":")[0].strip("[]")


def container_of(record: Row) -> str:
    """The container's name."""
    return record.container


def severity(record: Row) -> str:
    """The severity's word; what this firewall does not govern is never called unknown or closed."""
    return record.word if record.governed else UNGOVERNED


def mark(record: Row) -> str:
    """Two cells that say how bad it is without colour."""
    return record.mark if record.governed else "~ "


def tone_of(record: Row) -> Tone:
    """The severity's tone; what is as expected is quiet."""
    from dockerwall.present.exposures import TONES

    return Tone.PLAIN if record.expected else TONES[record.severity]


def glance(group: Group | None, record: Row) -> tuple[str, Tone]:
    """Who of a group gets in, in four letters: all, some, maybe, no."""
    if not record.governed:
        return "?", Tone.LOG
    if group is None:
        return "", Tone.FAINT
    if group.accept in ("anyone", "itself"):
        return "all" if group.accept == "anyone" else "yes", _loud(group)
    if group.accept:
        return "some", _loud(group)
    if group.unknown:
        return "?", Tone.LOG
    return "no", Tone.FAINT


def _loud(group: Group) -> Tone:
    if str(group.who) == "Internet":
        return Tone.DROP if group.accept == "anyone" else Tone.WARN
    return Tone.PLAIN
