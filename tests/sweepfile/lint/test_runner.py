"""What lint says of whole files: where, how bad, and whatever the bytes."""

import random

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wbtools.findings import Confidence, Severity
from wbtools.sweepfile.lint import LintOptions, fix, lint
from wbtools.sweepfile.program_facts import ProgramFacts

GOOD = """\
program: train.py
method: bayes
metric: {name: val/loss, goal: minimize, impute: latest}
early_terminate: {type: hyperband, min_iter: 5, eta: 3, strict: true}
run_cap: 30
parameters:
  lr: {distribution: log_uniform_values, min: 0.0001, max: 0.01}
  epochs: {value: 50}
"""


def codes(text, **options):
    return {
        finding.code for finding in lint(text.encode(), source="s", options=LintOptions(**options))
    }


def test_a_good_file_has_no_finding():
    assert codes(GOOD) == set()


STORIES = {
    "a scalar where values belong": (
        "not 3",
        "method: grid\nparameters: {a: {values: 3}}",
        "WBS024",
    ),
    "null parameters": ("null", "method: grid\nparameters:", "WBS014"),
    "metrics without custom": ("metrics", "method: bayes\nmetrics: {name: loss}", "WBS016"),
    "a text bound without a distribution": (
        "refuses",
        "parameters: {a: {min: 1e-5, max: 1e-2}}",
        "WBS027",
    ),
    "a log_uniform that overflows": (
        "infinity",
        "parameters: {a: {distribution: log_uniform, min: 1, max: 999}}",
        "WBS030",
    ),
    "log_uniform shows what would be sampled": (
        "1 to 1.105",
        "parameters: {lr: {distribution: log_uniform, min: 0.0001, max: 0.1}}",
        "WBS030",
    ),
    "accuracy without a goal": ("maximize", "metric: {name: val_acc}", "WBS042"),
    "accuracy to be minimized": ("maximize", "metric: {name: valAcc, goal: minimize}", "WBS042"),
    "hmean is a thing to maximize": ("maximize", "metric: {name: val/hmean}", "WBS042"),
    "max_iter alone": ("raises", "early_terminate: {type: hyperband, max_iter: 9}", "WBS053"),
    "both forms without s": (
        "because s is missing",
        "early_terminate: {type: hyperband, max_iter: 9, min_iter: 2}",
        "WBS052",
    ),
    "a float s": ("2.0", "early_terminate: {type: hyperband, max_iter: 9, s: 2.0}", "WBS054"),
    "eta of one": ("above 1", "early_terminate: {type: hyperband, min_iter: 9, eta: 1}", "WBS057"),
    "a macro within a word": (
        "one macro per item",
        'command: ["${env} python ${program}", "${args}"]',
        "WBS082",
    ),
    "an environment variable that a sweep may name": (
        None,
        'command: ["${envvar:HOME}", "${args}"]',
        "WBS082",
    ),
    "a grid that its cap cuts short": (
        "6 cells",
        "method: grid\nrun_cap: 5\nparameters: {a: {min: 1, max: 3}, b: {values: [1, 2]}}",
        "WBS071",
    ),
}


@pytest.mark.parametrize(("words", "text", "code"), STORIES.values(), ids=STORIES.keys())
def test_stories(words, text, code):
    found = [finding for finding in lint(text.encode(), source="s") if finding.code == code]
    if words is None:
        assert not found
    else:
        (finding, *_) = found
        assert words in f"{finding.title} {finding.hint}"


def test_a_band_is_judged_by_epochs_from_the_caller_or_the_file():
    assert "WBS062" not in codes(GOOD)
    assert "WBS062" in codes(GOOD, budget=5)
    assert "WBS062" in codes(GOOD.replace("value: 50", "value: 4"))
    assert "WBS062" not in codes(GOOD.replace("value: 50", "value: 4"), budget=60)


def test_places_are_lines_and_columns():
    text = GOOD.replace("min: 0.0001", "min: 1e-4").replace("goal: minimize", "goal: min")
    places = {finding.code: finding.location for finding in lint(text.encode(), source="a:b.yaml")}
    assert places == {"WBS043": "a:b.yaml:3:32", "WBS027": "a:b.yaml:7:47"}


def test_comments_silence_codes_in_the_file_or_on_a_line():
    bad = GOOD.replace("program: train.py\n", "")
    assert codes(bad) == {"WBS080"}
    assert codes(f"# wbtools: ignore WBS080\n{bad}") == set()
    odd = GOOD.replace("run_cap: 30", "run_cap: 2  # wbtools: ignore WBS072, WBS015\ncount: 4")
    assert codes(odd) == {"WBS010"}
    assert codes(odd.replace("ignore WBS072, WBS015", "ignore WBS010")) == {"WBS010"} | (
        codes(GOOD.replace("run_cap: 30", "run_cap: 2"))
    )


def tower(floor):
    """Eight floors of nine aliases of the floor below."""
    floors = zip("abcdefgh", "bcdefghi", strict=True)
    return "".join(floor(high, ",".join([f"*{low}"] * 9)) for low, high in floors)


