"""The sentence that says what to do next, for every step."""

from types import SimpleNamespace

import pytest

from tests.replication.launches import run_of
from wbtools.analysis.verification.next_step import NextStep, NextStepKind
from wbtools.answers.verify.next_words import next_words

OTHER = run_of(id="other001", number=None)


def words(step, *, comparator=OTHER, fallback=None, **more):
    verification = SimpleNamespace(
        run=run_of(),
        noun="replica",
        comparator=None if comparator is None else SimpleNamespace(run=comparator),
    )
    return next_words(
        verification, NextStep(step=step, **more), fallback, lambda run, seeds: f"{run.id} {seeds}"
    )


@pytest.mark.parametrize("step", NextStepKind)
def test_every_step_has_a_sentence(step):
    sentence = words(step, fallback=OTHER)
    assert sentence.startswith("next") == sentence.endswith(" | sh") == (not sentence.endswith("."))
    assert "run None" not in sentence


@pytest.mark.parametrize("step", [NextStepKind.TAKE_COMPARATOR, NextStepKind.NO_FALL_BACK])
@pytest.mark.parametrize(
    ("comparator", "called"),
    [
        (run_of(id="r", number=2), "run 2"),
        (OTHER, "run other001"),
        (run_of(id="\x1b[2J", number=None), "run \\x1b[2J"),
        (None, "the baseline"),
    ],
    ids=["numbered", "without a number", "hostile", "a baseline"],
)
def test_a_comparator_is_called_as_on_the_page(step, comparator, called):
    sentence = words(step, comparator=comparator)
    assert called in sentence
    assert sentence.isprintable()


def test_seeds_that_are_needed_and_replicas_that_are_missing_are_counted():
    more = words(NextStepKind.MORE_SEEDS, seeds=(42, 123), n_seeds=5)
    assert more == "next, 2 more seeds, 5 in all: ab12cd34 (42, 123) | sh"
    planned = words(NextStepKind.RUN_PLANNED, n_missing=1)
    assert planned == "Run the 1 replica still missing, then verify again."
    too_many = "it would take {} seeds to tell whether the mean is acceptable"
    assert too_many.format("about 80") in words(NextStepKind.TOO_MANY_SEEDS, n_seeds=80)
    assert too_many.format("more than 1000") in words(NextStepKind.TOO_MANY_SEEDS)


def test_without_a_fallback_nothing_is_said():
    assert words(NextStepKind.FALL_BACK) is None
