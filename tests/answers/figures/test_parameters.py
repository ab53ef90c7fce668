"""Parallel coordinates, slices, pairs and importances: where runs lie, and what is left out."""

import re
from itertools import combinations

import numpy as np
import pytest

from tests.analysis.importance.runs import audited
from tests.answers.figures.checks import check_figure, marks_of, texts_of
from tests.answers.importance.test_answer import RATES, hostile, sixty, twelve
from tests.answers.samples import hostile as hostile_audit
from tests.answers.samples import run_table
from wbtools.analysis.importance import assess, forest
from wbtools.answers.figures import parameter_findings
from wbtools.answers.figures.figure_data import (
    AxisScale,
    CurveMark,
    DotMark,
    Emphasis,
    IntervalMark,
    RibbonMark,
    TextMark,
)
from wbtools.answers.figures.importance import importance_figure
from wbtools.answers.figures.parallel import parallel_figure
from wbtools.answers.figures.slices import pairs_figure, slices_figure
from wbtools.errors import DataError
from wbtools.model import Goal

OF_PARAMETERS = {"parallel": parallel_figure, "slices": slices_figure, "pairs": pairs_figure}


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forest, "N_FORESTS", 4)
        patch.setattr(forest, "N_TREES", 12)
        yield


@pytest.fixture(scope="module")
def answers():
    return {"sixty": sixty(), "twelve": twelve(), "hostile": hostile()}


def mixed(n=20, goal=Goal.MINIMIZE):
    """A log-scaled number, listed numbers, a category, one that some lack, a constant, a secret."""
    configs = [
        {
            "lr": float(RATES[k]),
            "width": 2 ** (5 + k % 3),
            "opt": ["adam", "sgd"][k % 2],
            "epochs": 3,
            "api_key": ["sk-very", "sk-secret"][k % 2],
            **({"clip": 0.1 * k} if k % 2 else {}),
        }
        for k in range(n)
    ]
    return audited([1 + k / 10 for k in range(n)], configs, goal=goal)


def axis_of(data, name):
    return data.panels[0].x.names.index(name)


def test_a_line_is_where_its_run_lies_on_each_axis():
    audit = mixed()
    data = parallel_figure(audit)
    names = data.panels[0].x.names
    assert sorted(names[:-1]) == ["clip", "lr", "opt", "width"]
    lines = {mark.run_id: mark for mark in marks_of(data, CurveMark)}
    assert len(lines) == 20
    rates = [row.run.config["lr"] for row in audit.rows]
    at_lr = [lines[row.run.id].y[axis_of(data, "lr")] for row in audit.rows]
    low, high = np.log(min(rates)), np.log(max(rates))
    assert at_lr == pytest.approx((np.log(rates) - low) / (high - low))
    widths = [lines[row.run.id].y[axis_of(data, "width")] for row in audit.rows]
    assert widths == [[0.0, 0.5, 1.0][k % 3] for k in range(20)]
    reached = [lines[row.run.id].y[-1] for row in audit.rows]
    assert reached == pytest.approx(np.linspace(0, 1, 20))


def test_runs_without_a_parameter_lie_below_its_axis_which_says_so():
    audit = mixed()
    data = parallel_figure(audit)
    at = axis_of(data, "clip")
    lines = {mark.run_id: mark for mark in marks_of(data, CurveMark)}
    below = [lines[row.run.id].y[at] < 0 for row in audit.rows]
    assert below == ["clip" not in row.run.config for row in audit.rows]
    (absent,) = (mark for mark in marks_of(data, TextMark) if mark.text == "absent")
    assert absent.x == at


def test_the_best_runs_stand_out_and_lie_on_top():
    lines = marks_of(parallel_figure(mixed()), CurveMark)
    strong = [mark.run_id for mark in lines if mark.emphasis is Emphasis.STRONG]
    assert [mark.run_id for mark in lines[-3:]] == strong
    assert [mark.label for mark in lines if mark.label] == [lines[-1].label] == ["run 1"]


