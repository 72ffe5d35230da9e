"""Every way a command can end, as an exit status and at most one line: never a traceback."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from dockerwall.cli.status import Status, complain

TRACEBACK = "DOCKERWALL_TRACEBACK"
"""Environment variable: when set and not empty, an unexpected error shows its traceback."""


class WrongUseError(Exception):
    """What was asked cannot be done as it was asked: one sentence."""


def ended(work: Callable[[], int]) -> int:
    """The exit status of `work`, whatever happens in it."""
    from dockerwall.grammar.errors import GrammarError
    from dockerwall.model.unreadable import UnreadableError
    from dockerwall.reading.recorded import NoSnapshotError

    try:
        status = work()
        sys.stdout.flush()
        return status
    except (WrongUseError, NoSnapshotError, GrammarError) as error:
        complain(str(error))
        return Status.WRONG
    except UnreadableError as error:
        complain(str(error))
        return Status.DENIED if error.denied else Status.WRONG
    except BrokenPipeError:
        _silence_stdout()
        return 128 + 13  # as if SIGPIPE had ended it
    except KeyboardInterrupt:
        return 128 + 2
    except Exception as error:
        if os.environ.get(TRACEBACK):
            import traceback

            traceback.print_exc()
        else:
            complain(
                f"unexpected error: {type(error).__name__}: {error} "
                f"(set {TRACEBACK}=1 to see where, and please report it)"
            )
        return Status.WRONG


def _silence_stdout() -> None:
    """Keep the interpreter from complaining of the closed pipe when it flushes at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
