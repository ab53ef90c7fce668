"""Comparisons from references: sweeps, groups of one source, and what cannot be compared."""

import shutil
from functools import cache
from pathlib import Path

import pytest

from wbtools.analysis.comparison import Over
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.app.compare import CompareOptions, compare_references
from wbtools.app.opening.question import AuditOptions
from wbtools.errors import DataError, UsageError
from wbtools.model import Goal

TESTS = Path(__file__).parents[1]
DEMO = TESTS.parent / "wbtools" / "demo" / "textures"
POLSESS = str(TESTS / "data" / "seeds" / "polsess_runs.csv")
SI_SDR = AuditOptions(metric="best_si_sdr_db", goal=Goal.MAXIMIZE)


@cache
def seeds(**question):
    return compare_references([POLSESS], CompareOptions(question=SI_SDR, **question))


def sums_of(comparison):
    return {
        side.name: summary
        for side, summary in zip(comparison.sides, comparison.summaries, strict=True)
    }


def test_the_seed_table_by_model_has_the_published_means_and_spreads():
    found = sums_of(seeds(by="group", over=Over.ALL))
    for name, mean, sd in (
        ("SPMamba", 5.56, 0.12),
        ("SepFormer", 5.10, 0.19),
        ("DPRNN", 3.03, 0.17),
        ("ConvTasNet", 2.95, 0.30),
        ("fancy-sweep-62", 4.67, 0.07),
    ):
        assert found[name].mean.mean == pytest.approx(mean, abs=0.005)
        assert found[name].mean.sd == pytest.approx(sd, abs=0.005)


def test_the_seed_table_by_series_counts_what_completed_and_its_hours():
    comparison = seeds(by="series", baseline="baseline")
    found = sums_of(comparison)
    assert list(found) == ["baseline", "validation-16k"]
    base = found["baseline"]
    assert (base.n_runs, base.completed.k, base.n_unknown_short) == (12, 8, 4)
    assert base.n_by_completion == {Completion.FULL: 8, Completion.UNKNOWN: 4}
    assert base.hours == pytest.approx(187.07)
    assert comparison.races[1].set_by == 1
    assert not comparison.contrasts[1].difference.shows


def test_a_nine_percent_gap_of_three_seeds_shows_only_if_values_are_normal():
    comparison = seeds(by="group", over=Over.ALL, baseline="SepFormer")
    gap = comparison.contrasts[[side.name for side in comparison.sides].index("SPMamba")].difference
    assert gap.p == pytest.approx(0.0306, abs=5e-4)
    assert (gap.shows, gap.least_p) == (False, 0.1)


def test_two_copies_of_a_sweep_differ_in_nothing(tmp_path):
    for name in ("one", "two"):
        shutil.copytree(DEMO, tmp_path / name)
    comparison = compare_references([str(tmp_path / "one"), str(tmp_path / "two")])
    names = [side.name for side in comparison.sides]
    assert names == [str(tmp_path / name) for name in ("one", "two")]
    assert comparison.summaries[0].best == comparison.summaries[1].best
    assert comparison.contrasts[1].difference.difference == 0
    for race in comparison.races:
        last = race.lanes[1].points[-1]
        assert (last.difference, last.regret) == (0, 0)


def test_sides_of_several_sources_are_named_after_both(tmp_path):
    for name in ("one", "two"):
        rows = f"a,64,0.5,finished\nb,,0.4,finished\nc,{name},0.3,killed\n"
        (tmp_path / f"{name}.csv").write_text(f"run_id,hidden,acc,state\n{rows}")
    comparison = compare_references(
        [str(tmp_path / "one.csv"), str(tmp_path / "two.csv")],
        CompareOptions(by="hidden", question=AuditOptions(metric="acc", goal=Goal.MAXIMIZE)),
    )
    names = [side.name for side in comparison.sides]
    assert names == ["one: 64", "one: one", "two: 64", "two: two"]
    assert comparison.notes[0] == "one: 1 of its 3 runs have no 'hidden' and are left out"


@pytest.mark.parametrize(
    ("references", "asked", "message"),
    [
        pytest.param(["demo"], {}, "one side", id="one sweep"),
        pytest.param(["demo"], {"by": "epochs"}, "27 is one side", id="one group"),
        pytest.param(["demo"], {"by": "hidden", "baseline": "7"}, "none of the sides", id="name"),
        pytest.param(["demo", "demo"], {}, "named twice", id="twice"),
    ],
)
def test_what_is_no_comparison(references, asked, message):
    with pytest.raises(UsageError, match=message):
        compare_references(references, CompareOptions(**asked))


def test_sweeps_that_were_judged_differently_are_named(tmp_path):
    for name, goal in (("one", "maximize"), ("two", "minimize")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "t.csv").write_text("run_id,lr,acc\na,0.1,0.5\nb,0.2,0.4\n")
        (folder / "sweep.yaml").write_text(
            f"metric: {{name: acc, goal: {goal}}}\nparameters: {{lr: {{min: 0.0, max: 1.0}}}}\n"
        )
    tables = [str(tmp_path / name / "t.csv") for name in ("one", "two")]
    with pytest.raises(UsageError, match="judged by different metrics") as error:
        compare_references(tables)
    assert "maximize 'acc'" in error.value.message
    assert "minimize 'acc'" in error.value.message
    agreed = CompareOptions(question=AuditOptions(rank_by="acc:maximize"))
    assert compare_references(tables, agreed).summaries[1].best == 0.5


def test_a_metric_that_nobody_logged_is_said_with_what_is_near():
    question = CompareOptions(by="hidden", question=AuditOptions(rank_by="val/ac:maximize"))
    with pytest.raises(DataError, match="no run of any side has a finite value") as error:
        compare_references(["demo"], question)
    assert "val/acc" in error.value.hint


def test_a_side_without_the_metric_is_named_and_the_others_are_compared(tmp_path):
    for name, column in (("one", "acc"), ("two", "acc "), ("three", "accuracy")):
        (tmp_path / f"{name}.csv").write_text(f"run_id,{column}\na,0.5\nb,0.4\n")
    comparison = compare_references(
        [str(tmp_path / f"{name}.csv") for name in ("one", "two", "three")],
        CompareOptions(question=AuditOptions(metric="acc", goal=Goal.MAXIMIZE), over=Over.ALL),
    )
    assert [summary.best for summary in comparison.summaries] == [0.5, 0.5, None]
    assert comparison.notes == ("three: no run has a finite value of 'acc' (it logged 'accuracy')",)
    assert comparison.contrasts[2].why_not == "it has no value"


def test_what_is_wrong_with_a_recording_is_passed_on(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("run_id,lr,acc\na,1,0.5\na,2,0.4\nb,1,0.3\n")
    comparison = compare_references(
        [str(table)],
        CompareOptions(by="lr", question=AuditOptions(metric="acc", goal=Goal.MAXIMIZE)),
    )
    assert comparison.notes == ("t: 1 rows repeat a run id; they are kept apart (WBT112)",)