def test_what_is_left_out_is_said():
    notes = " ".join(parallel_figure(mixed()).notes)
    assert "1 parameter did not vary." in notes
    assert "1 parameter with secret values left out." in notes
    for figure in OF_PARAMETERS.values():
        assert not any("sk-" in text or "api_key" in text for text in texts_of(figure(mixed())))


def test_of_many_parameters_the_most_important_are_shown():
    configs = [
        {"lr": float(RATES[k])} | {f"p{j:02d}": (k * (j + 3)) % 23 / 23 for j in range(20)}
        for k in range(40)
    ]
    audit = audited([float(x) for x in RATES[:40]], configs)
    known = parallel_figure(audit, assess(audit, None))
    assert len(known.panels[0].x.names) == 8 + 1
    assert known.panels[0].x.names[0] == "lr"
    assert "Of 21 parameters, the 8 most important are shown." in known.notes
    by_name = parallel_figure(audit)
    assert by_name.panels[0].x.names[:2] == ("lr", "p00")
    assert "Of 21 parameters, the 8 first by name are shown." in by_name.notes


def test_the_title_says_where_the_best_runs_lie():
    for configs, words in (
        ([{"width": 64 if k < 4 else [32, 96][k % 2]} for k in range(20)], "width 64"),
        ([{"opt": "lion" if k < 4 else "adam"} for k in range(20)], "opt lion"),
        ([{"lr": float(x)} for x in sorted(RATES[:20])], "lr between "),
    ):
        audit = audited([float(k) for k in range(20)], configs)
        assert parallel_figure(audit).title.startswith(f"The best 3 of 20 runs have {words}")


def test_the_title_says_no_range_where_nothing_matters():
    titles = []
    for seed in range(20):
        draw = np.random.default_rng(seed)
        configs = [
            {name: round(float(draw.random()), 4) for name in "abcd"}
            | {"opt": str(draw.choice(["adam", "sgd", "lion", "rms"])), "n": int(draw.integers(6))}
            for _ in range(36)
        ]
        audit = audited(draw.normal(size=36).tolist(), configs)
        titles += [parallel_figure(audit).title, pairs_figure(audit).title]
    assert sum(title == "No parameter sets the best of 36 runs apart" for title in titles) >= 36


def test_the_chance_of_a_range_is_that_of_runs_chosen_at_random():
    sizes, chosen = [2, 1, 3, 1, 2], 3
    places = np.repeat(np.arange(len(sizes)), sizes)
    for most in range(3, 10):
        n = sum(
            sum(sizes[places[min(some)] : places[max(some)] + 1]) <= most
            for some in combinations(range(len(places)), chosen)
        )
        assert parameter_findings._n_within(sizes, chosen, most) == n


def test_a_far_outlier_does_not_press_all_others_together():
    configs = [{"lr": float(x)} for x in RATES[:20]]
    audit = audited([*(1 + k / 10 for k in range(19)), 1e300], configs)
    heights = [mark.y[-1] for mark in marks_of(parallel_figure(audit), CurveMark)]
    assert sorted(heights)[10] > 0.4
    assert max(heights) <= 1
    assert any("1 run beyond the edge" in note for note in parallel_figure(audit).notes)
    low, high = slices_figure(audit).panels[0].y.limits
    assert (low < 1, 2 < high < 4) == (True, True)


def test_slices_are_in_the_parameters_own_values():
    audit = mixed()
    panels = {panel.x.label: panel for panel in slices_figure(audit).panels}
    assert panels["lr"].x.scale is AxisScale.LOG
    assert panels["width"].x.scale is AxisScale.LOG
    assert [text for _, text in panels["width"].x.ticks] == ["32", "64", "128"]
    assert panels["opt"].x.names == ("adam", "sgd")
    powers = [at for at, _ in panels["lr"].x.ticks]
    assert 1 < len(powers) <= 4
    assert all(np.log10(at) == pytest.approx(round(np.log10(at))) for at in powers)
    dots = {mark.run_id: mark for mark in panels["lr"].marks if isinstance(mark, DotMark)}
    for row in audit.rows:
        assert dots[row.run.id].x == pytest.approx(row.run.config["lr"])
        assert dots[row.run.id].y == row.best
    assert len([mark for mark in panels["clip"].marks if isinstance(mark, DotMark)]) == 10


