"""Lint sweep files: what W&B refuses, and what it takes for something else than its author meant.

A rule is one small function in a `rules_…` module; its docstring is its manual page, with a bad and
a good example, both run by the tests.
"""

from wbtools.sweepfile.lint.fixing import fix
from wbtools.sweepfile.lint.rule_api import LintOptions
from wbtools.sweepfile.lint.runner import RULES, lint

__all__ = ["RULES", "LintOptions", "fix", "lint"]
