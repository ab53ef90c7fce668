"""`wbtools audit-terminations` on runs whose ends or reports it read wrongly."""

import re

import pytest

from tests.cases.answers import (
    COMPLETED,
    OWN_EARLY_STOP,
    WITHOUT_A_CAUSE,
    audited_runs,
    bar,
    causes,
    findings,
    gems,
    mentions,
    reports_per_epoch,
    value_at_band,
)


@pytest.fixture
def audit(wbtools):
    def ask(folder, *words):
        return wbtools("audit-terminations", folder, "--format", "json", *words)

    return ask


def _best_values(answer):
    found = [run.best for run in audited_runs(answer) if run.best is not None]
    return sorted(found, reverse=True)


def test_bug_21_a_run_id_that_was_handed_out_twice_is_two_runs(audit):
    answer = audit("bug-21/p")
    runs = audited_runs(answer)
    assert [run.n_reports for run in runs] == [6, 6, 6, 6]
    assert causes(answer) == {COMPLETED}
    assert _best_values(answer) == pytest.approx([0.7, 0.6, 0.5, 0.4])


def test_bug_21_runs_with_one_id_at_the_same_time_stay_apart(audit):
    answer = audit("bug-21/conc")
    assert [run.n_reports for run in audited_runs(answer)] == [6, 6]
    assert causes(answer) == {COMPLETED}
    assert _best_values(answer) == pytest.approx([0.7, 0.6])


def _requeued(answer):
    (run,) = [run for run in audited_runs(answer) if run.id == "req00001"]
    return run


@pytest.mark.parametrize("kind", ["scratch", "ckpt"])
def test_bug_22_an_epoch_that_was_repeated_counts_once(audit, kind):
    assert _requeued(audit(f"bug-22/{kind}")).n_reports == 10


@pytest.mark.parametrize("kind", ["scratch", "ckpt"])
def test_bug_22_the_value_at_the_band_is_that_of_the_ninth_epoch(audit, kind):
    assert value_at_band(_requeued(audit(f"bug-22/{kind}")), 9) == pytest.approx(0.652)


@pytest.mark.parametrize("kind", ["scratch", "ckpt"])
def test_bug_22_the_best_value_is_right(audit, kind):
    assert _requeued(audit(f"bug-22/{kind}")).best == pytest.approx(0.678)


def test_bug_23_the_other_processes_of_a_run_are_no_candidates(audit):
    answer = audit("bug-23/ownid")
    assert {run.cause for run in audited_runs(answer) if run.best is not None} == {COMPLETED}
    assert not WITHOUT_A_CAUSE & causes(answer)
    assert gems(answer) == []


@pytest.mark.parametrize("kind", ["ownid", "sameid"])
def test_bug_23_the_four_runs_have_their_values(audit, kind):
    assert _best_values(audit(f"bug-23/{kind}")) == pytest.approx([0.642, 0.622, 0.572, 0.522])


def test_bug_23_processes_that_share_an_id_are_one_run(audit):
    answer = audit("bug-23/sameid")
    assert len(audited_runs(answer)) == 4
    assert causes(answer) == {COMPLETED}


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("hf", "eval/f1"),
        ("keras", "epoch/val_accuracy"),
        ("pl", "val_loss_epoch"),
        ("dmax", "val_acc"),
    ],
)
def test_bug_25_names_that_were_logged_are_offered(audit, kind, name):
    answer = audit(f"bug-25/{kind}")
    assert answer.code == 3
    assert f"'{name}'" in answer.err


def test_bug_26_a_seed_above_2_to_53_matches_its_file(audit):
    answer = audit("bug-26/t2")
    assert len(audited_runs(answer)) == 2
    assert causes(answer) == {COMPLETED}


def test_bug_26_a_seed_above_2_to_53_with_the_file_named(audit):
    answer = audit("bug-26/t2", "--sweep-file", "bug-26/t2/sweep.yaml")
    assert causes(answer) == {COMPLETED}


def test_bug_29_runs_have_the_numbers_of_their_names(audit):
    runs = audited_runs(audit("bug-29/names"))
    assert {run.name: run.number for run in runs} == {"trial-0": 0, "trial-1": 1, "trial-2": 2}


@pytest.mark.parametrize("number", [0, 1, 2])
def test_bug_29_a_run_is_found_by_the_number_of_its_name(wbtools, number):
    answer = wbtools("audit-terminations", "bug-29/names", "--run", number)
    assert answer.code == 0, answer.err
    assert f"trial-{number}" in answer.out.splitlines()[0]