def test_marginal_curves_have_their_interval_where_forests_predict(answers):
    found = answers["sixty"]
    assert found.forest_means_something
    data = slices_figure(found.audit, found)
    panels = {panel.x.label: panel for panel in data.panels}
    (ribbon,) = (mark for mark in panels["lr"].marks if isinstance(mark, RibbonMark))
    (curve,) = (mark for mark in panels["lr"].marks if isinstance(mark, CurveMark))
    points = next(each.marginal for each in found.parameters if each.name == "lr")
    assert curve.y.tolist() == [point.typical for point in points]
    assert (ribbon.low <= curve.y).all()
    assert (curve.y <= ribbon.high).all()
    assert (ribbon.low < ribbon.high).any()
    levels = [mark for mark in panels["opt"].marks if isinstance(mark, IntervalMark)]
    assert [mark.at for mark in levels] == [0, 1]
    assert data.legend[-1].label == "predicted by random forests"
    unknown = slices_figure(answers["twelve"].audit, answers["twelve"])
    assert marks_of(unknown, RibbonMark) == []


def test_pairs_tell_runs_apart_by_quarters_of_their_value():
    audit = mixed()
    data = pairs_figure(audit)
    assert len(data.panels) == 6
    dots = {mark.run_id: mark for mark in marks_of(data, DotMark)}
    quarter = {row.run.id: dots[row.run.id].category.key for row in audit.rows}
    assert [quarter[row.run.id] for row in audit.rows] == [
        f"quarter-{1 + k // 5}" for k in range(20)
    ]


def test_importances_have_their_intervals_and_what_is_significant_is_marked(answers):
    found = answers["sixty"]
    data = importance_figure(found)
    associations, lost = data.panels
    marks = [mark for mark in associations.marks if isinstance(mark, IntervalMark)]
    known = [each.association for each in found.parameters if each.association.strength]
    assert [(mark.low, mark.estimate, mark.high) for mark in marks] == [
        (each.strength.low, each.strength.estimate, each.strength.high) for each in known
    ]
    assert [mark.category.key == "association-significant" for mark in marks] == [
        each.stands for each in known
    ]
    assert associations.y.is_reversed
    assert lost.title == "forests lose without it"
    surely = [each.name for each in found.parameters if each.association.stands]
    assert surely
    assert all(name in data.title for name in surely)
    few = importance_figure(answers["twelve"])
    assert len(few.panels) == 1
    assert any(note.startswith("No importances by random forests") for note in few.notes)


@pytest.mark.slow  # twelve drawings of many panels
@pytest.mark.parametrize("name", ["sixty", "twelve", "hostile"])
@pytest.mark.parametrize("figure", [*OF_PARAMETERS, "importance"])
def test_every_answer_can_be_drawn(answers, name, figure):
    found = answers[name]
    data = (
        importance_figure(found)
        if figure == "importance"
        else OF_PARAMETERS[figure](found.audit, found)
    )
    assert data.name == figure
    check_figure(data, "single", "double")
    assert not any(re.search(r"sk-(very|secret)", text) for text in texts_of(data))


def test_one_parameter_has_no_pairs():
    with pytest.raises(DataError, match="only one parameter varies, lr"):
        pairs_figure(run_table())


@pytest.mark.parametrize("figure", ["parallel", "slices"])
@pytest.mark.parametrize("audit", [hostile_audit, run_table], ids=lambda audit: audit.__name__)
def test_sweeps_with_few_or_no_parameters_can_be_drawn(figure, audit):
    check_figure(OF_PARAMETERS[figure](audit()))


def test_more_is_better_or_worse_as_the_goal_says():
    label = parallel_figure(mixed(goal=Goal.MAXIMIZE)).panels[0].x.label
    assert "higher is better" in label
    assert "lower is better" in parallel_figure(mixed()).panels[0].x.label
