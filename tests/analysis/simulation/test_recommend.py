"""What is advised contradicts nothing that is said of the rules."""

import pytest

from tests.analysis.simulation.test_simulate import whole
from tests.analysis.sweeps import question
from wbtools.analysis.simulation.recommend import recommend
from wbtools.analysis.simulation.scenario import scenario
from wbtools.analysis.simulation.simulate import Setup, simulate
from wbtools.rules.grammar import parse_rule

STOPS_NOTHING = "hyperband(min_iter=1000)"


@pytest.mark.parametrize(
    ("rules", "cheaper"),
    [([STOPS_NOTHING], None), ([STOPS_NOTHING, "patience(n=1000)"], "patience(n=1000)")],
    ids=["of W&B alone", "beside one that is not"],
)
def test_a_rule_that_wandb_can_run_is_not_called_one_that_it_cannot(rules, cheaper):
    asked = [parse_rule(text) for text in rules]
    ground = scenario(whole(n=20), question("none"))
    advice = recommend(simulate([ground], asked, Setup(n_orders=10, n_workers=2)))
    assert advice.rule is None
    assert "none saves compute" in advice.abstained_because
    assert (None if advice.cheaper is None else str(advice.cheaper.rule)) == cheaper
