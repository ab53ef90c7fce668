"""Whose a checkpoint is, whether it was cut off, and which comes first."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.analysis.sweeps import BEGIN, run
from tests.analysis.test_continue_or_rerun import stopped
from wbtools.analysis.checkpoint_progress import RunLength
from wbtools.analysis.checkpoints import FoundBy, FoundCheckpoint, judge_checkpoints
from wbtools.findings import Confidence
from wbtools.model import RunState
from wbtools.model.checkpoint import CheckpointLayout, CheckpointPlace, ListedFile
from wbtools.sources.checkpoints.layouts import recognised


def at_work(number, start_s, end_s, **facts):
    begun, ended = BEGIN + timedelta(seconds=start_s), BEGIN + timedelta(seconds=end_s)
    return run(number, created_at=begun, heartbeat_at=ended, **facts)


RUN = at_work(8, 0, 1000)


def found(name="ckpt/model_1.pt", at_s=500.0, n_bytes=100, by=FoundBy.RECORDED_PATH, **more):
    listed_with = more.pop("listed", {})
    written_at = None if at_s is None else BEGIN + timedelta(seconds=at_s)
    file = ListedFile(path=name, n_bytes=n_bytes, written_at=written_at)
    (seen,) = recognised([file])
    return FoundCheckpoint(
        listed=replace(seen, **listed_with),
        name=name,
        place=CheckpointPlace.DISK,
        found_by=by,
        because="the test says so",
        **more,
    )


AS_OF = BEGIN + timedelta(days=30)


def judged(*each, of=RUN, **length):
    return judge_checkpoints(each, of, as_of=AS_OF, length=RunLength(**length))


@pytest.mark.parametrize("at_s", [-500, 500, 99999, None])
def test_what_is_called_after_the_run_is_its_however_late_it_was_written(at_s):
    (only,) = judged(found(at_s=at_s, by=FoundBy.RUN_ID))
    assert (only.confidence, only.doubts, only.is_usable) == (Confidence.HIGH, (), True)


@pytest.mark.parametrize("by", FoundBy)
def test_nothing_that_was_there_before_the_run_is_its(by):
    """A run that somebody called `bert`, and `pretrained/bert.pt`."""
    seen = judged(found("pretrained/bert.pt", at_s=-3600, by=by))
    assert not any(each.is_usable for each in seen)
    assert all("1.0 h before the run began" in each.doubts[0] for each in seen)
    assert len(seen) == (by is not FoundBy.TIME)


@pytest.mark.parametrize(
    ("by", "at_s", "confidence", "doubt"),
    [
        (FoundBy.RUN_NAME, 500, Confidence.HIGH, ""),
        (FoundBy.RUN_NAME, None, Confidence.MEDIUM, ""),
        (FoundBy.RUN_NAME, -3600, Confidence.LOW, "written 1.0 h before the run began"),
        (FoundBy.RUN_NAME, 8200, Confidence.MEDIUM, ""),
        (FoundBy.RECORDED_PATH, 500, Confidence.HIGH, ""),
        (FoundBy.RECORDED_PATH, 1100, Confidence.HIGH, ""),
        (FoundBy.RECORDED_PATH, -3600, Confidence.LOW, "before the run began: by another run"),
        (FoundBy.RECORDED_PATH, 8200, Confidence.LOW, "written 2.0 h after the run had ended"),
        (FoundBy.RECORDED_PATH, None, Confidence.MEDIUM, ""),
        (FoundBy.TIME, 500, Confidence.MEDIUM, ""),
    ],
)
def test_other_evidence_needs_the_time_to_fit(by, at_s, confidence, doubt):
    (only,) = judged(found(at_s=at_s, by=by))
    assert only.confidence == confidence
    assert doubt in " ".join(only.doubts)
    assert only.is_usable == (not doubt)


def test_a_name_that_somebody_gave_may_be_given_again():
    (only,) = judged(found(at_s=8200, by=FoundBy.RUN_NAME), of=replace(RUN, name="baseline"))
    assert not only.is_usable


@pytest.mark.parametrize("at_s", [-3600, 8200, 1060, None])
def test_what_nothing_but_its_time_could_give_to_the_run_is_left_out(at_s):
    assert judged(found(at_s=at_s, by=FoundBy.TIME)) == ()


def test_by_time_alone_a_run_that_had_exited_wrote_nothing_more():
    """Run 7 crashed in its first epoch, and a continuation of run 5 saved 31 s later."""
    late = found(at_s=1020, by=FoundBy.TIME)
    assert judged(late)[0].is_usable
    assert judged(late, of=replace(RUN, exit_code=1)) == ()
    assert judged(late, of=replace(RUN, exit_code=1), n_made=5) == ()
    (silent,) = judged(found(by=FoundBy.TIME), n_made=0)
    assert silent.doubts == ("the run made no report, and nothing but the time says it is its",)


@pytest.mark.parametrize(
    ("at_s", "rival", "doubt"),
    [
        (500, at_work(9, 400, 2000), "run 9 (amber-sweep-9), which wrote to the same place"),
        (500, at_work(9, 501, 2000), ""),
        (500, at_work(7, -1000, 495), ""),
        (1050, at_work(9, 1010, 2000), "it may be of run 9"),
        (1005, at_work(9, 1030, 2000), ""),
        (3, at_work(7, -1000, -5), ""),
        (500, run(9), ""),
    ],
)
def test_runs_that_share_a_folder_contest_what_was_written_while_both_were_at_work(
    at_s, rival, doubt
):
    (only,) = judged(found(at_s=at_s, rivals=(rival,)))
    assert doubt in " ".join(only.doubts)
    assert only.is_usable == (not doubt)
    assert only.confidence == (Confidence.LOW if doubt else Confidence.MEDIUM)


def test_without_times_a_shared_folder_says_too_little():
    bare = run(8)
    (only,) = judged(found(rivals=(run(9),)), of=bare)
    assert only.doubts == ("nothing says whether it was written while the run was at work",)
    (alone,) = judged(found(), of=bare)
    assert alone.is_usable


def test_a_rival_that_still_runs_is_at_work():
    rival = replace(at_work(9, 0, 1), state=RunState.RUNNING)
    (only,) = judged(found(at_s=500, rivals=(rival,)))
    assert not only.is_usable


def test_copies_are_in_doubt_and_in_the_order_of_their_progress():
    copies = [
        found(f"ckpt/model_{n}.pt", at_s=90_000 + k / 10) for k, n in enumerate((10, 100, 11, 9))
    ]
    seen = judged(*copies)
    assert [each.name[11:-3] for each in seen] == ["100", "11", "10", "9"]
    assert "copied since" in seen[0].doubts[0]
    owned = judged(*(replace(each, found_by=FoundBy.RUN_ID) for each in copies))
    assert [each.name[11:-3] for each in owned] == ["100", "11", "10", "9"]
    assert owned[0].is_usable


def test_the_newest_that_nothing_speaks_against_comes_first():
    seen = judged(
        found("ckpt/model_1.pt", at_s=100),
        found("ckpt/model_2.pt", at_s=200),
        found("ckpt/model_3.pt", at_s=300, n_bytes=0),
        found("ckpt/old.pt", at_s=-9000),
    )
    assert [each.name for each in seen] == [
        *("ckpt/model_2.pt", "ckpt/model_1.pt", "ckpt/model_3.pt", "ckpt/old.pt"),
    ]
    assert seen[2].doubts == ("it is cut off: it is empty",)


def test_what_its_time_alone_gives_to_the_run_comes_after_the_rest():
    seen = judged(
        found("a/model_1.pt", at_s=100, by=FoundBy.RUN_ID),
        found("b/model_9.pt", at_s=900, by=FoundBy.TIME),
        found("c/model_0.pt", at_s=50),
    )
    assert [each.name[0] for each in seen] == ["a", "c", "b"]


def test_the_best_is_not_the_last_unless_nothing_newer_is_there():
    both = judged(found("ckpt/last.pt", at_s=500), found("ckpt/best.pt", at_s=505))
    assert [each.name for each in both] == ["ckpt/last.pt", "ckpt/best.pt"]
    assert "called the best, which need not be the last" in both[1].because
    newer = judged(found("ckpt/last.pt", at_s=100), found("ckpt/best.pt", at_s=900))
    assert newer[0].name == "ckpt/best.pt"


def test_a_whole_state_comes_before_weights_of_the_same_moment():
    seen = judged(
        found("a/model.safetensors", at_s=501), found("b/last.ckpt", at_s=500), report_s=10.0
    )
    assert [each.has_schedule for each in seen] == [None, False]


@pytest.mark.parametrize(
    ("sizes", "doubted"),
    [
        ([100, 100, 100, 40], [3]),
        ([100, 100, 100, 92], [3]),
        ([100, 100, 98], [2]),
        ([1000, 1003, 998, 1001], []),
        ([100, 92], [1]),
        ([100, 96], []),
        ([40, 100, 100, 100], [0]),
        ([40, 60, 80, 100], []),
        ([40, 60, 80, 58], []),
        ([40, 60, 80, 50], [3]),
        ([40, 60, 80, 30], [3]),
        ([100], []),
        ([100, 40], [1]),
        ([40, 100], []),
    ],
)
def test_one_that_is_much_smaller_than_its_series_may_be_cut_off(sizes, doubted):
    seen = judged(
        *(
            found(f"ckpt/model_{k}.pt", at_s=100 * k, n_bytes=size * 1000)
            for k, size in enumerate(sizes)
        )
    )
    small = [each for each in seen if each.doubts]
    assert sorted(each.name for each in small) == [f"ckpt/model_{k}.pt" for k in doubted]
    assert all("it may be cut off" in each.doubts[0] for each in small)


def test_how_much_smaller_it_is_is_said():
    seen = judged(found("ckpt/model_1.pt", at_s=1, n_bytes=98_000), found(at_s=9, n_bytes=4_000))
    assert seen[-1].doubts == (
        "it has 4.0 kB where others of its kind have 98.0 kB: it may be cut off",
    )


@pytest.mark.parametrize(
    ("layout", "n_reports", "epoch", "step"),
    [
        (CheckpointLayout.TORCH, 12, 12.0, None),
        (CheckpointLayout.TORCH, 11, 12.0, None),
        (CheckpointLayout.TORCH, 5, None, 12),
        (CheckpointLayout.TORCH, None, None, None),
        (CheckpointLayout.XGBOOST, 12, None, 12),
    ],
)
def test_a_bare_number_counts_epochs_where_as_many_were_reported(layout, n_reports, epoch, step):
    found_there = found("ckpt/model_12.pt", listed={"layout": layout})
    (only,) = judged(found_there, n_made=n_reports)
    assert (only.epoch, only.step) == (epoch, step)
    assert only.progress_from == ("" if epoch is step is None else "its name")


def test_runs_of_one_id_share_what_is_called_after_it():
    rival = at_work(9, 2000, 3000)
    mine, theirs = judged(
        found("a/model_1.pt", at_s=500, by=FoundBy.RUN_ID, rivals=(rival,), shares_id=True),
        found("a/model_2.pt", at_s=2500, by=FoundBy.RUN_ID, rivals=(rival,), shares_id=True),
    )
    assert (mine.name, mine.is_usable) == ("a/model_1.pt", True)
    assert not theirs.is_usable


def test_the_list_has_an_end():
    assert len(judged(*(found(f"c/model_{k}.pt", at_s=k) for k in range(200)))) == 50


def test_hostile_names_of_rivals_are_harmless():
    rival = at_work(9, 0, 1000, name="\x1b[2Jevil")
    (only,) = judged(found(rivals=(rival,)))
    assert "\x1b" not in only.doubts[0]


def test_a_moved_one_is_less_sure():
    (only,) = judged(found(is_moved=True))
    assert (only.confidence, only.is_usable) == (Confidence.MEDIUM, True)


def test_impossible_times_say_nothing():
    strange = replace(RUN, heartbeat_at=None, runtime_s=float("inf"))
    assert len(judged(found(at_s=0), of=strange)) == 1


@pytest.mark.parametrize(
    ("numbers", "epochs"),
    [
        ((1, 2, 3), [3, 2, 1]),
        ((11, 14), [14, 11]),
        ((20, 12), [None, None]),
        ((5, 500), [None, None]),
        ((999_999_999_999, 1), [None, None]),
    ],
)
def test_numbers_of_a_series_count_one_thing(numbers, epochs):
    """Of 12 reports, the last two of which were lost, and 15 to be made: 14 is an epoch."""
    audit, _ = stopped()
    length = {"n_made": 12, "n_full": 15, "budget": audit.budget}
    files = [found(f"ckpt/model_{n}.pt", at_s=k) for k, n in enumerate(numbers)]
    seen = {each.name: each for each in judged(*files, **length)}
    in_order = [seen[f"ckpt/model_{n}.pt"] for n in sorted(numbers, reverse=True)]
    assert [each.epoch for each in in_order] == epochs
    steps = [
        None if each.epoch else n for each, n in zip(in_order, sorted(numbers)[::-1], strict=True)
    ]
    assert [each.step for each in in_order] == steps


def test_what_runs_that_were_told_the_same_place_wrote_is_no_candidate():
    rival = at_work(9, 2000, 9000)
    assert judged(found(at_s=5000, rivals=(rival,))) == ()
    (later,) = judged(found(at_s=9900, rivals=(rival,)))
    assert "after the run had ended" in later.doubts[0]
    (about,) = judged(found(at_s=1050, rivals=(at_work(9, 100, 1040),)))
    assert "wrote to the same place about that time" in about.doubts[0]


def test_a_long_series_is_judged_in_the_time_of_a_sort():
    """8,000 in one folder took longer than 100 s."""
    many = [found(f"ckpt/model_step_{k}.pt", at_s=k / 10, n_bytes=1000 + k) for k in range(8000)]
    began_s = time.monotonic()
    assert all(each.is_usable for each in judged(*many))
    assert time.monotonic() - began_s < 5