def test_bug_30_a_metric_that_is_in_the_summary_only_is_said_to_be_there(audit):
    assert "summary" in audit("bug-30/summ").err


@pytest.mark.parametrize("kind", ["p", "nobudget", "pat", "callbacks"])
def test_bug_43_runs_that_stop_themselves_ran_their_course(audit, kind):
    answer = audit(f"bug-43/{kind}")
    assert len(audited_runs(answer)) == 24
    assert causes(answer) <= {COMPLETED, OWN_EARLY_STOP}
    assert bar(answer) == pytest.approx(0.8924, abs=5e-5)
    assert gems(answer) == []


@pytest.mark.parametrize("kind", ["pat", "callbacks"])
def test_bug_43_a_recorded_patience_explains_most_ends(audit, kind):
    runs = audited_runs(audit(f"bug-43/{kind}"))
    assert sum(run.cause == OWN_EARLY_STOP for run in runs) >= 17


def test_bug_47_reports_that_depend_on_the_batch_size(audit):
    answer = audit("bug-47/p")
    assert len(audited_runs(answer)) == 12
    assert causes(answer) == {COMPLETED}
    assert bar(answer) == pytest.approx(0.9109, abs=5e-5)
    assert gems(answer) == []


def test_bug_47_swept_epochs_are_full_runs(audit):
    answer = audit("bug-47/ep")
    assert len(audited_runs(answer)) == 12
    assert causes(answer) == {COMPLETED}


VAL_ERR = ("--metric", "val_err", "--goal", "minimize")


def test_wild_01_every_run_stopped_itself(audit):
    answer = audit("wild-01", *VAL_ERR)
    assert len(audited_runs(answer)) == 6
    assert causes(answer) == {OWN_EARLY_STOP}


def test_wild_01_the_logged_epoch_says_how_often_a_run_reports(audit):
    assert reports_per_epoch(audit("wild-01", *VAL_ERR)) == 1


ACC = ("--metric", "acc", "--goal", "maximize")


def test_wild_09_configurations_without_a_run_file_are_counted(audit):
    found = findings(audit("wild-09", *ACC))
    assert any(
        re.search(r"\b3\b", finding.text) and re.search(r"\b8\b", finding.text) for finding in found
    )


def test_wild_09_a_sweep_of_configurations_only_is_named_as_such(audit):
    answer = audit("wild-09#swp0000a", *ACC)
    assert "swp0000a" in answer.text
    assert re.search(r"\b4 configurations", answer.text)


FINAL_RETURN = ("--metric", "final_return", "--goal", "maximize")


def test_wild_13_an_inner_loop_is_no_length(audit):
    answer = audit("wild-13", *FINAL_RETURN)
    assert len(audited_runs(answer)) == 12
    assert causes(answer) == {COMPLETED}
    assert gems(answer) == []


def test_bug_42_several_trainings_in_one_run_are_named(audit):
    answer = audit("bug-42/onerun", "--all", "--metric", "val/acc", "--goal", "maximize")
    assert mentions(findings(answer), r"(?i)trainings|trial|begins again")


@pytest.mark.parametrize("command", ["audit-terminations", "rank", "doctor"])
def test_bug_42_several_trainings_are_named_by_every_command(wbtools, command):
    words = ("--all", "--metric", "val/acc", "--goal", "maximize")
    page = " ".join(wbtools(command, "bug-42/onerun", *words).out.split())
    assert "holds 3 trainings one after the other, not one curve" in page


def test_bug_42_a_run_for_each_training_is_as_it_should_be(audit):
    answer = audit("bug-42/plain", "--all", "--metric", "val/acc", "--goal", "maximize")
    assert len(audited_runs(answer)) == 4
    assert causes(answer) == {COMPLETED}
    assert findings(answer) == []


@pytest.mark.parametrize("metric", ["val/acc", "no such metric"])
@pytest.mark.parametrize("command", ["audit-terminations", "rank", "doctor", "importance"])
def test_a_single_run_is_not_spoken_of_as_several(wbtools, command, metric):
    words = ("--all", "--metric", metric, "--goal", "maximize")
    answer = wbtools(command, "bug-42/onerun", *words)
    assert not re.findall(r"\b1 (?:runs|rows|files|values|sides|parameters)\b", answer.text)
