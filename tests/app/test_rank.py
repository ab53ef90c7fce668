"""Leaderboards from references: real tables' own numbers, goals, stages, runs outside sweeps."""

from pathlib import Path

import pytest

from tests.sources.local.wandb_writer import simple_run, summary, write_run
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.ranking import StoppedRuns
from wbtools.analysis.ranking.reading_moment import parse_at
from wbtools.app.opening.selection import Selection
from wbtools.app.opening.session import Session
from wbtools.app.rank import RankOptions, rank_references, run_to_repeat
from wbtools.errors import DataError, UsageError
from wbtools.model import Goal, Metric

SEEDS = Path(__file__).parents[1] / "data" / "seeds"
POLSESS = SEEDS / "polsess_runs.csv"
SI_SDR = ("best_si_sdr_db:maximize",)
PUBLISHED = {
    "SPMamba": (5.56, 0.12),
    "SepFormer": (5.10, 0.19),
    "fancy-sweep-62": (4.67, 0.07),
    "rose-sweep-41": (4.29, 0.07),
    "spring-sweep-67": (4.28, 0.12),
    "exalted-sweep-12": (4.24, 0.13),
    "sunny-sweep-2": (4.17, 0.10),
    "DPRNN": (3.03, 0.17),
    "ConvTasNet": (2.95, 0.30),
}
EARLY = "name,state,samples,lr,seed,acc\na-1,finished,8,0.1,1,0.5\na-2,finished,8,0.2,1,0.4\n"
LATE = "name,state,samples,lr,seed,acc\nb-1,finished,16,0.1,1,0.6\nb-2,killed,16,0.2,1,0.3\n"


def ranked(*references, selection=None, **options):
    with Session() as session:
        return rank_references(
            [str(reference) for reference in references], RankOptions(**options), session, selection
        )


@pytest.mark.parametrize("group_by", [(), ("group",)], ids=["by itself", "by its group"])
def test_the_published_means_and_deviations(group_by):
    ranking = ranked(POLSESS, metrics=SI_SDR, group_by=group_by)
    summaries = {
        row.configuration.parameters["group"]: (
            round(row.lead.summary.mean, 2),
            round(row.lead.summary.sd, 2),
        )
        for row in ranking.board.rows
    }
    assert summaries == PUBLISHED
    assert list(summaries) == list(PUBLISHED)
    assert {row.lead.summary.n for row in ranking.board.rows} == {3}
    assert (
        ranking.n_by_completion[Completion.FULL],
        ranking.n_by_completion[Completion.UNKNOWN],
    ) == (17, 10)


def test_what_the_tests_say_of_the_published_table():
    ranking = ranked(POLSESS, metrics=SI_SDR)
    assert ranking.board.n_compared == 8
    second = ranking.board.rows[1]
    assert second.versus.p_adjusted == pytest.approx(0.0306, abs=1e-4)
    assert second.versus.p_permutation == pytest.approx(0.1)


def test_the_hours_of_a_table_are_hours():
    ranking = ranked(POLSESS, metrics=SI_SDR)
    assert ranking.board.rows[0].runtime_h == pytest.approx((15 + 37.5 + 37.5) / 3)


def test_a_grid_is_ranked_by_accuracy_and_then_by_loss():
    ranking = ranked(
        SEEDS / "irmas_task11_grid.csv", metrics=("val_accuracy:maximize", "val_loss:minimize")
    )
    runs = [row.configuration.counted[0].run.number for row in ranking.board.ranked]
    assert runs == [8, 1, 14, 16]
    assert [row.rank for row in ranking.board.ranked] == [1, 2, 3, 4]
    assert ranking.n_silent == 14


def test_a_tie_of_a_published_leaderboard_is_broken_by_recall():
    ranking = ranked(
        SEEDS / "stage13_leaderboard_top.csv",
        metrics=("ood_f1_mean:maximize", "ood_recall_mean:maximize"),
        group_by=("hidden_units", "dropout", "learning_rate"),
    )
    assert [row.configuration.counted[0].run.number for row in ranking.board.ranked] == [1, 2, 3, 4]
    assert [row.lead.summary.mean for row in ranking.board.ranked[1:3]] == [0.912, 0.912]


