"""`wbtools verify` of a run that went on from a checkpoint: joined, compared, judged."""

import shutil
from pathlib import Path

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
from wbtools.answers.figures.figure_data import CurveMark, RuleMark
from wbtools.answers.figures.replicas import replicas_figure
from wbtools.app.replica_search import VerifyOptions
from wbtools.app.verify import verify
from wbtools.model import ContinuedFrom, Expectation


@pytest.fixture(params=[True])
def project(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    return make_project(tmp_path, epoch=request.param)


without_epochs = pytest.mark.parametrize("project", [False], indirect=True)


def test_a_continued_run_is_joined_and_judged_by_the_whole(wbtools, project):
    plan(
        continues=ContinuedFrom(checkpoint="ckpt/4.npz", epoch=5),
        expectation=Expectation(
            median=0.65, low=0.6, high=0.7, level=0.9, p_repeat=0.5, p_gone_on=0.8, bar=0.6
        ),
    )
    goes_on(project, CURVE[5:], first=5, resume="ckpt/4.npz")
    result, words, answer = verified(wbtools)
    assert result.code == 0
    assert "Run 1 holds: continued, it reaches 0.6600, bar 0.6000." in words
    assert "5 + 5/10" in words
    assert "name-sweep-21 goes on after report 5 of the original, by the epoch that both" in words
    assert "another configuration" not in words
    assert "In doubt" not in words
    assert "1 of 1 continued run inside" in words
    assert "had it gone on, beats 0.6000 with probability 80 %: 1 of 1 continued run did." in words
    assert "run again" not in words
    (replica,) = answer["replicas"]
    assert (replica["n_reports"], replica["best"], replica["is_ended"]) == (10, 0.66, True)
    assert [part["n_reports"] for part in replica["joined"]["parts"]] == [5, 5]
    assert answer["is_continued"] is True
    assert "see whether it holds with other seeds" in result.err
    assert "--seeds 42,123,456 | sh" in result.err
    record = wbtools("verify", "--track-record")
    assert "1 of 1 continued run beat the bar, 0.8 were expected" in " ".join(record.out.split())


def test_what_ends_short_of_the_budget_by_itself_but_reaches_it_joined_has_ended(wbtools, project):
    goes_on(project, CURVE[5:], first=5, code=255)  # a stop that came with the last report
    result, words, _ = verified(wbtools)
    assert (result.code, "5 + 5/10" in words, "cut short" in words) == (0, True, False)


def test_one_that_breaks_off_is_undecided_and_can_be_continued_again(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c"))
    goes_on(project, CURVE[5:7], first=5, code=255)
    result, words, _ = verified(wbtools)
    assert result.code == 3
    assert "Undecided: no continued run has run to its end." in words
    assert "5 + 2/10 (cut short)" in words
    assert result.err.splitlines()[-1].endswith("--run 1 --continue | sh")


def test_an_older_checkpoint_repeats_reports_that_are_compared(wbtools, project):
    goes_on(project, CURVE[3:], first=3)
    _, words, answer = verified(wbtools)
    assert "3 + 7/10" in words
    assert "Yes. Reports 4 to 5 were made again and equal the original's bit for bit." in words
    joint = joint_of(answer)
    assert (joint["after_report"], joint["n_compared"], joint["evidence"]) == (3, 2, "counter")
    assert answer["replicas"][0]["joined"]["is_doubted"] is False


def test_repeated_reports_that_differ_are_told(wbtools, project):
    goes_on(project, (0.39, 0.47, *CURVE[5:]), first=3)
    _, words, answer = verified(wbtools)
    assert "made again and differ from report 5 on, by at most 0.0100 (report 5)" in words
    assert joint_of(answer)["first_difference_report"] == 5
    assert answer["replicas"][0]["n_reports"] == 10


def test_a_best_value_from_before_the_stop_is_not_what_the_continuation_reached(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5))
    shutil.rmtree(next(Path("wandb").glob("*-stopped1")))
    before = (0.11, 0.7, 0.31, 0.39, 0.46)
    write(project / "wandb", "stopped1", before, code=255, sweep=SWEEP)
    goes_on(project, CURVE[5:], first=5)
    _, words, answer = verified(wbtools)
    assert (
        "Run 1 holds: its best is 0.7000 (report 2, before it was stopped), bar 0.6000; "
        "continued, it comes to 0.6600." in words
    )
    assert "it reaches" not in words
    assert "goes on after report 5; best since then 0.6600" in words
    assert "Best 0.7000 (report 2, before it was stopped) of one continued run" in words
    (replica,) = answer["replicas"]
    assert (replica["best"], replica["best_since"]) == (0.7, 0.66)


@without_epochs
@pytest.mark.parametrize(
    ("epoch", "first", "evidence", "said"),
    [
        (4, 4, "checkpoint", "after report 4 of the original, by what its checkpoint says."),
        (None, 2, "overlap", "after report 2 of the original, as the reports that both made show"),
        (None, 5, "assumed", "after report 5 of the original, its last: nothing says where"),
    ],
)
def test_without_a_counter_it_is_said_what_tells_where(
    wbtools, project, epoch, first, evidence, said
):
    if epoch is not None:
        plan(continues=ContinuedFrom(checkpoint="c", epoch=epoch))
    goes_on(project, CURVE[first:], epoch=False)
    _, words, answer = verified(wbtools)
    assert f"goes on {said}" in words
    joint = joint_of(answer)
    assert (joint["after_report"], joint["n_compared"]) == (first, 5 - first)
    assert joint["evidence"] == evidence


@pytest.mark.parametrize("is_continued", [True, False])
def test_where_a_run_writes_by_its_own_id_is_no_other_configuration(wbtools, project, is_continued):
    """The Trainer's callback records such an `output_dir`, and programs paths to read."""
    paths = {"output_dir": "out/{}", "data": "cache/{}/train.bin"}
    shutil.rmtree(next(Path("wandb").glob("*-stopped1")))
    for run_id, values, more in (
        ("stopped1", CURVE[:5], {"code": 255, "sweep": SWEEP}),
        ("goeson01", CURVE[5:] if is_continued else CURVE, {"at": 20, "group": "wbtools-stopped1"}),
    ):
        config = {name: path.format(run_id) for name, path in paths.items()}
        if run_id == "goeson01" and is_continued:
            config["wbtools/continues"], more["first"] = "stopped1", 5
        write(project / "wandb", run_id, values, **config, **more)
    result, words, answer = verified(wbtools)
    assert result.code == 0
    assert "another configuration" not in words
    assert answer["replicas"][0]["config_differences"] == []


def test_a_chain_is_one_curve(wbtools, project):
    goes_on(project, CURVE[5:7], first=5, code=255)
    goes_on(project, CURVE[7:], first=7, run_id="goeson02", of="goeson01", group="goeson01", at=21)
    result, words, answer = verified(wbtools)
    assert (result.code, "5 + 2 + 3/10" in words) == (0, True)
    assert "name-sweep-22 goes on after report 7 of name-sweep-21" in words
    (replica,) = answer["replicas"]
    assert [part["run_id"] for part in replica["joined"]["parts"]] == [
        "stopped1", "goeson01", "goeson02",
    ]  # fmt: skip


@without_epochs
def test_a_plan_speaks_of_the_checkpoint_that_one_run_left(wbtools, project):
    """The continuation was stopped too, and the next one went on from its checkpoint."""
    plan(continues=ContinuedFrom(checkpoint="c", epoch=6, run_id="goeson01"))
    goes_on(project, CURVE[4:7], code=255, epoch=False)
    goes_on(project, CURVE[6:], run_id="goeson02", of="goeson01", at=21, epoch=False)
    _, words, answer = verified(wbtools)
    assert [joint_of(answer, k)["after_report"] for k in (0, 1)] == [5, 6]
    assert "goes on after report 6 of name-sweep-21, by what its checkpoint says" in words


def test_two_that_are_equal_count_once_and_one_that_broke_off_is_no_failure(wbtools, project):
    goes_on(project, CURVE[5:], first=5)
    goes_on(project, CURVE[5:], first=5, run_id="goeson02", at=21)
    goes_on(project, CURVE[5:6], first=5, run_id="goeson03", at=22, code=1)
    result, words, answer = verified(wbtools)
    assert result.code == 0
    assert "continued, it reaches 0.6600" in words
    assert [replica["is_repeat"] for replica in answer["replicas"]] == [False, True, False]


def test_what_continues_another_run_is_none_of_its(wbtools, project):
    goes_on(project, CURVE[5:], first=5, of="other001")
    result, words, answer = verified(wbtools)
    assert result.code == 3
    assert "another configuration than planned: wbtools/continues" in words
    assert answer["replicas"][0]["is_other"] is True


@pytest.mark.parametrize("mark", [{"a": 1}, ["stopped1"], 0])
def test_a_mark_that_is_no_text_names_no_run(wbtools, project, mark):
    goes_on(project, CURVE[5:], first=5, of=None, **{"wbtools/continues": mark})
    result, words, answer = verified(wbtools)
    assert result.code == 3
    assert "another configuration than planned: wbtools/continues" in words
    assert answer["replicas"][0]["is_other"] is True


def test_replicas_beside_it_are_judged_by_themselves(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5))
    goes_on(project, CURVE[5:], first=5)
    for k in (1, 2):
        replica = [value + k / 100 for value in CURVE]
        goes_on(project, replica, of=None, run_id=f"again00{k}", seed=k, at=30 + k)
    _, words, answer = verified(wbtools)
    assert "Run 1 holds: continued, it reaches 0.6600, bar 0.6000." in words
    assert "Beside it, 2 replicas reach 0.6700 and 0.6800" in words
    plan(changed=("seed",), varied=("seed",), n_replicas=2)
    _, words, answer = verified(wbtools)
    assert "Run 1 holds: 2 replicas 0.6750 ± 0.0071" in words
    assert (
        "Beside them the run itself went on (name-sweep-21) and reaches 0.6600 over 5 + 5 reports"
        in words
    )
    assert [each["is_beside"] for each in answer["replicas"]] == [True, False, False]
    assert "another configuration" not in words


