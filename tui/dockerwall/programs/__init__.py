"""All that runs programs: from lists of arguments, and never by a shell."""

from dockerwall.programs.running import (
    LARGEST,
    PATIENCE,
    Answer,
    Failure,
    find_program,
    run,
    search_path,
)

__all__ = ["LARGEST", "PATIENCE", "Answer", "Failure", "find_program", "run", "search_path"]
