"""Where the metric, the goal and the rule come from, and what is asked where nothing says."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from wbtools.analysis.question import RuleStatus
from wbtools.app.opening.metric_names import metric_hint, near_misses
from wbtools.app.opening.question import AuditOptions, resolve_question
from wbtools.app.opening.source import SweepSource
from wbtools.errors import DataError, UsageError
from wbtools.model import Goal

FITS = (
    "metric: {name: acc, goal: maximize}\n"
    "early_terminate: {type: hyperband, min_iter: 3}\n"
    "parameters: {lr: {min: 0, max: 1}}\n"
)


@dataclass
class ThreeRuns(SweepSource):
    """Three runs, one of them without a configuration, in a project folder."""

    deepest = 5

    folder: Path
    sweep_id = "sw33p1d0"
    configs = ({"lr": 0.1}, {"lr": 0.2}, {})

    @property
    def folders(self):
        return [self.folder]

    def labels(self, **_):
        raise AssertionError

    def logged(self):
        return {"acc ": 3, "val_acc": 2}

    def sizes(self):
        raise AssertionError

    def _read(self, *_):
        raise AssertionError


def ask(folder: Path, **options):
    return resolve_question(AuditOptions(**options), ThreeRuns(folder))


@pytest.fixture
def project(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sweep.yaml").write_text(FITS)
    (tmp_path / "config" / "other.yaml").write_text("a: [1, 2]")
    (tmp_path / "broken.yml").write_text("a: [")
    (tmp_path / "wandb").mkdir()
    (tmp_path / "wandb" / "copy.yaml").write_text(FITS.replace("acc", "loss"))
    return tmp_path


def test_the_one_matching_file_is_used_and_named(project):
    asked = ask(project)
    assert (asked.metric.name, asked.metric.goal) == ("acc", Goal.MAXIMIZE)
    assert asked.rule.settings.min_iter == 3
    assert "sweep.yaml" in asked.metric_source
    assert "match the runs" in asked.metric_source


def test_a_file_that_does_not_fit_every_run_is_not_used(project):
    (project / "config" / "sweep.yaml").write_text(FITS.replace("max: 1", "max: 0.15"))
    with pytest.raises(UsageError, match="which metric") as caught:
        ask(project)
    assert "lr is 0.2 in a run, the file allows 0 to 0.15" in caught.value.message
    assert "'val_acc' (2)" in caught.value.hint
    source = ask(project, metric="a", goal=Goal.MINIMIZE).rule.source
    assert "lr is 0.2 in a run" in source


def test_two_files_that_disagree_are_listed(project):
    (project / "second.yaml").write_text(FITS.replace("min_iter: 3", "min_iter: 4"))
    with pytest.raises(UsageError, match="2 sweep files match") as caught:
        ask(project)
    assert "--sweep-file" in caught.value.hint


def test_two_copies_of_one_file_are_no_question(project):
    (project / "second.yaml").write_text("name: copy\n" + FITS)
    assert ask(project).rule.settings.min_iter == 3


def test_options_win_over_the_file_and_say_so(project):
    asked = ask(project, metric="loss", goal=Goal.MINIMIZE, early_terminate="none")
    assert (asked.metric.name, asked.rule.status) == ("loss", RuleStatus.NONE)
    assert asked.metric_source == "--metric and --goal"
    asked = ask(project, early_terminate="hyperband(min_iter=9)")
    assert asked.rule.settings.min_iter == 9
    assert asked.rule.source == "--early-terminate"


def test_a_metric_whose_name_tells_no_goal_is_asked_for_one(tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(ThreeRuns, "logged", lambda _: {"score": 3})
        with pytest.raises(UsageError, match="minimized or maximized") as caught:
            ask(tmp_path, metric="score")
    assert "--metric score:max or score:min" in caught.value.hint


def test_a_name_that_nobody_logged_is_refused_before_its_goal_is_asked_for(tmp_path, monkeypatch):
    with pytest.raises(DataError, match="no number was logged under 'score'") as caught:
        ask(tmp_path, metric="score")
    assert caught.value.hint == "there is 'acc ' (3), 'val_acc' (2)"
    with monkeypatch.context() as patched:
        patched.setattr(ThreeRuns, "n_looked_into", 2)
        with pytest.raises(UsageError, match="minimized or maximized"):
            ask(tmp_path, metric="score")
    with pytest.raises(DataError, match="no number was logged under 'val'") as caught:
        ask(tmp_path, metric="val")
    assert "did you mean 'val_acc'" in caught.value.hint


def test_a_goal_that_the_name_tells_is_said(tmp_path, project):
    asked = ask(tmp_path / "nothing", metric="val_acc")
    assert (asked.metric.goal, asked.metric.goal_is_inferred) == (Goal.MAXIMIZE, True)
    assert asked.metric_source == "--metric; goal maximize inferred from its name"
    asked = ask(project, metric="loss")
    assert asked.metric.goal is Goal.MINIMIZE
    assert asked.metric_source.startswith("--metric, over config/sweep.yaml")
    assert asked.metric_source.endswith("; goal minimize inferred from its name")


def test_the_goal_of_the_file_stands_over_the_name(project):
    file = project / "config" / "sweep.yaml"
    file.write_text(FITS.replace("maximize", "minimize"))
    asked = ask(project, metric="acc")
    assert (asked.metric.goal, asked.metric.goal_is_inferred) == (Goal.MINIMIZE, False)
    assert "inferred" not in asked.metric_source


def test_metric_and_goal_in_one_word(project):
    asked = ask(project, metric="eval:score:min")
    assert (asked.metric.name, asked.metric.goal) == ("eval:score", Goal.MINIMIZE)
    assert "inferred" not in asked.metric_source
    with pytest.raises(UsageError, match="contradict each other"):
        ask(project, metric="acc:min", goal=Goal.MAXIMIZE)


def test_with_metric_goal_and_rule_no_file_is_looked_for(project):
    (project / "second.yaml").write_text(FITS.replace("min_iter: 3", "min_iter: 4"))
    asked = ask(project, metric="acc:max", early_terminate="none")
    assert asked.metric_source == "--metric"


def test_a_rule_that_cannot_run_is_refused_where_it_is_typed(project):
    with pytest.raises(UsageError, match="eta must be a number above 1"):
        ask(project, early_terminate="hyperband(min_iter=2,eta=1)")


def test_without_a_file_the_rule_is_unknown_and_without_a_block_there_is_none(project):
    asked = ask(project / "config" / "..", metric="loss", goal=Goal.MINIMIZE)
    assert asked.rule.settings.min_iter == 3
    empty = project / "empty"
    empty.mkdir()
    assert ask(empty, metric="a", goal=Goal.MINIMIZE).rule.status is RuleStatus.UNKNOWN
    assert "config/sweep.yaml" in ask(project).metric_source
    file = project / "config" / "sweep.yaml"
    file.write_text("metric: {name: acc}\nparameters: {lr: {min: 0, max: 1}}")
    assert ask(project).rule.status is RuleStatus.NONE


def test_several_objectives_are_named_and_one_is_asked_for(project):
    file = project / "config" / "sweep.yaml"
    file.write_text("metrics: [{name: a}, {name: b}]\nparameters: {lr: {min: 0, max: 1}}")
    with pytest.raises(UsageError, match="several objectives: a, b"):
        ask(project)


def test_rank_by_is_written_like_a_metric(project):
    assert ask(project, rank_by="acc").rank_by.goal is Goal.MAXIMIZE
    asked = ask(project, rank_by="test/loss")
    assert asked.rank_by.goal is Goal.MINIMIZE
    assert asked.metric_source.endswith("; goal minimize of test/loss inferred from its name")
    asked = ask(project, rank_by="test:acc:minimize")
    assert (asked.rank_by.name, asked.rank_by.goal) == ("test:acc", Goal.MINIMIZE)
    with pytest.raises(UsageError, match="minimized or maximized") as caught:
        ask(project, rank_by="test/score")
    assert "--rank-by test/score:max" in caught.value.hint


def test_a_named_sweep_file_must_exist(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        ask(tmp_path, sweep_file=tmp_path / "no.yaml")


@pytest.mark.parametrize(
    ("wanted", "first"),
    [("acc", "acc "), ("val/acc", "val_acc"), ("Acc", "acc "), ("valacc", "val_acc")],
)
def test_near_misses(wanted, first):
    assert near_misses(wanted, {"acc ": 3, "val_acc": 2, "loss": 9})[0] == first


def test_a_name_that_was_read_as_another_is_advised_as_it_must_be_typed():
    logged = {"loss": 3, "q:max": 3}
    assert "loss:max or loss:min" in metric_hint("loss:maximise", logged, "")
    assert "q:max:max or q:max:min" in metric_hint("q", logged, "")
    assert metric_hint("los", logged, "") == "did you mean 'loss'?"
    assert metric_hint("zzz", logged, "none") == "none"