def test_without_a_mark_the_plan_and_what_it_was_told_say_that_it_goes_on(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", resume_name="start_at"))
    goes_on(project, CURVE[5:], first=5, of=None, start_at="c")
    _, words, _ = verified(wbtools)
    assert "continued, it reaches 0.6600" in words
    assert "another configuration" not in words
    plan(changed=("seed",), varied=("seed",))
    goes_on(project, CURVE, of=None, run_id="again001", seed=1, at=30)
    _, words, _ = verified(wbtools)
    assert "Run 1 holds: 1 replica 0.6600" in words
    assert "Beside them the run itself went on" in words


def test_hostile_marks_and_counters_are_text(wbtools, project):
    goes_on(project, CURVE[5:], first=5, of="\x1b[2J[red]")
    result, _, _ = verified(wbtools)
    assert "\x1b[2J" not in result.out + result.err
    goes_on(project, CURVE[5:], first=5, run_id="goeson02", at=21, of=["stopped1"])
    goes_on(project, CURVE[5:], first=5, run_id="goeson03", at=22, of="goeson03")
    assert verified(wbtools)[0].code == 3


def test_the_joined_curve_is_drawn_with_its_joint(project):
    goes_on(project, CURVE[3:], first=3)
    verification, _ = verify(".", VerifyOptions(run="1"))
    (panel,) = replicas_figure(verification).panels
    continued, _original = (mark for mark in panel.marks if isinstance(mark, CurveMark))
    assert (continued.run_id, continued.x.tolist()) == (
        "goeson01",
        [float(k) for k in range(3, 11)],
    )
    assert continued.y.tolist() == list(CURVE[2:])
    rules = {mark.label: mark.at for mark in panel.marks if isinstance(mark, RuleMark)}
    assert rules["goes on after report 3"] == 3.0


def attempt(project, values, *, first, code, at):
    """One more start of the run itself, as offline resuming leaves it."""
    write(project / "wandb", "stopped1", values, first=first, code=code, sweep=SWEEP, at=at)


def test_the_same_run_resumed_is_judged_by_its_later_reports(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=4, is_same_run=True, n_reports=5))
    nothing = wbtools("verify", ".", "--run", "1")
    assert nothing.code != 0
    assert "run 1 was to be continued as the same run, and has not gone on" in nothing.err
    attempt(project, (0.46, *CURVE[5:]), first=4, code=0, at=20)
    result, words, answer = verified(wbtools)
    assert result.code == 0
    assert "1 continued run (the run itself, resumed)" in words
    assert "Run 1 holds: continued, it reaches 0.6600, bar 0.6000." in words
    assert "4 + 6/10" in words
    assert "It goes on after report 4 of the original, by the epoch that both log." in words
    assert "Yes. Report 5 was made again and equals the original's bit for bit." in words
    assert answer["n_reports"] == 5
    assert answer["replicas"][0]["joined"]["is_same_run"] is True


