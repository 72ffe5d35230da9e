"""A rule switched off and on again without losing its place or its words.

A rule that is off stays where it is and begins with a test that nothing passes: the kernel asks
for a mark of 1 after clearing every bit of it. So it neither decides, counts nor remembers
anything, anybody who lists the rules sees it and why, it lasts as long as its chain, and no file
beside the kernel's own rules has to be right for it to come back.
"""

from __future__ import annotations

from dockerwall.grammar.words import quote_word, split_words

NEVER = ("-m", "mark", "--mark", "0x1/0x0", "-m", "comment", "--comment", "switched off")


def is_off(text: str) -> bool:
    """Whether a rule is switched off."""
    return _place(_words(text)) is not None


def switched_off(text: str) -> str:
    """The rule's text with the test that nothing passes, after its plain options."""
    words = _words(text)
    place = next((n for n, word in enumerate(words) if word in ("-m", "-j", "-g")), len(words))
    return _joined([*words[:place], *NEVER, *words[place:]])


def switched_on(text: str) -> str:
    """The rule's text as it was before it was switched off; ValueError when it is not off."""
    words = _words(text)
    place = _place(words)
    if place is None:
        raise ValueError("the rule is not switched off")
    return _joined([*words[:place], *words[place + len(NEVER) :]])


def _words(text: str) -> list[str]:
    return split_words(text)


def _joined(words: list[str]) -> str:
    return " ".join(quote_word(word) for word in words)


def _place(words: list[str]) -> int | None:
    for place in range(len(words) - len(NEVER) + 1):
        if tuple(words[place : place + len(NEVER)]) == NEVER:
            return place
    return None
