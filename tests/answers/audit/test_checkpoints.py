"""What an audit's page says of the checkpoints that stopped runs left."""

from tests.analysis.test_continue_or_rerun import checkpoint
from tests.answers.samples import HOSTILE_NAMES, twelve
from wbtools.answers.audit.answer import AuditAnswer


def said(checkpoints, number=None, *, width=100):
    audit = twelve()
    by_number = {row.run.number: row for row in audit.rows}
    found = {by_number[each].run.id: left for each, left in checkpoints.items()}
    run = None if number is None else by_number[number]
    answer = AuditAnswer.of(audit, run=run, checkpoints=found)
    return answer, answer.to_text(width=width)


def test_the_time_left_is_from_the_checkpoint_on_and_the_command_stands_below():
    _, text = said({8: checkpoint(epoch=5.0), 4: checkpoint(step=900)})
    rows = [line.split() for line in text.splitlines() if "amber-sweep-" in line]
    left = {row[0]: row[row.index("%") + 1] for row in rows}
    assert left == {"8": "1.7", "4": "1.2", "7": "1.2"}
    words = " ".join(text.split())
    assert (
        "Runs 8 (epoch 5) and 4 (step 900) left checkpoints, from which the time left is counted: "
        "wbtools replicate SWEEP --run 8 --continue goes on from there."
    ) in words


def test_one_checkpoint_is_one():
    _, text = said({7: checkpoint()})
    assert (
        "Run 7 left a checkpoint, from which the time left is counted: wbtools replicate SWEEP "
        "--run 7 --continue goes on from there."
    ) in " ".join(text.split())


def test_nothing_is_said_where_none_was_found_or_of_runs_that_are_not_shown():
    for checkpoints in ({}, {12: checkpoint()}):
        _, text = said(checkpoints)
        assert "checkpoint" not in text
        assert "--continue" not in text


def test_the_page_of_one_run_says_where_it_lies_and_why_it_is_taken_for_the_runs():
    left = checkpoint(epoch=5.0, n_bytes=40_000_000)
    answer, text = said({8: left}, number=8)
    words = " ".join(text.split())
    assert (
        "It left a checkpoint: checkpoints/last.ckpt (epoch 5, Lightning, 40.0 MB; in the folder "
        "that ckpt_dir names, high confidence). Going on takes 1.7 h, with about the chance of the "
        "run had it gone on: wbtools replicate SWEEP --run 8 --continue says how."
    ) in words
    (run,) = answer.to_dict()["runs"]
    assert (run["checkpoint"], run["checkpoint_epoch"]) == ("checkpoints/last.ckpt", 5.0)
    assert (run["checkpoint_bytes"], run["checkpoint_confidence"]) == (40_000_000, "high")
    assert round(run["cost_continue_h"], 6) == 1.7
    assert round(run["cost_remaining_h"], 6) == 1.2


def test_hostile_paths_reach_no_terminal():
    for name in HOSTILE_NAMES.values():
        for number in (None, 8):
            answer, text = said({8: checkpoint(name=name, because=name)}, number)
            assert not {"\x1b", "\x9b", "\u202e", "\ud83d"} & {*text}
            answer.to_json()
