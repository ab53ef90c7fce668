"""`wbtools doctor` on sweeps of which it said what is not so, or kept silent."""

import pytest

from tests.cases.answers import codes, findings, mentions


@pytest.fixture
def doctor(wbtools):
    def ask(folder, *words):
        return wbtools("doctor", folder, "--format", "json", "-q", *words)

    return ask


def _about_names(answer):
    return [finding for finding in findings(answer) if finding.code == "WBD201"]


def test_bug_23_the_other_processes_of_a_run_are_named(doctor):
    found = findings(doctor("bug-23/ownid"))
    assert mentions(found, "(?i)process|distributed")


def test_bug_23_processes_did_not_end_before_the_metric(doctor):
    found = findings(doctor("bug-23/ownid"))
    assert not mentions(found, "ended before")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("hf", "eval/f1"),
        ("keras", "epoch/val_accuracy"),
        ("pl", "val_loss_epoch"),
        ("dmax", "val_acc"),
    ],
)
def test_bug_25_names_that_were_logged_are_offered(doctor, kind, name):
    assert mentions(_about_names(doctor(f"bug-25/{kind}")), rf"['\"]{name}['\"]")


@pytest.mark.parametrize("kind", ["hf", "keras", "pl", "dmax"])
def test_bug_25_a_metric_that_was_never_logged_is_said_once(doctor, kind):
    assert "WBD211" not in codes(doctor(f"bug-25/{kind}"))


def test_bug_30_bayes_does_learn_from_the_summary(doctor):
    assert "WBD212" not in codes(doctor("bug-30/summ"))


def test_bug_30_a_metric_that_is_in_the_summary_only_is_said_to_be_there(doctor):
    assert mentions(findings(doctor("bug-30/summ")), "(?i)summary")


def test_bug_47_reports_that_depend_on_the_batch_size(doctor):
    assert "WBD232" not in codes(doctor("bug-47/p"))


HYPERBAND = ("--early-terminate", "hyperband(min_iter=2,eta=3,strict=true)")


def test_bug_47_bands_of_unequal_training_are_named(doctor):
    found = [each for each in findings(doctor("bug-47/p", *HYPERBAND)) if each.code == "WBD215"]
    assert [each.subject for each in found] == ["per_device_train_batch_size"]
    assert mentions(found, "13 % of a full run .* 16, and 67 % of one with 64")


def test_bug_47_bands_of_swept_epochs_are_equal_training(doctor):
    assert "WBD215" not in codes(doctor("bug-47/ep", *HYPERBAND))


def test_bug_47_swept_epochs_are_nothing_to_report(doctor):
    assert not codes(doctor("bug-47/ep"), "error", "warning")


def test_wild_02_noisy_rewards_that_rise_did_not_diverge(doctor):
    answer = doctor("wild-02", "--metric", "episode_return", "--goal", "maximize")
    assert "WBD222" not in codes(answer)
