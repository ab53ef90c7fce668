"""The answer of `compare`: goldens of its page, one answer in all forms, and its picture."""

import math
from functools import cache

import pytest

from tests.analysis.comparison import sides
from tests.analysis.comparison.sides import random_curves, side, table
from tests.analysis.sweeps import FINISHED
from tests.answers.forms import (
    HOSTILE,
    WIDTHS,
    check_all_forms,
    check_verdict_first,
    check_widths,
)
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.comparison import Over
from wbtools.answers.compare.answer import CompareAnswer
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.model import Goal, RunState


def answer(*given, **question):
    return CompareAnswer.of(sides.answer(*given, **question))


@cache
def two():
    return answer(
        side(*random_curves(1, n=12), name="tuned"),
        side(*random_curves(2, n=9), name="baseline"),
    )


@cache
def seeds():
    return answer(
        table([3.28, 2.7, 2.86], [50, 28, 37], [14.2, 7.7, 10.2], "ConvTasNet", Goal.MAXIMIZE),
        table([5.14, 5.26, 4.89], [50, 50, 50], [18.0, 18, 18], "SepFormer", Goal.MAXIMIZE),
        table([5.68, 5.45, 5.55], [21, 30, 30], [15.0, 37.5, 37.5], "SPMamba", Goal.MAXIMIZE),
        goal=Goal.MAXIMIZE,
        over=Over.ALL,
        in_stages=True,
    )


@cache
def one_sided():
    return answer(
        side([0.5, 0.4], [0.3, 0.2], name="a sweep"),
        side([math.nan], name="without a value"),
        side([0.4, 0.3], name="one run"),
        side([0.4], budget=2, name="all stopped"),
        table([0.3, 0.2], name="unknown cost"),
    )


@cache
def hostile():
    return answer(
        *(
            side([0.5, k / 9], [0.4, 0.3], name=name, facts=[{"name": name}, {"id": name}])
            for k, name in enumerate((HOSTILE, *HOSTILE_NAMES.values()))
        )
    )


SAMPLES = {
    "two-sides": two,
    "three-seeds-in-stages": seeds,
    "one-sided": one_sided,
    "hostile": hostile,
}


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "two-sides"])
def test_the_page(golden, name):
    golden(f"compare-{name}.txt", SAMPLES[name]().to_text(width=120))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_screen_at_usual_widths(golden, width):
    golden(f"compare-two-sides-{width}.txt", two().to_text(width=width))


def test_the_page_on_other_paper(golden):
    golden("compare-narrow-ascii.txt", seeds().on(Page(width=44, unicode=False, limit=1)))
    golden("compare.md", seeds().on(MarkdownPage()))


@pytest.mark.parametrize("name", SAMPLES)
def test_every_form_is_harmless_and_fits_its_schema_and_terminal(name):
    check_all_forms(SAMPLES[name]())
    check_widths(SAMPLES[name](), 20, 60, 100)
    check_verdict_first(SAMPLES[name]())


def test_headlines_say_what_came_out():
    assert repr(seeds()) == (
        "<compare: 3 sides by loss: SepFormer gained 1.980 (95 %: +1.610 … +2.560) and SPMamba "
        "gained 0.420 (95 %: +0.190 … +0.790), each against the best value of the stage before>"
    )
    assert repr(two()) == (
        "<compare: 2 sides by loss: no difference shows: -0.2211 (-0.7096 … +0.2674), p .273, 3 "
        "runs a side>"
    )
    without = answer(side([math.nan]), side([math.nan], name="b"))
    assert repr(without) == "<compare: 2 sides by loss: no side has a value>"


LOW, MIDDLE, HIGH = ([shift + 0.01 * k for k in range(4)] for shift in (0.1, 0.5, 0.9))


@pytest.mark.parametrize(
    ("groups", "words"),
    [
        (
            (LOW, HIGH),
            "Is b better than a? No, it is worse: +0.8000 (+0.7777 … +0.8223), p <.001, 4 ",
        ),
        (
            (HIGH, LOW),
            "Is b better than a? Yes: -0.8000 (-0.8223 … -0.7777), p <.001, 4 runs a side.",
        ),
        ((HIGH[:3], LOW[:3]), "Is b better than a? Only if values are normal is it better: "),
        (
            (HIGH, LOW[:1]),
            "Which side is best? b has the best value (0.1000), but no difference can ",
        ),
        (
            (HIGH, LOW, LOW, HIGH, HIGH[:1]),
            "b (-0.8000, p <.001) and c (-0.8000, p <.001) are better",
        ),
        (
            (HIGH, LOW, HIGH[:1]),
            "Is any side better than a? b is better only if values are normal: -0.8",
        ),
    ],
    ids=["worse", "better", "normal", "a single run", "several", "and one that cannot be tested"],
)
def test_the_verdict_says_no_more_than_the_tests(groups, words):
    sides = [table(list(values), name=name) for name, values in zip("abcde", groups, strict=False)]
    assert words in " ".join(answer(*sides).to_text(width=200).split())


