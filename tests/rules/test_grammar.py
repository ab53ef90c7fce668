"""The rules' one grammar."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.random_rules import any_rules
from wbtools.errors import UsageError
from wbtools.rules.asha import Asha
from wbtools.rules.diverged import DivergenceStop
from wbtools.rules.fixed_budget import FixedBudget
from wbtools.rules.grammar import parse_rule, parse_wandb_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.median import Median
from wbtools.rules.none import NoRule
from wbtools.rules.patience import Patience
from wbtools.rules.patient_guard import PatientGuard
from wbtools.rules.projection_guard import ProjectionGuard
from wbtools.rules.registry import RULES
from wbtools.rules.threshold_guard import ThresholdGuard
from wbtools.rules.top_k_guard import TopKGuard
from wbtools.rules.until_guard import UntilGuard

counts = st.integers(1, 10**6)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**6), 10**6)
plain = st.one_of(
    st.just(NoRule()),
    st.builds(
        Hyperband,
        min_iter=st.none() | counts,
        max_iter=st.none() | counts,
        s=st.none() | st.integers(1, 5),
        eta=st.none() | st.integers(2, 9) | st.floats(1.001, 1e300),
        strict=st.none() | st.booleans(),
    ),
    st.builds(Median, grace=counts, interval=counts, min_runs=counts),
    st.builds(Asha, min_iter=counts, eta=st.floats(1.001, 1e300)),
    st.builds(Patience, n=counts, min_delta=st.floats(0, 1e300, allow_subnormal=True)),
    st.builds(FixedBudget, n=counts),
)
rules = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.builds(ThresholdGuard, rule=inner, value=numbers),
        st.builds(TopKGuard, rule=inner, k=counts),
        st.builds(ProjectionGuard, rule=inner, p=st.floats(1e-300, 1)),
        st.builds(DivergenceStop, rule=inner),
        st.builds(PatientGuard, rule=inner, n=counts, min_delta=st.floats(0, 1e300)),
        st.builds(UntilGuard, rule=inner, runs=counts),
    ),
    max_leaves=4,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # busy machines
@given(rules)
def test_what_is_written_is_read_back(rule):
    assert parse_rule(str(rule)) == rule


@given(any_rules())
def test_every_registered_rule_is_read_as_it_is_written(rule):
    assert parse_rule(str(rule)) == rule


@pytest.mark.parametrize("word", sorted(RULES))
def test_the_examples_of_the_help_are_rules(word):
    rule = parse_rule(RULES[word].example.replace("RULE", "median"))
    assert type(rule) is RULES[word]
    assert str(rule) == RULES[word].example.replace("RULE", "median(grace=5)")


READ = {
    "median(grace=5)": Median(grace=5),
    "MEDIAN": Median(),
    " asha( min_iter = 2 , eta = 4 ) ": Asha(min_iter=2, eta=4),
    "patience(n=5,min_delta=1e-3)": Patience(n=5, min_delta=0.001),
    "fixed(n=10)": FixedBudget(n=10),
    "none()": NoRule(),
    "preserve(hyperband(min_iter=5,eta=3),value=0.95)": ThresholdGuard(
        rule=Hyperband(min_iter=5, eta=3), value=0.95
    ),
    "top(none)": TopKGuard(rule=NoRule()),
    "diverged(projected(median, p=0.2))": DivergenceStop(
        rule=ProjectionGuard(rule=Median(), p=0.2)
    ),
}


@pytest.mark.parametrize(("text", "settings"), READ.items(), ids=READ)
def test_read(text, settings):
    assert parse_rule(text) == settings


REFUSED = {
    "medain(grace=5)": "'medain' is not known",
    "median(grace=0)": "grace of median must be a whole number from 1, not 0",
    "median(grace=5.0)": "must be a whole number",
    "median(grace=true)": "must be a whole number",
    "median(patience=3)": "median has no setting 'patience'",
    "asha(eta=1)": "a number above 1",
    "asha(eta=.nan)": "a finite number",
    "asha(eta=fast)": "a finite number, not 'fast'",
    "patience(n=3,min_delta=-1)": "a number from 0",
    "fixed": "fixed needs n",
    "fixed(rule=none)": "no setting 'rule'",
    "projected(none,p=1.5)": "a probability above 0",
    "top(k=3)": "guards one rule, which comes first",
    "top(none,none)": "guards one rule",
    "preserve(none)": "preserve needs value",
    "until(none)": "until needs runs",
    "until(none,runs=0)": "runs of until must be a whole number from 1",
    "top(median(grace=5)": "not an early-termination rule",
    "top)median(": "not an early-termination rule",
    "hyperband(min_iter=3,s='a b,eta=9')": "is not a number, a truth value or a word",
    f"fixed(n=0x{'f' * 5000})": "is not a number, a truth value or a word",
    "none(n=3)": "'none' takes no settings",
    "median(asha)": "not of the form name=value",
    "top(" * 20 + "none" + ")" * 20: "not an early-termination rule",
}


@pytest.mark.parametrize(("text", "complaint"), REFUSED.items(), ids=range(len(REFUSED)))
def test_a_malformed_rule_is_one_clear_message(text, complaint):
    with pytest.raises(UsageError) as caught:
        parse_rule(text)
    assert complaint in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text", ["median(grace=5)", "top(hyperband(min_iter=5),k=3)", "fixed(n=3)"]
)
def test_what_wandb_cannot_run_is_refused_where_wandb_is_to_run_it(text):
    with pytest.raises(UsageError, match="W&B's engine has only hyperband") as caught:
        parse_wandb_rule(text)
    assert "wbtools simulate" in (caught.value.hint or "")
    assert parse_wandb_rule("none") is None
    assert parse_wandb_rule("hyperband(min_iter=5)") == Hyperband(min_iter=5)
