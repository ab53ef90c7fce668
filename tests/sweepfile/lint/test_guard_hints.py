"""A rule that W&B's engine does not have is told what can run it."""

import pytest

from wbtools.sweepfile.lint import lint

SWEEP = """\
program: t.py
method: random
run_cap: 9
metric: {name: a, goal: maximize}
parameters: {lr: {min: 0.1, max: 0.2}}
"""
GUARD = "`wbtools guard SWEEP --rule"
HINTS = {
    "its word": ("{type: median, grace: 3}", "WBS051", f"{GUARD} 'median(grace=3)'`"),
    "settings it does not have": ("{type: median, min_iter: 3}", "WBS051", "'median(grace=5)'`"),
    "a guard": (
        "{type: preserve, value: 0.965, min_iter: 4, eta: 2}",
        "WBS051",
        f"{GUARD} 'preserve(hyperband(min_iter=4,eta=2),value=0.965)'`",
    ),
    "a guard without its setting": (
        "{type: preserve}",
        "WBS051",
        "'preserve(hyperband(min_iter=10,eta=3),value=0.9)'`",
    ),
    "a whole rule as the type": (
        "{type: 'top(hyperband(min_iter=3),k=2)'}",
        "WBS051",
        f"{GUARD} 'top(hyperband(min_iter=3),k=2)'`",
    ),
    "a whole rule": ("'until(asha,runs=2)'", "WBS050", "until(asha(min_iter=1,eta=3),runs=2)"),
    "W&B's own": (
        "hyperband(min_iter=3)",
        "WBS050",
        "write early_terminate: {type: hyperband, min_iter: 3}",
    ),
    "no rule": ("none", "WBS050", "leave early_terminate out, and no run is stopped"),
    "nobody's": ("{type: bohb}", "WBS051", "`wbtools rule` lists the rules"),
    "no text": ("{type: [1]}", "WBS051", "`wbtools rule` lists the rules"),
    "a threshold": (
        "{type: hyperband, min_iter: 3, strict: true, preserve_threshold: 0.965}",
        "WBS058",
        f"{GUARD} 'preserve(hyperband(min_iter=3,strict=true),value=0.965)'`",
    ),
    "a threshold of a rule that cannot run": (
        "{type: hyperband, preserve_threshold: 0.965}",
        "WBS058",
        "it has min_iter",
    ),
    "beside a scheduler": (
        "{type: hyperband, min_iter: 3, strict: true}\nscheduler: {engine: wandb}",
        "WBS017",
        "guard SWEEP --scheduler --rule 'hyperband(min_iter=3,strict=true)'",
    ),
}


@pytest.mark.parametrize(("written", "code", "hint"), HINTS.values(), ids=HINTS)
def test_the_hint_names_what_can_run_the_rule(written, code, hint):
    found = lint(f"{SWEEP}early_terminate: {written}\n".encode(), source="s.yaml")
    by_code = {finding.code: finding for finding in found}
    assert hint in by_code[code].hint


def test_what_hyperband_would_need_is_not_said_of_other_rules():
    found = lint(f"{SWEEP}early_terminate: {{type: fixed, n: 3}}\n".encode(), source="s.yaml")
    assert [finding.code for finding in found] == ["WBS051"]
