"""`wbtools rank` on runs that it left out, joined wrongly or read at the wrong moment."""

import re

import pytest

from tests.cases.answers import n_configurations, n_cut_short, ranked


@pytest.fixture
def rank(wbtools):
    def ask(folder, *words):
        return wbtools("rank", folder, "--format", "json", "-q", *words)

    return ask


def _first_values(answer):
    return [entry.means[0] for entry in ranked(answer)]


def test_bug_21_every_configuration_has_a_rank(rank):
    rows = ranked(rank("bug-21/p"))
    assert [entry.parameters["lr"] for entry in rows] == [0.001, 0.1, 0.01, 0.0001]
    assert [entry.means[0] for entry in rows] == pytest.approx([0.7, 0.6, 0.5, 0.4])


def test_bug_23_the_other_processes_of_a_run_were_not_stopped(rank):
    assert n_cut_short(rank("bug-23/ownid")) == 0


def test_bug_23_the_four_runs_have_their_ranks(rank):
    expected = [0.642, 0.622, 0.572, 0.522]
    assert _first_values(rank("bug-23/ownid")) == pytest.approx(expected)


BOTH = ("--metric", "val/acc:maximize", "--metric", "val/loss:minimize")


def test_bug_24_the_second_metric_is_that_of_the_same_epoch(rank):
    means = {row.parameters["lr"]: row.means for row in ranked(rank("bug-24/p", *BOTH))}
    assert {lr: pair[1] for lr, pair in means.items()} == pytest.approx(
        {0.01: 0.22, 0.001: 0.33, 0.1: 0.26}
    )


def test_bug_24_the_last_reports_belong_together(rank):
    answer = rank("bug-24/p", *BOTH, "--at", "last")
    assert [row.means[1] for row in ranked(answer)] == pytest.approx([0.33, 0.37, 0.74])


@pytest.mark.parametrize("words", [("--seed-key", "fold"), ("--group-by", "group")])
def test_bug_29_folds_are_joined_when_they_are_named(rank, words):
    rows = ranked(rank("bug-29/folds", *words))
    assert [row.n for row in rows] == [3, 3, 3]
    assert [row.means[0] for row in rows] == pytest.approx([0.71, 0.68, 0.66])


def test_bug_29_folds_are_joined_or_the_option_is_named(wbtools, rank):
    answer = wbtools("rank", "bug-29/folds")
    assert n_configurations(rank("bug-29/folds")) == 3 or re.search(
        r"(--seed-key|--group-by)[ =](fold|group)", answer.text
    )


def test_bug_30_a_metric_of_the_summary_is_ranked(rank):
    assert _first_values(rank("bug-30/summ")) == pytest.approx([0.75, 0.7, 0.65, 0.6])


@pytest.mark.parametrize("kind", ["p", "nobudget", "pat", "callbacks"])
def test_bug_43_runs_that_stop_themselves_have_ranks(rank, kind):
    rows = ranked(rank(f"bug-43/{kind}"))
    assert len(rows) == 24
    assert rows[0].means[0] == pytest.approx(0.8924, abs=5e-5)
    assert rows[0].parameters["lr"] == pytest.approx(0.001877, rel=1e-3)


def test_bug_47_reports_that_depend_on_the_batch_size(rank):
    rows = ranked(rank("bug-47/p"))
    assert len(rows) == 12
    assert rows[0].parameters["learning_rate"] == 1e-4
    assert rows[0].parameters["per_device_train_batch_size"] == 32
    expected = [0.9109, 0.9084, 0.897, 0.8957]
    assert [row.means[0] for row in rows[:4]] == pytest.approx(expected, abs=5e-5)


def test_bug_47_swept_epochs_are_full_runs(rank):
    assert len(ranked(rank("bug-47/ep"))) == 12


ACC = ("--metric", "val/acc:maximize")


@pytest.mark.parametrize("words", [("--group", "g1"), ("--all",)], ids=" ".join)
def test_bug_42_runs_outside_sweeps_are_ranked(rank, words):
    rows = ranked(rank("bug-42/plain", *ACC, *words))
    assert [(row.parameters["lr"], row.n) for row in rows] == [(0.01, 2), (0.1, 2)]


def test_bug_42_the_refusal_names_the_option(rank):
    answer = rank("bug-42/plain", *ACC)
    assert answer.code == 0 or re.search(r"--(all|group)\b", answer.err)


def test_bug_36_a_run_without_group_and_tag_can_be_chosen(rank):
    assert len(ranked(rank("bug-42/onerun", *ACC, "--all"))) >= 1


@pytest.mark.parametrize(
    ("chosen", "n"),
    [
        ('{"config.lr": {"$gt": 0.05}}', 2),
        ('{"summary_metrics.val/acc": {"$gte": 0.7}}', 2),
        ('{"display_name": {"$regex": "[12]$"}, "config.seed": 0}', 1),
    ],
)
def test_bug_42_local_runs_are_chosen_by_a_filter(rank, chosen, n):
    rows = ranked(rank("bug-42/plain", *ACC, "--filter", chosen))
    assert sum(row.n for row in rows) == n


def test_bug_42_a_filter_that_takes_none_says_so(rank):
    answer = rank("bug-42/plain", *ACC, "--filter", '{"config.lr": 7}')
    assert answer.code == 2
    assert "no run in" in answer.err
