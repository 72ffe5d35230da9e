"""`boot.json` of a snapshot ⇄ what decides which rules a boot or a reload brings."""

from __future__ import annotations

import json

from dockerwall.grammar.errors import GrammarError
from dockerwall.model.boot import Boot

SOURCE = "boot.json"


def parse_boot(text: str) -> Boot:
    """The values of the file; GrammarError where it is not one."""
    try:
        document = json.loads(text)
        return Boot(
            systemd=document["systemd"] is True,
            files={str(path): str(content) for path, content in document["files"].items()},
            present=frozenset(str(path) for path in document["present"]),
            unread=frozenset(str(path) for path in document.get("unread", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise GrammarError(SOURCE, 1, 1, "expected systemd, files and present", text[:80]) from None


def format_boot(boot: Boot) -> str:
    """The text of the file."""
    document = {
        "systemd": boot.systemd,
        "files": dict(boot.files),
        "present": sorted(boot.present),
        "unread": sorted(boot.unread),
    }
    return json.dumps(document, indent=1) + "\n"
