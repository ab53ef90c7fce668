"""A rule that is nowhere but in this file is known to everything that reads rules."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from typer.testing import CliRunner

from tests.analysis.simulation.random_records import records
from tests.analysis.simulation.test_replay import assert_followed_as_asked, polls, workers
from tests.analysis.sweeps import FINISHED, question, sweep
from tests.rules.random_rules import rules_of
from wbtools.analysis.simulation.grid import default_rules
from wbtools.analysis.simulation.replay import replay
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.app.rule_pages import manual_index, manual_page
from wbtools.cli.app import command_line
from wbtools.errors import UsageError
from wbtools.model import SweepView, Verdict
from wbtools.rules.grammar import parse_rule
from wbtools.rules.registry import RULES
from wbtools.rules.rule import StoppingRule
from wbtools.rules.top_k_guard import TopKGuard
from wbtools.rules.tracking import LonelyTracker


@pytest.fixture
def ceiling():
    """The class; it is defined here, so that the other tests' registry is without it."""

    @dataclass(frozen=True, kw_only=True)
    class Ceiling(StoppingRule):
        """Stop a run whose n-th report is worse than `most`."""

        word: ClassVar[str] = "ceiling"
        example: ClassVar[str] = "ceiling(most=9.5)"
        rarely: ClassVar[tuple[str, ...]] = ("n",)
        most: float
        n: int = 1

        def __post_init__(self):
            self.require_numbers("most")
            self.require_counts("n")

        def decide(self, view):
            judged = view.n_reports == self.n
            value = np.full(len(judged), np.nan)
            if judged.any():
                value[judged] = view.values[judged, self.n - 1]
            threshold = np.where(judged, self.most * view.sign, np.nan)
            return Verdict(
                stop=view.active & (value > threshold),
                value=value,
                threshold=threshold,
                band=np.where(judged, self.n, 0),
                n_peers=judged.astype(np.int64),
            )

        def tracker(self, recorded):
            n, width = recorded.values.shape
            stop = np.zeros((n, width + 1), dtype=bool)
            if self.n <= width:
                stop[:, self.n] = recorded.values[:, self.n - 1] > self.most * recorded.sign
            return LonelyTracker(stop)

        @classmethod
        def grid(cls, horizon):
            return [cls(most=float(horizon))]

    yield Ceiling
    del RULES["ceiling"]


def test_it_is_read_and_written(ceiling):
    rule = ceiling(most=2.5, n=3)
    assert str(rule) == "ceiling(most=2.5,n=3)"
    assert parse_rule("ceiling(most=2.5,n=3)") == rule
    assert str(ceiling(most=2.5)) == "ceiling(most=2.5)"
    assert parse_rule("top(ceiling(most=1e-3),k=2)") == TopKGuard(rule=ceiling(most=0.001), k=2)
    with pytest.raises(UsageError, match="the rule 'cieling' is not known") as caught:
        parse_rule("cieling(most=2)")
    assert caught.value.hint == "did you mean 'ceiling'?"
    with pytest.raises(UsageError, match="ceiling needs most"):
        parse_rule("ceiling(n=3)")
    with pytest.raises(UsageError, match="n of ceiling must be a whole number from 1, not 0"):
        parse_rule("ceiling(most=1,n=0)")


def test_it_is_explained(ceiling):
    page = manual_page(ceiling.word)
    assert "ceiling(most=9.5): a rule\n\nStop a run whose n-th report is worse than" in page
    assert "n: By default 1." in page
    assert "wbtools guard SWEEP --rule 'ceiling(most=9.5)'" in page
    assert "Never" not in page
    assert "ceiling  " in manual_index()
    assert "Stop a run whose n-th" in manual_page("top(ceiling(most=2),k=1)")


@pytest.mark.parametrize("word", sorted(RULES))
def test_every_rule_is_explained_with_its_settings(word):
    page = manual_page(word)
    kind = RULES[word]
    assert all(kind.settings_in_words().values())
    assert ("wbtools guard" in page) == (word not in {"hyperband", "none"})
    assert all(f"\n    {setting.name}: " in page for setting in kind.settings())
    assert kind.in_words is not StoppingRule.in_words


def test_it_decides_and_is_simulated(ceiling):
    rule = parse_rule("ceiling(most=2)")
    view = SweepView(
        values=np.array([[1.0], [3.0]]), n_reports=np.array([1, 1]), active=np.array([True, True])
    )
    assert rule.decide(view).stop.tolist() == [False, True]
    ground = scenario(sweep([1.0, 1.0], [3.0, 2.0], **FINISHED), question("none"))
    assert replay(rule, ground.seen, n_workers=2).stopped_at.tolist() == [0, 1]
    simulation = simulate([ground], [rule], Setup(n_orders=1))
    assert simulation.tried[0].over_orders("cost_share").estimate == pytest.approx(0.75, abs=0.01)
    assert ceiling(most=30.0) in default_rules(30)


def test_its_tracker_answers_as_it_decides(ceiling):
    @settings(deadline=None)
    @given(records, rules_of(ceiling), workers, polls)
    def held(recorded, rule, n_workers, poll_s):
        assert_followed_as_asked(recorded, rule, n_workers=n_workers, poll_s=poll_s)

    held()


def help_of_simulate():
    """The help without its spaces: lines are broken anywhere."""
    shown = CliRunner().invoke(command_line(), ["simulate", "--help"]).output
    return "".join(shown.split())


def test_the_help_lists_it_and_every_other_rule(request):
    before = help_of_simulate()
    assert "ceiling" not in before
    request.getfixturevalue("ceiling")
    assert "'ceiling(most=9.5)'" in help_of_simulate()
    assert "ceiling" in RULES
    for kind in RULES.values():
        assert repr(kind.example) in help_of_simulate()


def test_two_rules_of_one_word_are_refused(ceiling):
    with pytest.raises(ValueError, match=r"Other and .*Ceiling are both called 'ceiling'"):

        class Other(StoppingRule):
            word = ceiling.word