def test_a_run_that_was_cut_off_has_not_gone_on_as_the_same_run(wbtools, project):
    """Its file lacks an end, so that it seems to be running; only later reports say more."""
    shutil.rmtree(next(Path("wandb").glob("*-stopped1")))
    write(project / "wandb", "stopped1", CURVE[:5], code=None, sweep=SWEEP)
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5))
    plan(continues=ContinuedFrom(checkpoint="c", epoch=5, is_same_run=True, n_reports=5))
    assert "has not gone on" in wbtools("verify", ".", "--run", "1").err
    goes_on(project, CURVE[5:], first=5)
    _, words, answer = verified(wbtools)
    assert "1 continued run (W&B group wbtools-stopped1)" in words
    assert [replica["run_id"] for replica in answer["replicas"]] == ["goeson01"]


@pytest.mark.parametrize("folder", ["wandb", "elsewhere/wandb"])
def test_what_the_same_run_wrote_outside_of_its_sweep_is_found(wbtools, project, folder):
    plan(continues=ContinuedFrom(checkpoint="c", epoch=4, is_same_run=True, n_reports=5))
    write(project / folder, "stopped1", (0.46, *CURVE[5:7]), first=4, code=255, at=20, resume="c")
    result, words, _ = verified(wbtools)
    assert (result.code, "4 + 3/10 (cut short)" in words) == (3, True)
    write(project / folder, "stopped1", CURVE[7:], first=7, at=30, resume="d")
    result, words, _ = verified(wbtools)
    assert result.code == 0
    assert "1 continued run (the run itself, resumed)" in words
    assert "continued, it reaches 0.6600" in words
    assert "another configuration" not in words


def test_where_the_same_run_was_resumed_its_counts_tell_too(wbtools, project):
    plan(continues=ContinuedFrom(checkpoint="c", is_same_run=True))
    attempt(project, CURVE[3:], first=3, code=0, at=20)
    _, words, _ = verified(wbtools)
    assert "3 + 7/10" in words


def test_an_original_without_a_curve_is_continued_by_what_is_known(wbtools, project):
    rows = ["name-sweep-1,killed,stopped1,0.5,0,10,0.46", "name-sweep-2,finished,b,0.1,0,10,0.6"]
    Path("t.csv").write_text("\n".join(["Name,State,ID,lr,seed,epochs,acc", *rows, ""]))
    goes_on(project, CURVE[5:], first=5)
    words = (
        "--rank-by",
        "acc",
        "--goal",
        "maximize",
        "--replica",
        "wandb/run-20240101_000020-goeson01",
    )
    result = wbtools("verify", "t.csv", "--run", "1", *words)
    assert (result.code, "No report of the original is known" in result.out) == (0, True)
