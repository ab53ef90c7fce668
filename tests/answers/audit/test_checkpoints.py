"""What an audit's page says of the checkpoints that stopped runs left."""

from tests.analysis.test_continue_or_rerun import checkpoint
from tests.answers.samples import HOSTILE_NAMES, SAMPLES, twelve
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.audit.gem_words import runs_to_repeat
from wbtools.text.numbers import hours, listed


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
        "Checkpoints were left by runs 8 (epoch 5) and 4 (step 900): `replicate --continue` goes "
        "on from there, in the time shown, if the program can load them."
    ) in words


def test_one_checkpoint_is_one():
    for left, words in ((checkpoint(), ""), (checkpoint(epoch=8.0), " (epoch 8)")):
        _, text = said({7: left})
        assert (
            f"Run 7 left a checkpoint{words}: `replicate --continue` goes on from there, in the "
            "time shown, if the program can load it."
        ) in " ".join(text.split())


def test_the_answer_names_going_on_where_the_advised_run_can():
    audit = twelve()
    for width in (80, 100):
        _, text = said({8: checkpoint(epoch=5.0)}, width=width)
        verdict = " ".join(text.partition("\n\n  run ")[0].split())
        assert "Run 8 can go on from epoch 5 (1.7 h); run again 2.2 h." in verdict
        assert max(map(len, text.splitlines())) <= width
    several = {row.run.number: checkpoint(epoch=5.0) for row in runs_to_repeat(audit)}
    assert len(several) > 1
    _, text = said(several)
    words = " ".join(text.split())
    n, whom = len(several), listed(map(str, several))
    takes = f"({hours(1.7 * n)}); run again {hours(2.2 * n)}"
    assert f"Runs {whom} can go on from their checkpoints {takes}. " in words
    assert words.count(hours(2.2 * n)) == 1
    assert "can go on" not in said({12: checkpoint()})[1]


def test_the_verdict_on_one_run_names_going_on_first():
    answer, text = said({8: checkpoint(epoch=5.0)}, 8, width=80)
    words = "It can go on from epoch 5 (1.7 h); run again 2.2 h"
    assert f"{words}." in " ".join(text.partition("Why: ")[0].split())
    assert answer.headline.endswith(words)
    audit = SAMPLES["nothing lost"]()
    behind = audit.gems[-1]
    answer = AuditAnswer.of(audit, run=behind, checkpoints={behind.run.id: checkpoint()})
    assert "It can go on from its checkpoint (" in answer.headline
    assert answer.headline.endswith("; not worth a re-run")


def test_a_run_that_nothing_is_projected_of_can_go_on_all_the_same():
    audit = SAMPLES["no completed run"]()
    row = next(row for row in audit.rows if row.completion.ended_early)
    answer = AuditAnswer.of(audit, run=row, checkpoints={row.run.id: checkpoint(epoch=1.0)})
    assert ". It can go on from epoch 1" in answer.headline


def test_a_checkpoint_later_than_the_record_is_explained():
    later = "later than the last report that is known: a process that is killed loses its last ones"
    within, beyond = checkpoint(epoch=10.0), checkpoint(epoch=11.0)
    for left, found in (
        ({8: within}, None),
        ({8: beyond}, f"It is {later}."),
        ({8: beyond, 4: within}, f"That of run 8 is {later}."),
        ({8: beyond, 4: beyond}, f"Those of runs 8 and 4 are {later}."),
    ):
        words = " ".join(said(left)[1].split())
        assert (found in words) if found else (later not in words)
    assert f"It is {later}." in " ".join(said({8: beyond}, 8)[1].split())


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
        "run had it gone on, if its program can load it: `replicate --continue` says how."
    ) in words
    (run,) = answer.to_dict()["runs"]
    assert (run["checkpoint"], run["checkpoint_epoch"]) == ("checkpoints/last.ckpt", 5.0)
    assert (run["checkpoint_n_bytes"], run["checkpoint_confidence"]) == (40_000_000, "high")
    assert round(run["cost_continue_h"], 6) == 1.7
    assert round(run["cost_remaining_h"], 6) == 1.2


def test_hostile_paths_reach_no_terminal():
    for name in HOSTILE_NAMES.values():
        for number in (None, 8):
            answer, text = said({8: checkpoint(name=name, because=name)}, number)
            assert not {"\x1b", "\x9b", "\u202e", "\ud83d"} & {*text}
            answer.to_json()
