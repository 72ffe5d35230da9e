"""The words of a rule taken as options: a name, its negation and its values."""

from __future__ import annotations

from dataclasses import dataclass, field

from dockerwall.grammar.words import quote_word
from dockerwall.model.value import value


@value
class Option:
    """One option as written."""

    name: str
    values: tuple[str, ...]
    negated: bool

    @property
    def text(self) -> str:
        """As iptables-save would print it."""
        words = [self.name, *(quote_word(value) for value in self.values)]
        return " ".join(["!", *words] if self.negated else words)


@dataclass(slots=True)
class Pending:
    """A match module and the options found for it so far."""

    module: str
    options: list[Option] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The module as iptables-save would print it."""
        words = [f"-m {quote_word(self.module)}"] if self.module and self.module != "?" else []
        return " ".join([*words, *(option.text for option in self.options)])


class Options:
    """The words, taken from the front."""

    def __init__(self, words: list[str], start: int) -> None:
        self._words = words
        self._place = start

    def __bool__(self) -> bool:
        return self._place < len(self._words)

    def peek(self) -> str:
        """The next word, without taking it."""
        return self._words[self._place]

    def take(self) -> str:
        """The next word."""
        self._place += 1
        return self._words[self._place - 1]

    def option(self) -> Option | None:
        """The next option with its values; None when no option begins here.

        Values reach to the next word that begins an option, except where a value itself begins
        with a dash, which iptables-save prints only inside quotes we have already taken off: the
        first word after a comment option is always its value.
        """
        start = self._place
        negated = self.peek() == "!"
        if negated:
            self._place += 1
        if not self or not _is_name(self.peek()):
            self._place = start
            return None
        name = self.take()
        values: list[str] = []
        if self and self.peek() == "!" and not negated and self._negation_follows():
            self.take()  # `-s ! 10.0.0.1`, the old order
            negated = True
        if name in _FREE_TEXT and self:
            values.append(self.take())
        while self and not _is_name(self.peek()) and self.peek() != "!":
            values.append(self.take())
        return Option(name, tuple(values), negated)

    def _negation_follows(self) -> bool:
        after = self._place + 1
        return after < len(self._words) and not _is_name(self._words[after])

    def rest(self) -> list[str]:
        """Every word up to the next `-m`, `-j`, or `-g`."""
        words = []
        while self and self.peek() not in ("-m", "-j", "-g", "--match", "--jump", "--goto"):
            words.append(self.take())
        return words


_FREE_TEXT = frozenset({"--comment", "--log-prefix", "--nflog-prefix", "--string", "--hex-string"})


def _is_name(word: str) -> bool:
    return len(word) > 1 and word[0] == "-" and not word[1].isdigit()
