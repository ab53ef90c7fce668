"""`wbtools verify` where something speaks against a run that went on, or it never did."""

import json

import pytest

from tests.cli.continued_runs import (
    CURVE,
    SWEEP,
    goes_on,
    joint_of,
    make_project,
    plan,
    verified,
    write,
)
from wbtools.model import ContinuedFrom, Criterion, Expectation, Goal


@pytest.fixture(params=[True])
def project(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    return make_project(tmp_path, epoch=request.param)


without_epochs = pytest.mark.parametrize("project", [False], indirect=True)


def test_one_that_ended_before_it_reported_is_not_simply_continued_again(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5))
    goes_on(project, (), code=1)
    result, words, _ = verified(wbtools)
    assert result.code == 3
    assert "name-sweep-21 made no report: its exit code is 1." in words
    assert "5 + 0/10 (failed)" in words
    assert "goes on after" not in words
    assert result.err.splitlines()[-1].startswith("Look at the program")


def test_a_jump_is_no_doubt_where_something_was_changed(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5), changed=("lr",))
    goes_on(project, (0.11, 0.35, 0.5, 0.6, 0.66), first=5, lr=0.9)
    result, words, answer = verified(wbtools)
    assert result.code == 0
    assert "In doubt" not in words
    assert "It begins with a jump of -0.3500, with another lr." in words
    assert answer["replicas"][0]["joined"]["is_doubted"] is False


def test_what_was_cut_short_itself_is_nothing_to_fall_back_to(wbtools, project):
    write(project / "wandb", "stopped2", [0.62, 0.625], code=255, sweep=SWEEP, at=8, lr=0.8)
    criterion = Criterion(
        metric="acc", goal=Goal.MAXIMIZE, success=0.9, acceptable=0.9, source="bar"
    )
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5), criteria=(criterion,))
    goes_on(project, CURVE[5:], first=5)
    result, _, answer = verified(wbtools)
    assert result.code == 1
    assert answer["comparator"]["run_id"] == "full0001"


def test_two_of_one_name_are_told_apart_by_their_ids(wbtools, project):
    goes_on(project, CURVE[7:], first=7, name="again")
    goes_on(project, [*CURVE[7:9], 0.65], first=7, name="again", run_id="goeson02", at=40)
    _, words, _ = verified(wbtools)
    for run_id in ("goeson01", "goeson02"):
        assert f"the first of again ({run_id}) are missing" in words
        assert f"again ({run_id}) 0 5 + 2 missing + 3/10" in words


def test_a_gap_is_doubted(wbtools, project):
    goes_on(project, CURVE[7:], first=7)
    _, words, answer = verified(wbtools)
    assert "2 reports between report 5 and the first of name-sweep-21 are missing" in words
    assert "In doubt: see below." in words
    assert answer["replicas"][0]["joined"]["parts"][1]["first_report"] == 8


def test_reports_that_were_made_and_not_recorded_are_told_and_no_doubt(wbtools, project):
    """W&B writes a row some time after it was logged: a run that is killed has lost its last."""
    plan(continues=ContinuedFrom(checkpoint="ckpt/6.npz", epoch=6))
    goes_on(project, CURVE[6:], first=6)
    result, words, answer = verified(wbtools)
    assert result.code == 0
    assert "In doubt" not in words
    assert (
        "Report 6 is missing from the curve: the original had come that far, as its checkpoint "
        "shows, and W&B had not written it when the run was stopped." in words
    )
    assert "see whether it holds with other seeds" in result.err
    joint = joint_of(answer)
    assert (joint["n_missing"], joint["is_unrecorded"]) == (1, True)
    plan(continues=ContinuedFrom(checkpoint="ckpt/6.npz", epoch=6, is_doubted=True))
    assert "In doubt" in verified(wbtools)[1]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (CURVE, "its first 5 reports equal the original's first bit for bit"),
        ([x + 1e-3 for x in CURVE], "its first report is near the original's first"),
    ],
)
def test_a_program_that_did_not_load_the_checkpoint_began_anew(wbtools, project, values, said):
    plan(
        continues=ContinuedFrom(checkpoint="c", epoch=5),
        expectation=Expectation(p_gone_on=0.8, p_repeat=0.5, bar=0.6),
    )
    goes_on(project, values)
    result, words, answer = verified(wbtools)
    assert f"name-sweep-21 began anew: {said}" in words
    assert result.code == 3
    assert "Undecided: no run went on from the checkpoint." in words
    assert "it reaches" not in words
    assert "0 + 10/10 " in words
    assert "The program did not load the checkpoint" in words
    assert "It promised" not in words
    assert result.err.splitlines()[-1].startswith("Look at the program")
    assert answer["replicas"][0]["n_reports"] == 10
    record = json.loads(wbtools("verify", "--track-record", "--format", "json").out)
    assert record["n_promised"] == 0


@without_epochs
def test_what_falls_back_to_the_first_report_began_anew_though_nothing_counts(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5))
    goes_on(project, [x + 0.003 * (-1) ** k for k, x in enumerate(CURVE)], epoch=False)
    result, words, answer = verified(wbtools)
    assert result.code == 3
    assert "Undecided: no run went on from the checkpoint." in words
    assert answer["replicas"][0]["n_reports"] == 10


def test_weights_that_may_not_have_been_loaded_make_no_failure(wbtools, project):
    """The program counts on from the checkpoint, and its curve begins again."""
    goes_on(project, [x + 1e-3 for x in CURVE[:5]], first=5)
    result, words, answer = verified(wbtools)
    assert result.code == 3
    assert "it is near the original's first report, and the weights may not have been" in words
    assert "what went on may not be the run as it was" in words
    assert result.err.splitlines()[-1].startswith("Look at the program")
    assert joint_of(answer)["falls_back"] is True


def test_a_jump_at_the_joint_is_doubted(wbtools, project):
    goes_on(project, (0.11, 0.35, 0.5, 0.6, 0.66), first=5)
    _, words, _ = verified(wbtools)
    assert "name-sweep-21 begins with a jump of -0.3500 where reports before differ" in words
    assert "In doubt: see below." in words
