"""One configuration across the stages of a search."""

import pytest

from tests.analysis.ranking.runs import ACC, LOSS, board, measured
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.stages import follow

STAGES = [
    measured(1, 4.08, stage=0, samples=8000, lr=1.0, seed=1),
    measured(2, 3.84, stage=0, samples=8000, lr=2.0, seed=1),
    measured(3, 3.10, stage=0, samples=8000, lr=3.0, seed=1, completion=Completion.CENSORED),
    measured(4, 4.65, stage=1, samples=16000, lr=1, seed=1),
    measured(5, 4.75, stage=1, samples=16000, lr=1, seed=2),
    measured(6, 4.21, stage=1, samples=16000, lr=2, seed=1),
    measured(7, 4.00, stage=1, samples=16000, lr=3, seed=1),
    measured(8, 9.99, stage=1, samples=16000, lr=4, seed=1),
]


def followed(runs, n=2, metric=ACC):
    return follow(board(runs, (metric,)).rows, n, metric)


def test_a_configuration_is_known_by_what_was_varied():
    found = followed(STAGES)
    assert found.names == ("lr",)
    assert found.apart == {"samples": (8000, 16000)}
    assert [configuration.parameters["lr"] for configuration in found.followed] == [1, 2, 3]


def test_gains_are_positive_where_the_later_stage_is_better():
    best, second, stopped = followed(STAGES).followed
    assert best.steps[1].gain.difference == pytest.approx(0.62)
    assert second.steps[1].gain.difference == pytest.approx(0.37)
    assert stopped.steps[1].gain is None
    assert [step.gain for step in (best.steps[0], second.steps[0])] == [None, None]


def test_a_falling_metric_gains_by_falling():
    found = followed(STAGES, metric=LOSS).followed
    gains = {configuration.parameters["lr"]: configuration.steps[1].gain for configuration in found}
    assert gains[1].difference == pytest.approx(-0.62)


def test_two_runs_on_both_sides_give_an_interval():
    more = [measured(9, 4.1, stage=0, samples=8000, lr=1.0, seed=2)]
    gain = followed([*STAGES, *more]).followed[0].steps[1].gain
    assert gain.low < gain.difference < gain.high


def test_a_stage_in_between_may_lack_a_configuration():
    last = [measured(9, 5.0, stage=2, samples=32000, lr=1.0, seed=1)]
    found = followed([*STAGES, *last], 3)
    assert found.apart == {"samples": (8000, 16000, 32000)}
    assert [step.stage for step in found.followed[0].steps] == [0, 1, 2]
    assert found.followed[0].steps[2].gain.difference == pytest.approx(0.3)
    assert [configuration.steps[-1].stage for configuration in found.followed] == [2, 1, 1]


def test_what_one_stage_does_not_record_tells_nothing_apart():
    early = [measured(1, 1.0, stage=0, lr=1.0), measured(2, 2.0, stage=0, lr=2.0)]
    late = [measured(3, 1.5, stage=1, lr=1.0, samples=16000)]
    found = followed([*early, *late])
    assert found.apart == {"samples": (None, 16000)}
    assert len(found.followed) == 1


def test_sweeps_without_a_common_parameter_have_nothing_to_follow():
    found = followed([measured(1, 1.0, stage=0, a=1), measured(2, 2.0, stage=1, b=1)])
    assert not found.followed