def test_the_published_choice_is_diverse():
    names = ("lr", "weight_decay", "grad_clip", "lr_factor", "lr_patience")
    ranking = ranked(
        SEEDS / "polsess_top5.csv", metrics=("si_sdr_db:maximize",), group_by=names, n_diverse=5
    )
    assert len(ranking.diverse.picks) == 5
    assert ranking.diverse.names == names
    assert all(distance > 0.1 for pick in ranking.diverse.picks for distance in pick.distances)


def test_runs_that_were_stopped_are_in_no_mean():
    ranking = ranked(SEEDS / "ocr_v5inrfwe_runs.csv", metrics=("val/hmean:maximize",))
    assert (ranking.n_counted, ranking.n_by_completion[Completion.CENSORED]) == (3, 9)
    assert [row.configuration.counted[0].run.number for row in ranking.board.ranked] == [3, 2, 1]
    assert ranking.board.rows[3].reached == 0.9660


def test_the_demo_is_ranked_by_its_own_metric():
    ranking = ranked("demo")
    (metric,) = ranking.question.metrics
    assert (metric.name, metric.goal) == ("val/acc", Goal.MAXIMIZE)
    assert ranking.question.metric_source == "sweep.yaml"
    assert [row.configuration.counted[0].run.number for row in ranking.board.ranked][:2] == [34, 6]
    assert (
        ranking.n_by_completion[Completion.FULL],
        ranking.n_by_completion[Completion.CENSORED],
    ) == (4, 32)


def test_a_gem_may_enter_by_its_projection():
    ranking = ranked("demo", stopped=StoppedRuns.PROJECTED, n_diverse=3)
    assert len(ranking.board.ranked) == 36
    (first, *_) = ranking.diverse.picks
    assert first.row.projected is not None
    assert run_to_repeat(ranking, first.row) == "5"


def test_at_one_step_a_stopped_run_is_as_good_as_any():
    ranking = ranked("demo", at=parse_at("step=2"))
    assert (ranking.n_counted, ranking.n_silent) == (30, 6)
    assert ranking.n_by_completion[Completion.CENSORED] == 32


def test_stages_are_followed(tmp_path):
    (tmp_path / "s8.csv").write_text(EARLY)
    (tmp_path / "s16.csv").write_text(LATE)
    ranking = ranked(
        tmp_path / "s8.csv", tmp_path / "s16.csv", metrics=("acc:maximize",), n_diverse=2
    )
    assert ranking.across.apart == {"samples": (8, 16)}
    gains = [followed.steps[1].gain for followed in ranking.across.followed]
    assert gains[0].difference == pytest.approx(0.1)
    assert gains[1] is None
    assert ranking.diverse.names == ("lr",)


def test_sweeps_of_one_name_are_called_as_the_user_called_them(tmp_path):
    for folder, text in (("a", EARLY), ("b", LATE)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "runs.csv").write_text(text)
    paths = [tmp_path / folder / "runs.csv" for folder in "ab"]
    ranking = ranked(*paths, metrics=("acc:maximize",))
    assert [source.name for source in ranking.sources] == [str(path) for path in paths]


