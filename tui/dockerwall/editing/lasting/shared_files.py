"""The files of others that own rules were put into: as they are without, and what to remember.

The record is written before the files it names, and may be all that was written: so it also knows
a file as it was then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from dockerwall.analysis.boot import ufw
from dockerwall.editing.lasting import direct_rules
from dockerwall.editing.lasting.record import Written, without
from dockerwall.model import boot as places


def base(path: str, text: str | None, written: Written | None) -> str | None:
    """A file without what was put in before."""
    if text is None or written is None:
        return text
    if text in written:
        return written.before
    if written.after == written.before:  # nothing is in it, and others have edited it since
        return text
    if path == places.FIREWALLD_DIRECT:
        return direct_rules.without_own(text, written.before, written.after or "")
    if path in places.UFW_AFTER.values():
        return ufw.without_stanza(text)
    return without(text, written)


def recorded(
    record: Mapping[str, Written], files: Mapping[str, str], wanted: Mapping[str, str | None]
) -> dict[str, Written]:
    """What is to be remembered once the files are as wanted; `record` is what was before."""
    found = ((p, _written(p, files.get(p), after, record.get(p))) for p, after in wanted.items())
    return {path: written for path, written in found if written is not None}


def changed_since(record: Mapping[str, Written], files: Mapping[str, str]) -> Iterator[str]:
    """The files that others have edited since own rules were put in."""
    for path, written in record.items():
        if path in files and files[path] not in written:
            yield path


def _written(
    path: str, now: str | None, after: str | None, known: Written | None
) -> Written | None:
    before = base(path, now, known)
    if after != before:
        was = None if now in (before, after) else now
        return known if known is not None and after == now else Written(before, after, was)
    if now != before:  # taken out again: until that is done, it has to be known
        return Written(before, before, now)
    return known if known is not None and known.before == known.after == now else None
