"""Rules out of the registry: every registered class with every small setting that it takes."""

from functools import cache
from itertools import product

import numpy as np
from hypothesis import strategies as st

from wbtools.errors import DataError, UsageError
from wbtools.rules.none import NoRule
from wbtools.rules.registry import RULES
from wbtools.rules.rule import Guard, StoppingRule
from wbtools.rules.running import best_so_far

_VALUES = {
    "int": (0, 1, 2, 3, 5),
    "float": (-2.0, 0.0, 0.1, 0.5, 1.0, 1.5, 2, 3),
    "Any": (None, False, 1, 2, 3, 1.5),
}
"""What is tried of a field of each type; what a rule refuses falls away."""


@cache
def settings_of(kind: type[StoppingRule]) -> list[dict[str, object]]:
    """All sets of small settings with which a rule can run."""
    names = [setting.name for setting in kind.settings()]
    inner = {"rule": NoRule()} if issubclass(kind, Guard) else {}
    found = []
    types = [getattr(setting.type, "__name__", setting.type) for setting in kind.settings()]
    for values in product(*(_VALUES[name] for name in types)):
        settings = dict(zip(names, values, strict=True))
        try:
            kind(**inner, **settings).refuse_unless_runnable()
        except (UsageError, DataError):
            continue
        found.append(settings)
    return found


def rules_of(kind: type[StoppingRule], inner: st.SearchStrategy | None = None):
    """Rules of one class; a guard's guarded ones come from `inner`."""
    settings = st.sampled_from(settings_of(kind))
    if issubclass(kind, Guard):
        return st.builds(lambda rule, of_guard: kind(rule=rule, **of_guard), inner, settings)
    return settings.map(lambda of_rule: kind(**of_rule))


def any_rules():
    """Rules of all classes that are registered now, guards nested up to three deep."""
    kinds = [RULES[word] for word in sorted(RULES)]
    return st.recursive(
        st.one_of(*(rules_of(kind) for kind in kinds if not issubclass(kind, Guard))),
        lambda inner: st.one_of(
            *(rules_of(kind, inner) for kind in kinds if issubclass(kind, Guard))
        ),
        max_leaves=3,
    )


def chances(view, asked):
    """Chances that change as a run improves: a stand-in for the learned projections."""
    best = best_so_far(view.values, view.n_reports)
    return np.where(asked, np.exp(-np.abs(best)), 0.0)
