"""A rule's text → what it means.

The law: every word of a rule is either understood, or stands in an `UnknownMatch` or
`UnknownTarget`. Source: iptables(8) and iptables-extensions(8).
"""

from __future__ import annotations

from functools import lru_cache

from dockerwall.grammar.matches import MODULES, PLAIN, UNDECIDABLE, finish
from dockerwall.grammar.options import Option, Options, Pending
from dockerwall.grammar.targets import read_target
from dockerwall.grammar.usual import read_usual
from dockerwall.grammar.words import quote_word, split_words
from dockerwall.model.kinds import Family
from dockerwall.model.spec import Continue, Match, Spec, Target, UnknownMatch, UnknownTarget


@lru_cache(maxsize=1 << 17)
def parse_spec(text: str, family: Family) -> Spec:
    """What the rule `text` (`-A CHAIN ...`) of this family means; never fails."""
    return read_usual(text, family) or read_options(text, family)


def read_options(text: str, family: Family) -> Spec:
    """The same, read option by option, whatever the rule is."""
    try:
        words = split_words(text)
    except ValueError as problem:
        return _beyond_reading(text, str(problem))
    if len(words) < 2 or words[0] not in ("-A", "--append"):
        return _beyond_reading(text, "no -A CHAIN at its start")
    reader = _Reader(words[1], family, Options(words, 2))
    return reader.read()


def _beyond_reading(text: str, problem: str) -> Spec:
    unknown = UnknownTarget("", text)
    return Spec("", (UnknownMatch("", problem),), unknown, unparsed=(text,))


class _Reader:
    """Walks the words of one rule once."""

    def __init__(self, chain: str, family: Family, options: Options) -> None:
        self.chain = chain
        self.family = family
        self.options = options
        self.pending: list[Pending] = []
        self.unparsed: list[str] = []
        self.matches: list[Match] = []
        self.target: Target = Continue()

    def read(self) -> Spec:
        while self.options:
            if self.options.peek() in ("-j", "--jump", "-g", "--goto"):
                self.target = read_target(self.options, self.family, self.unparsed)
                continue
            self.read_match()
        comments: list[str] = []
        for pending in self.pending:
            found = finish(pending, self.family)
            comments += found.comments
            self.matches += found.matches
            if pending.module not in MODULES and pending.module not in UNDECIDABLE:
                self.unparsed += [m.text for m in found.matches if isinstance(m, UnknownMatch)]
        return Spec(
            self.chain, tuple(self.matches), self.target, tuple(comments), tuple(self.unparsed)
        )

    def read_match(self) -> None:
        """One option; a `-m` opens a module whose options follow it."""
        word = self.options.peek()
        if word in ("-m", "--match"):
            self.options.take()
            name = self.options.take() if self.options else ""
            self.pending.append(Pending(name))
            return
        option = self.options.option()
        if option is None:
            stray = self.options.take()
            self.matches.append(UnknownMatch("", quote_word(stray)))
            self.unparsed.append(quote_word(stray))
            return
        self.home(option).options.append(option)

    def home(self, option: Option) -> Pending:
        """The module an option belongs to: the built-in ones, or the last `-m` that has it."""
        if option.name in PLAIN:
            place = Pending("")
            self.pending.append(place)
            return place
        for pending in reversed(self.pending):
            if pending.module and option.name in MODULES.get(pending.module, ()):
                return pending
        implied = self.implied_module(option)
        if implied is not None:
            place = Pending(implied)
            self.pending.append(place)
            return place
        for pending in reversed(self.pending):
            if pending.module:
                return pending
        place = Pending("?")
        self.pending.append(place)
        return place

    def implied_module(self, option: Option) -> str | None:
        """`-p tcp --dport 80` loads the tcp module unasked, as iptables does."""
        protocols = [
            o.values[0]
            for pending in self.pending
            for o in pending.options
            if o.name in ("-p", "--protocol", "--proto") and o.values
        ]
        for name in protocols:
            module = {"ipv6-icmp": "icmp6", "icmpv6": "icmp6"}.get(name, name)
            if option.name in MODULES.get(module, ()):
                return module
        return None
