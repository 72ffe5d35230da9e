"""The screen. `run` is all that the command line needs to know of it."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dockerwall.app.reader import Host
    from dockerwall.session import Options


def run(host: Host, options: Options) -> int:
    """Show a host until the operator leaves; the exit status.

    The terminal is looked at before Textual is imported, which reads the environment once.
    """
    from dockerwall.app import terminal as terminals

    wishes = terminals.Wishes(
        ascii=options.ascii_only,
        mouse=options.mouse,
        no_color=not options.colour,
        theme=options.theme,
    )
    stream = sys.__stderr__
    encoding = (stream.encoding if stream is not None else None) or "ascii"
    over_ssh = terminals.is_over_ssh(os.environ)
    terminal = terminals.decide(os.environ, encoding, over_ssh=over_ssh, wishes=wishes)
    terminals.apply(terminal, os.environ)
    from dockerwall.app.reader import Reader
    from dockerwall.app.spared import spare_palette

    reader = Reader(host)
    reader.start()
    # Nothing becomes garbage while modules load; `start` lets the collector work again.
    gc.disable()
    spare_palette()

    from dockerwall.app.starting import start

    return start(reader, options, terminal)
