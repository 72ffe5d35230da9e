"""What is wrong, or not what it seems, with a host's rules: each with a proposed fix."""

from dockerwall.analysis.findings.catalogue import find
from dockerwall.analysis.findings.finding import Finding, Level, RuleRef

__all__ = ["Finding", "Level", "RuleRef", "find"]