def test_the_table_of_hours_is_left_out_only_where_it_says_the_same():
    assert "hours (32 min) nothing changes: see --limit 0" in two().to_text(width=120)
    assert two().to_text(width=120, limit=0).count("with the same budget") == 2
    # SPMamba has no run within the hours that are equal for all.
    assert seeds().to_text(width=120).count("with the same budget") == 2


def test_sides_beyond_the_limit_are_counted():
    comparison = answer(*(side([0.5], [0.1 * k], name=f"side {k}") for k in range(1, 21)))
    text = comparison.to_text(width=100, limit=3)
    assert "… and 17 more (--limit 0 shows all)" in text
    assert "side 5" not in text
    assert "side 20" in comparison.to_text(width=100, limit=0)


@pytest.mark.parametrize("name", SAMPLES)
def test_json_and_frame_hold_the_sides_and_json_the_curves(name):
    comparison = SAMPLES[name]()
    answered, frame = comparison.to_dict(), comparison.to_frame()
    bests = [summary.best for summary in comparison.summaries]
    assert [each["best"] for each in answered["sides"]] == bests
    assert [None if math.isnan(x) else x for x in frame["best"]] == bests
    for race, found in zip(answered["anytime"], comparison.races, strict=True):
        assert [lane["total"] for lane in race["curves"]] == [lane.total for lane in found.lanes]
        suffix = {"hours": "h"}.get(race["unit"], race["unit"])
        for lane, each in zip(race["curves"], answered["sides"], strict=True):
            assert len(lane["points"]) in {0, 20}
            assert (lane["left_out_because"] is None) == (lane["total"] is not None)
            assert each[f"equal_{suffix}"] == race["equal_compute"]
            last = lane["points"][-1] if lane["points"] else {}
            assert each[f"typical_at_equal_{suffix}"] == last.get("typical")
            assert each[f"p_better_at_equal_{suffix}"] == last.get("p_better")


def test_what_is_tested_and_gained_stands_in_the_rows():
    first, second, _ = seeds().to_dict()["sides"]
    assert (first["is_baseline"], first["difference"], first["shows"]) == (True, None, None)
    assert second["difference"] == pytest.approx(2.15, abs=1e-3)
    assert (second["shows_by_welch"], second["shows"]) == (True, False)
    assert (first["gain"], second["gain"]) == (None, pytest.approx(1.98))
    assert second["so_far_h"] == pytest.approx(86.1)
    counts = second["n_by_cause"]
    assert (counts["completed"], counts["hyperband"]) == (3, 0)
    assert seeds().to_frame()["n_by_cause/completed"].tolist() == [3, 3, 3]
    assert two().to_dict()["sides"][0]["gain"] is None


UNKNOWN_END = {"state": RunState.UNKNOWN}


@pytest.mark.parametrize(
    ("ends", "words"),
    [
        ((UNKNOWN_END, UNKNOWN_END), "runs of unknown end"),
        ((UNKNOWN_END, FINISHED), "runs completed or of unknown end"),
        ((FINISHED, FINISHED), "completed runs"),
    ],
    ids=["none completed", "some", "all"],
)
def test_the_page_says_which_runs_its_means_are_over(ends, words):
    groups = [
        table([0.1, 0.2, 0.3 + k], name=name, ends=end)
        for k, (name, end) in enumerate(zip("ab", ends, strict=True))
    ]
    page = answer(*groups).to_text(width=120)
    assert f"means over {words}   baseline" in page
    assert f"Do the means differ?   {words}, each side less a" in page


def test_too_few_values_for_so_many_comparisons_are_said():
    """Of 4 and 4 values permutation gives .029 at least, and of two such comparisons .057."""
    groups = [
        table([shift + 0.01 * k for k in range(4)], name=name)
        for name, shift in (("a", 0.1), ("b", 0.5), ("c", 0.9))
    ]
    words = "better if values are normal; too few runs to show it without"
    page = " ".join(answer(*groups[:2]).to_text(width=160).split())
    assert "worse: the difference shows" in page
    page = " ".join(answer(*groups).to_text(width=160).split())
    assert page.count(words.replace("better", "worse")) == 2