def test_a_name_that_is_another_runs_number_is_not_written_as_one(tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("id,name,lr,acc\nx1,2,0.1,0.9\nx2,1,0.2,0.8\n")
    ranking = ranked(table, metrics=("acc:maximize",))
    assert [run_to_repeat(ranking, row) for row in ranking.board.rows] == ["x1", "x2"]


def test_a_number_that_stands_in_the_summary_only_is_a_result_too(tmp_path):
    for k in range(4):
        records = simple_run(f"run{k}", sweep_id="sweep123", config={"lr": k // 2, "seed": k % 2})
        records.insert(-1, summary({"test/f1": 0.5 + k / 10}))
        write_run(tmp_path, records, f"run{k}")
    ranking = ranked(tmp_path, metrics=("test/f1:maximize", "loss:minimize"))
    assert [row.lead.summary.mean for row in ranking.board.rows] == pytest.approx([0.75, 0.55])
    assert ranking.board.rows[0].figures[1].summary.mean == 1.0
    with pytest.raises(DataError, match="none of the 4 runs"):
        ranked(tmp_path, metrics=("test/f2:maximize",))


def test_local_runs_outside_sweeps_by_their_tag():
    with pytest.raises(UsageError, match="no run in"):
        ranked(SEEDS, selection=Selection(tags=("nobody",)), metrics=("acc:maximize",))


MISTAKES = {
    "a metric nobody logged": ({"metrics": ("val/acx",)}, DataError, "no number was logged"),
    "a metric without a goal": ({"metrics": ("lr",)}, UsageError, "minimized or maximized"),
    "a metric with two goals": (
        {"metrics": ("val/acc:max",), "goal": Goal.MINIMIZE},
        UsageError,
        "contradict each other",
    ),
    "a metric twice": (
        {"metrics": ("val/acc", "val/acc:maximize")},
        UsageError,
        "names a metric twice",
    ),
    "a name to group by that no run has": ({"group_by": ("lrr",)}, UsageError, "no run of demo"),
    "a seed that no run has": ({"seed_keys": ("fold",)}, UsageError, "no run of demo"),
    "a projection at the end": (
        {"stopped": StoppedRuns.PROJECTED, "at": parse_at("last")},
        UsageError,
        "contradict each other",
    ),
    "a step that no run came to": ({"at": parse_at("step=27")}, DataError, "reached step 27"),
    "a second metric nobody logged": (
        {"metrics": ("val/acc", "nothing:minimize")},
        DataError,
        "none of the 36 runs",
    ),
}


@pytest.mark.parametrize(("options", "kind", "complaint"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_one_clear_message(options, kind, complaint):
    with pytest.raises(kind, match=complaint) as caught:
        ranked("demo", **options)
    assert caught.value.hint


def test_without_a_sweep_file_the_metric_must_be_named():
    with pytest.raises(UsageError, match="which metric"):
        ranked(POLSESS)


def test_sweeps_that_disagree_on_the_goal_are_asked_about(tmp_path):
    written = "metric: {{name: acc, goal: {}}}\nparameters: {{lr: {{min: 0.0, max: 1.0}}}}\n"
    for folder, goal in (("a", "maximize"), ("b", "minimize")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "runs.csv").write_text("name,lr,acc\nx-1,0.1,0.5\n")
        (tmp_path / folder / "sweep.yaml").write_text(written.format(goal))
    paths = [tmp_path / folder / "runs.csv" for folder in "ab"]
    with pytest.raises(UsageError, match="disagree"):
        ranked(*paths)
    with pytest.raises(UsageError, match="disagree"):
        ranked(*paths, metrics=("acc",))
    assert ranked(*paths, metrics=("acc",), goal=Goal.MAXIMIZE).n_counted == 2
    assert ranked(*paths, metrics=("acc:max",)).n_counted == 2
    for goal in Goal:
        assert ranked(*paths, goal=goal).question.metrics[0].goal is goal


def test_a_goal_that_is_said_stands_over_the_sweeps_own():
    metric = ranked("demo", goal=Goal.MINIMIZE).question
    assert metric.metrics[0] == Metric(name="val/acc", goal=Goal.MINIMIZE)
    assert metric.metric_source == "sweep.yaml, its goal by --goal; but sweep.yaml says maximize"


def test_the_order_of_metrics_is_the_users():
    ranking = ranked("demo", metrics=("train/loss:minimize", "val/acc"))
    assert [metric.goal for metric in ranking.question.metrics] == [Goal.MINIMIZE, Goal.MAXIMIZE]


def test_the_goal_that_a_name_tells_is_said():
    question = ranked("demo", metrics=("train/loss",)).question
    assert [metric.goal for metric in question.metrics] == [Goal.MINIMIZE]
    said = "--metric; goal minimize of train/loss inferred from its name"
    assert question.metric_source == said


def test_a_goal_that_is_typed_keeps_the_sweeps_own_target(tmp_path):
    (tmp_path / "runs.csv").write_text("name,lr,acc\nx-1,0.1,0.5\n")
    (tmp_path / "sweep.yaml").write_text(
        "metric: {name: acc, goal: maximize, target: 0.9}\nparameters: {lr: {min: 0.0, max: 1.0}}\n"
    )
    table = tmp_path / "runs.csv"
    for metrics, goal in ((("acc:max",), None), (("acc",), Goal.MAXIMIZE), ((), Goal.MAXIMIZE)):
        (metric,) = ranked(table, metrics=metrics, goal=goal).question.metrics
        assert metric == Metric(name="acc", goal=Goal.MAXIMIZE, target=0.9)


def test_a_goal_is_of_the_metrics_that_say_none():
    metrics = ranked("demo", metrics=("train/loss:min", "lr"), goal=Goal.MAXIMIZE).question.metrics
    assert [metric.goal for metric in metrics] == [Goal.MINIMIZE, Goal.MAXIMIZE]


SIZES = "name,state,lr,seed,acc,size\n" + "".join(
    f"a-{k},finished,{lr},{k % 2},{acc},{size}\n"
    for k, (lr, acc, size) in enumerate(
        [(0.1, 0.9, 8), (0.1, 0.8, 8), (0.2, 0.7, 4), (0.2, 0.7, 4), (0.3, 0.6, 6), (0.3, 0.6, 6)]
    )
)


def test_values_are_set_against_the_time_of_a_run():
    ranking = ranked(POLSESS, metrics=SI_SDR, group_by=("group",), against="cost")
    tradeoff = ranking.tradeoff
    hours = {
        row.configuration.parameters["group"]: summary.mean
        for row, summary in zip(ranking.board.rows, tradeoff.summaries, strict=True)
    }
    assert hours["SPMamba"] == pytest.approx((15 + 37.5 + 37.5) / 3)
    on_front = {
        row.configuration.parameters["group"]
        for row, is_on_front in zip(ranking.board.rows, tradeoff.on_front, strict=True)
        if is_on_front
    }
    better = {"SPMamba", "SepFormer", "fancy-sweep-62"}
    assert better < on_front
    assert not on_front & {"ConvTasNet", "DPRNN"}


@pytest.mark.parametrize(
    ("group_by", "source"), [((), "config"), (("lr",), "config")], ids=["all", "by lr"]
)
def test_values_are_set_against_a_number_that_the_runs_hold(tmp_path, group_by, source):
    table = tmp_path / "runs.csv"
    table.write_text(SIZES)
    ranking = ranked(table, metrics=("acc:max",), group_by=group_by, against="size")
    assert ranking.tradeoff.against.source in {source, "summary"}
    assert ranking.tradeoff.against.goal is Goal.MINIMIZE
    assert [s.mean for s in ranking.tradeoff.summaries] == [8, 4, 6]
    assert list(ranking.tradeoff.on_front) == [True, True, False]
    more = ranked(table, metrics=("acc:max",), group_by=group_by, against="size:max")
    assert list(more.tradeoff.on_front) == [True, False, False]


def test_values_are_set_against_a_further_metric_with_its_own_goal(tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text(SIZES)
    ranking = ranked(table, metrics=("acc:max", "size:max"), against="size")
    assert ranking.tradeoff.against.source == "metric"
    assert ranking.tradeoff.against.goal is Goal.MAXIMIZE
    assert list(ranking.tradeoff.on_front) == [True, False, False]


def test_a_number_of_the_summaries_need_not_be_a_curve(tmp_path):
    for k in range(3):
        records = simple_run(f"run{k}", [3.0 - k], sweep_id="sweep123", config={"lr": k})
        records.insert(-1, summary({"n_weights": 10 - k}))
        write_run(tmp_path / "wandb", records, f"run{k}")
    ranking = ranked(tmp_path / "wandb", metrics=("loss:min",), against="n_weights")
    assert ranking.tradeoff.against.source == "summary"
    assert [s.mean for s in ranking.tradeoff.summaries] == [8, 9, 10]
    assert list(ranking.tradeoff.on_front) == [True, False, False]


@pytest.mark.parametrize(
    ("against", "error", "words"),
    [
        ("acc", UsageError, "is what runs are ranked by"),
        ("sise", UsageError, "size"),
        ("cost", DataError, "no run says how long it took"),
        ("name", (UsageError, DataError), "--against 'name'"),
        ("", UsageError, "names no metric"),
    ],
)
def test_what_cannot_be_set_against_is_refused(tmp_path, against, error, words):
    table = tmp_path / "runs.csv"
    table.write_text(SIZES)
    with pytest.raises(error) as refused:
        ranked(table, metrics=("acc:max",), against=against)
    assert words in f"{refused.value.message} {refused.value.hint}"
