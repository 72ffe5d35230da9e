"""What has to be written so that the operator's own rules last, and what has to go to undo it.

Where systemd runs, a unit puts them back after Docker. Files of other services that boot or a
reload restores rules from get what they need too, as far as they can hold it: a rule that asks an
ipset would fail there, and everything else of that file with it, because the set is made later.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from dockerwall.analysis.boot import firewalld, ufw
from dockerwall.analysis.boot.own import GUARD, Lasting, Own
from dockerwall.editing.lasting import direct_rules, save_file, ufw_stanza, units
from dockerwall.editing.lasting.own_files import rules_of, rules_text, sets_text
from dockerwall.editing.lasting.record import Written, format_record, parse_record
from dockerwall.editing.lasting.shared_files import base, changed_since, recorded
from dockerwall.model import boot as places
from dockerwall.model.boot import Boot
from dockerwall.model.kinds import Family
from dockerwall.model.snapshot import Snapshot
from dockerwall.model.value import value

_LINKS = dict(zip((places.UNIT, places.EARLY, places.WATCH), places.OWN_LINKS, strict=True))
"""The units, and the link that starts each with Docker."""


@value
class FileChange:
    """A file, or a link with its target as text, that is written, replaced or removed."""

    path: str
    before: str | None
    """What is there; None where nothing is."""
    after: str | None
    """What is to be there; None where it is removed."""
    mode: int | None = 0o600
    """For a new file; None keeps what it has."""
    is_link: bool = False


@value
class Persisting:
    """Files to write or to remove, all of them or none, and what is to be said of it."""

    changes: tuple[FileChange, ...]
    notes: tuple[str, ...] = ()
    """Sentences: who brings the rules back when, and what none of it covers."""
    warnings: tuple[str, ...] = ()
    """Sentences: what is going to be lost nevertheless."""
    unfinished: tuple[str, ...] = ()
    """Where a write that was cut short left a part of a file, to be removed first."""

    def __bool__(self) -> bool:
        return bool(self.changes or self.unfinished)

    @property
    def touches_units(self) -> bool:
        """Whether systemd has to look at its units again."""
        return any(change.path.startswith("/etc/systemd/") for change in self.changes)

    @property
    def touches_rules(self) -> bool:
        """Whether what a boot or a reload restores changes, and not only how."""
        how = (places.RESTORE, places.RECORD)
        return any(change.path not in how and _says_more(change) for change in self.changes)


def _says_more(change: FileChange) -> bool:
    """Whether more changes than what stands beside own rules."""
    if change.path not in places.RULES.values() or None in (change.before, change.after):
        return True
    return rules_of(change.before or "") != rules_of(change.after or "")


@dataclass(slots=True)
class _Draft:
    boot: Boot
    record: dict[str, Written] = field(default_factory=dict)
    wanted: dict[str, str | None] = field(default_factory=dict)
    """The files of others as they are to be."""
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def persist(snapshot: Snapshot, lasting: Lasting, script: str, *, early: bool) -> Persisting:
    """What has to be written so that these rules last; nothing where they do already.

    `script` is the program that puts them back; `early` adds the unit that runs before Docker.
    """
    boot = snapshot.boot or Boot(systemd=False)
    if not lasting:
        return unpersist(boot)
    draft = _Draft(boot, parse_record(boot.files.get(places.RECORD)))
    draft.wanted = _without_own(draft)
    _own_unit(draft, early=early)
    for family in Family:
        _save_file(draft, family, lasting.families.get(family), lasting)
        _ufw(draft, family, lasting.families.get(family), lasting)
    watching = firewalld.is_on(boot, snapshot)
    if watching:
        _firewalld(draft, lasting)
        _late_jump(draft, snapshot)
    for name in lasting.missing:
        draft.warnings.append(f"Set {name} could not be read: rules that ask it will not load.")
    record = recorded(draft.record, boot.files, draft.wanted)
    own: dict[str, str | None] = {
        places.RESTORE: script,
        places.SETS: sets_text(lasting) or None,
        places.RECORD: format_record(record) if record else None,
    }
    for family, path in places.RULES.items():
        found = lasting.families.get(family)
        own[path] = rules_text(found) if found is not None else None
    return _result(draft, {**own, **_units(boot, early=early, watching=watching)})


def unpersist(boot: Boot) -> Persisting:
    """What has to go, and be put back, so that everything is as it was before."""
    draft = _Draft(boot, parse_record(boot.files.get(places.RECORD)))
    draft.wanted = _without_own(draft)
    for path in changed_since(draft.record, boot.files):
        draft.notes.append(
            f"{path} was changed since: the own rules are cut out, the rest stays as it is now."
        )
    return _result(draft, dict.fromkeys((*places.OWN_FILES, *places.OWN_LINKS)))


def _without_own(draft: _Draft) -> dict[str, str | None]:
    """The files of others, without what was put in before."""
    files = draft.boot.files
    return {path: base(path, files.get(path), written) for path, written in draft.record.items()}


def _result(draft: _Draft, own: Mapping[str, str | None]) -> Persisting:
    changes = [*_changes(draft.boot, draft.wanted, None), *_changes(draft.boot, own, 0o600)]
    notes, warnings = tuple(draft.notes), tuple(draft.warnings)
    unfinished = tuple(sorted(draft.boot.unfinished))
    return Persisting(tuple(changes), notes, warnings, unfinished)


def _changes(
    boot: Boot, wanted: Mapping[str, str | None], mode: int | None
) -> Iterator[FileChange]:
    for path, after in wanted.items():
        link = path in _LINKS.values()
        before = boot.files.get(path)
        if link and path in boot.present:
            before = _target(path)
        if before != after:
            own_mode = 0o644 if path in _LINKS else mode
            yield FileChange(path, before, after, own_mode, link)


def _target(link: str) -> str:
    return f"../{link.rpartition('/')[2]}"


def _units(boot: Boot, *, early: bool, watching: bool) -> dict[str, str | None]:
    """The units that are wanted, each with the link that starts it with Docker."""
    wanted = {
        places.UNIT: units.after_docker(firewalld=watching),
        places.EARLY: units.BEFORE_DOCKER if early else None,
        places.WATCH: units.WITH_FIREWALLD if watching else None,
    }
    files: dict[str, str | None] = {}
    for path, link in _LINKS.items():
        text = wanted[path] if boot.systemd else None
        files[path] = text
        files[link] = None if text is None else _target(link)
    return files


def _own_unit(draft: _Draft, *, early: bool) -> None:
    if not draft.boot.systemd:
        draft.warnings.append(
            f"systemd does not run here: have `sh {places.RESTORE}` run after Docker has started, "
            "as this host starts its services."
        )
        return
    if draft.boot.present.isdisjoint(places.DOCKER_UNITS):
        draft.warnings.append(
            "systemd knows no docker.service here, so that nothing will start the unit: have "
            f"`systemctl start {places.UNIT.rpartition('/')[2]}` run after Docker has started."
        )
    draft.notes.append("systemd puts the rules back each time it starts Docker.")
    if early:
        draft.notes.append(
            "They stand before Docker starts too, so that no port is open meanwhile."
        )
    else:
        draft.notes.append(
            "Containers that Docker starts by itself can be reached for a moment before that; "
            "--early closes this gap."
        )


def _save_file(draft: _Draft, family: Family, own: Own | None, lasting: Lasting) -> None:
    path = draft.boot.save_file(family)
    if path is None or own is None:
        return
    asking = _asking(own)
    if asking:
        draft.warnings.append(
            f"{path} is left without them: it is restored before set {asking} exists, and would "
            "fail as a whole."
        )
        return
    now = draft.boot.files[path]
    bare = draft.wanted.get(path, now) or ""
    # Its service may have saved it anew, with our rules in it: then nothing has to be done.
    done = save_file.with_own(now, own) == now
    draft.wanted[path] = now if done else save_file.with_own(bare, own)
    draft.notes.append(f"{path} gets the {family.label} rules too, and nothing of Docker's.")


def _ufw(draft: _Draft, family: Family, own: Own | None, lasting: Lasting) -> None:
    boot, name = draft.boot, family.label
    if not ufw.is_on(boot) or own is None:
        return
    path = places.UFW_AFTER[family]
    made, emptied = ufw.makes_guard(boot, family), ufw.empties_all(boot, family)
    if not ufw.loads(boot, family):
        draft.warnings.append(
            f"`ufw reload` drops every {name} rule, Docker's too (IPV6=no in /etc/default/ufw): "
            "they come back when Docker is restarted."
        )
        return
    if boot.systemd and not made and not emptied:
        draft.notes.append(f"`ufw reload` leaves the {name} rules in {GUARD} alone.")
        return
    asking = _asking(own)
    if asking or path not in boot.files:
        why = f"set {asking} does not exist yet when it is loaded" if asking else "it is not there"
        draft.warnings.append(f"{path} cannot bring them back at boot or at `ufw reload`: {why}.")
        return
    theirs = ufw.guard_rules(boot, family)
    for rule in ufw_stanza.unknown_here(own, theirs, family):
        draft.warnings.append(f"`ufw reload` brings what is not there now: {rule}")
    bare = draft.wanted.get(path, boot.files[path]) or ""
    draft.wanted[path] = ufw_stanza.with_stanza(
        bare, own, family, theirs, made=made, emptied=emptied
    )
    if made:
        draft.notes.append(
            f"`ufw reload` makes {GUARD} anew from ufw's own files: {path} gets what they lack."
        )
    else:
        draft.notes.append(
            f"`ufw reload` makes {GUARD} anew from {path}: what others put there is lost then."
        )
    if emptied:
        draft.warnings.append(
            "`ufw reload` empties Docker's own chains too (MANAGE_BUILTINS=yes): restart Docker "
            "after it."
        )


def _firewalld(draft: _Draft, lasting: Lasting) -> None:
    path = places.FIREWALLD_DIRECT
    kept = {family: own for family, own in lasting.families.items() if not _asking(own)}
    for family, own in lasting.families.items():
        if family not in kept:
            draft.warnings.append(
                f"`firewall-cmd --reload` loses the {family.label} rules: {path} cannot ask "
                f"set {_asking(own)}. Where systemd runs, they are back a moment later."
            )
    bare = draft.wanted.get(path, draft.boot.files.get(path))
    if not kept:
        return
    draft.wanted[path] = direct_rules.with_own(bare, replace(lasting, families=kept))
    draft.notes.append(
        f"`firewall-cmd --reload` empties {GUARD}: {path} brings the rules back, and where systemd "
        "runs, a unit waits for it and does so too. What others put there is lost then."
    )


def _late_jump(draft: _Draft, snapshot: Snapshot) -> None:
    """While Docker makes its rules again: seen on 28.5 for a moment, on 20.10 and 26.1 for good."""
    docker = snapshot.docker
    major = docker.version.partition(".")[0] if docker is not None else ""
    until = "for the moment that Docker takes to make its rules again"
    if not major.isdigit() or int(major) < 28:
        until = "for some seconds, until the unit has put that right"
        if not draft.boot.systemd:
            until = f"until `sh {places.RESTORE}` is run"
    draft.warnings.append(
        f"At `firewall-cmd --reload` Docker's own rules come before the jump to {GUARD} {until}: "
        "published ports are open then."
    )


def _asking(own: Own) -> str:
    """The first set that the rules ask, empty where they ask none."""
    return next(iter(own.sets), "")