BOMBS = {
    "an alias bomb": "a: &a [x,x,x]\n" + tower(lambda name, below: f"{name}: &{name} [{below}]\n"),
    "deep flow lists": "a: " + "[" * 20_000,
    "deep flow maps": "{a: " * 20_000,
    "deep block maps": "".join(" " * k + "a:\n" for k in range(600)),
    "an alias within its own anchor": "a: &a [*a]",
    "two megabytes": "a: " + "x" * 2_000_000,
    "a hundred thousand values": "a: [" + "1," * 120_000 + "]",
    "a number of a million digits": "a: " + "9" * 900_000,
    "merge keys upon merge keys": "a: &a {x: 1}\n"
    + tower(lambda name, below: f"{name}: &{name} {{<<: [{below}]}}\n"),
}


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_bomb_gets_a_finding_from_the_scan(text):
    (finding,) = lint(text.encode(), source="bomb.yaml")
    assert finding.code in {"WBS001", "WBS002"}
    assert fix(text.encode()).content == text.encode()


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_any_bytes_give_findings(content):
    assert lint(content, source="s")


WORDS = [
    "method",
    "metric",
    "metrics",
    "parameters",
    "early_terminate",
    "run_cap",
    "command",
    "program",
    "controller",
    "scheduler",
    "type",
    "name",
    "goal",
    "min",
    "max",
    "value",
    "values",
    "q",
    "engine",
    "distribution",
    "probabilities",
    "min_iter",
    "max_iter",
    "s",
    "eta",
    "strict",
    "bayes",
    "grid",
    "hyperband",
    "log_uniform",
    "normal",
    "custom",
    "impute",
    "target",
    "kind",
    "lr",
    "count",
]
NUMBERS = st.one_of(st.integers(), st.floats())
LEAVES = st.one_of(st.sampled_from(WORDS), st.none(), st.booleans(), NUMBERS, st.text(max_size=5))


def above(inner):
    """Values, lists and mappings of what lies a level deeper."""
    keys = st.one_of(st.sampled_from(WORDS), st.integers(0, 3))
    return st.one_of(LEAVES, st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=5))


TREES = above(above(above(LEAVES)))


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(WORDS), TREES, max_size=8))
def test_any_values_under_any_keys_give_findings(data):
    content = yaml.safe_dump(data, allow_unicode=True).encode()
    found = lint(
        content,
        source="s",
        options=LintOptions(find_programs=lambda _document: ProgramFacts(is_there=False)),
    )
    assert found
    assert all(finding.location.startswith("s:") for finding in found)
    assert fix(content).n_changes >= 0


@pytest.mark.slow
def test_ten_thousand_strings_and_mutated_files():
    rng = random.Random(3)  # noqa: S311 - reproducible
    pieces = GOOD.encode().split(b" ")
    plain = b"1e-5 &a *a <<: null ' \" [ { } ] - : # ? !!set !!python/object:os.system \xff"
    words = [*plain.split(b" "), b"2001-01-01", b"\n", b"|\n", b"- ", b": "]
    for k in range(10_000):
        if k % 4 == 0:
            content = rng.randbytes(rng.randrange(200))
        else:
            mutated = list(pieces)
            for _ in range(rng.randrange(1, 6)):
                at = rng.randrange(len(mutated))
                act = rng.randrange(3)
                if act == 0:
                    mutated[at] = rng.choice(words)
                elif act == 1:
                    mutated.insert(at, rng.choice(words))
                else:
                    mutated[at], mutated[at - 1] = mutated[at - 1], mutated[at]
            content = b" ".join(mutated)
        findings = lint(content, source="s")
        assert all(finding.location.startswith("s:") for finding in findings)
        outcome = fix(content)
        if outcome.n_changes:
            assert yaml.safe_load(outcome.content) is not None


def test_numbers_beyond_any_float_are_no_crash():
    huge = "9" * 400
    text = f"""
method: bayes
run_cap: {huge}
metric: {{name: m, target: {huge}}}
early_terminate: {{type: hyperband, max_iter: {huge}, min_iter: {huge}, s: {huge}, eta: {huge}}}
parameters:
  lr: {{min: {huge}, max: 1{huge}}}
  wd: {{distribution: q_uniform, min: 0, max: {huge}, q: {huge}}}
  a: {{values: [1, 2], probabilities: [{huge}, {huge}]}}
  b: {{distribution: log_uniform, min: -{huge}, max: {huge}}}
"""
    assert "WBS052" in codes(text)


def test_a_secret_is_not_repeated():
    text = "parameters: {api_key: sk-12345, password: [sk-12345], t: {value: sk-12345}}"
    found = lint(text.encode(), source="s")
    assert sum(finding.code == "WBS020" for finding in found) == 2
    assert not any("sk-" in f"{finding.title} {finding.hint}" for finding in found)


def test_severity_and_confidence_are_kept_apart():
    (finding,) = [
        finding
        for finding in lint(
            b"parameters: {batch-size: {value: 1}, batch_size: {values: [1, 2]}}", source="s"
        )
        if finding.code == "WBS038"
    ]
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LOW)
