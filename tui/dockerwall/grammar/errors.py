"""What is wrong with a text, and exactly where."""

from __future__ import annotations


class GrammarError(ValueError):
    """A text that is not what its source prints: names source, line and column."""

    def __init__(
        self, source: str, line: int, column: int, problem: str, excerpt: str = ""
    ) -> None:
        super().__init__(f"{source}:{line}:{column}: {problem}")
        self.source = source
        self.line = line
        self.column = column
        self.problem = problem
        self.excerpt = excerpt

    def below(self, folder: str) -> GrammarError:
        """The same error, with its source named as a file of `folder`."""
        source = f"{folder}/{self.source}"
        return GrammarError(source, self.line, self.column, self.problem, self.excerpt)

    def shown(self) -> str:
        """The offending line with a caret below the column, control characters made visible."""
        visible = "".join(c if c.isprintable() else "�" for c in self.excerpt[:200])
        return f"{self}\n  {visible}\n  {' ' * (min(self.column, 201) - 1)}^"
