"""What the boot program makes of a chain: the law of `editing.lasting.merging`, in every awk."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dockerwall.analysis.boot.own import Line, Own
from dockerwall.applying.lasting.script import restore_script
from dockerwall.editing.lasting.merging import merged
from dockerwall.editing.lasting.own_files import rules_text
from dockerwall.model.kinds import Variant

AWKS = [words for words in (["mawk"], ["gawk"], ["busybox", "awk"]) if shutil.which(words[0])]
CHAIN = "DOCKER-USER"
RETURN = f"-A {CHAIN} -j RETURN"


def rule(name: str) -> str:
    """A rule that differs from others by its name."""
    return RETURN if name == "R" else f"-A {CHAIN} -s 192.0.2.{ord(name)}/32 -j DROP"


def lines(names: str) -> tuple[Line, ...]:
    """Own rules in capitals, neighbours in small letters."""
    return tuple(Line(rule(name.upper()), name.isupper()) for name in names)


def after(names: str, there: str) -> str:
    """What the live rules become, as names."""
    texts = {rule(name): name for name in "ABCDEFRXYZ"}
    found = merged(CHAIN, lines(names), [rule(name) for name in there])
    return "".join(texts[text] for text in found)


@pytest.mark.parametrize(
    ("saved", "there", "expected"),
    [
        ("ABC", "", "ABC"),
        ("ABC", "ABC", "ABC"),
        ("ABC", "R", "ABCR"),
        ("ABr", "R", "ABR"),
        ("ABC", "AC", "ABC"),
        ("ABC", "XAYCZ", "XABYCZ"),
        ("ABC", "CBA", "ABC"),
        ("AB", "RAB", "ABR"),
        ("ARB", "", "ARB"),
        ("ARB", "R", "ARB"),
        ("ARB", "XARBY", "XARBY"),
        ("xA", "YX", "YXA"),
        ("Ax", "YX", "YAX"),
        ("xA", "RX", "ARX"),
        ("AB", "ABA", "ABA"),
    ],
)
def test_where_missing_rules_belong(saved: str, there: str, expected: str) -> None:
    assert after(saved, there) == expected


NAMES = st.text("ABCDxyzR", max_size=7)
LIVE = st.text("ABCDXYZR", max_size=8)


@given(NAMES, LIVE)
def test_own_rules_stand_in_order_and_others_stay(saved: str, there: str) -> None:
    found = after(saved, there)
    own = [name for name in saved if name.isupper()]
    reached = found if "R" in own else found.partition("R")[0]
    place = iter(reached)
    assert all(name in place for name in own)  # in this order, and none behind a RETURN
    others = [name for name in there if name not in own]
    assert [name for name in found if name not in own] == others
    assert after(saved, found) == found


@pytest.mark.parametrize("awk", AWKS, ids=lambda words: words[0])
@settings(max_examples=40, deadline=None)
@given(saved=NAMES, there=LIVE)
def test_the_boot_program_does_the_same(
    awk: Sequence[str], saved: str, there: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    own = Own(Variant.NFT, {CHAIN: lines(saved)})
    live = [rule(name) for name in there]
    found = played(awk, tmp_path_factory.getbasetemp(), own, live)
    assert found == merged(CHAIN, lines(saved), live)


def played(awk: Sequence[str], folder: Path, own: Own, live: Sequence[str]) -> list[str]:
    """The rules after the commands that the boot program prints."""
    program = re.search(r"awk '\n(.*?)\n    ' what=saved", restore_script(), re.DOTALL)
    assert program is not None
    (folder / "saved").write_text(rules_text(own))
    (folder / "live").write_text("\n".join(["-P FORWARD DROP", f"-N {CHAIN}", *live, ""]))
    done = subprocess.run(
        [*awk, program.group(1), "what=saved", folder / "saved", "what=live", folder / "live"],
        capture_output=True,
        text=True,
        check=True,
    )
    rules = list(live)
    if not done.stdout:
        return rules
    first, *commands, commit, end = done.stdout.split("\n")
    assert (first, commit, end) == ("*filter", "COMMIT", "")
    for command in commands:
        action, chain, rest = command.split(" ", 2)
        assert chain == CHAIN
        if action == "-D":
            del rules[int(rest) - 1]
        else:
            assert action == "-I"
            number, words = rest.split(" ", 1)
            rules.insert(int(number) - 1, f"-A {chain} {words}")
    return rules
