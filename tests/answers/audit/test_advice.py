"""What the page advises, and of what it claims nothing: re-runs, bands, ends that are not known."""

import dataclasses
from pathlib import Path

import pytest

import wbtools as wb
from tests.answers.audit.pages import page_of
from tests.answers.samples import SAMPLES, twelve
from wbtools.analysis.diagnosis.termination import Cause, Completion, Decision
from wbtools.answers.audit.gem_words import is_worth_repeating, runs_to_repeat
from wbtools.answers.audit.run_verdict import run_verdict
from wbtools.answers.audit.words import RunNames

SEEDS = Path(__file__).parents[2] / "data" / "seeds"


@pytest.mark.parametrize("name", SAMPLES)
def test_the_page_of_a_run_advises_what_the_page_of_the_sweep_does(name):
    audit = SAMPLES[name]()
    names, together = RunNames(audit), runs_to_repeat(audit)
    for row in audit.gems:
        if row.projection is not None and row.projection.p_repeat is not None:
            advises_against = run_verdict(audit, row, names).endswith("Not worth a re-run")
            assert advises_against != (row in together or is_worth_repeating(row))


def test_a_lucky_value_that_will_not_come_again_is_no_reason_to_run_it_again():
    audit = twelve()
    assert audit.gems[0].projection.p_gem == 1
    rows = [
        dataclasses.replace(row, projection=dataclasses.replace(row.projection, p_repeat=0.08))
        if row.projection is not None
        else row
        for row in audit.rows
    ]
    changed = dataclasses.replace(audit, rows=tuple(rows))
    assert runs_to_repeat(changed) == []
    assert "Re-running" not in page_of(changed)
    assert "run again, it beats that with a chance of 8 %" in " ".join(page_of(changed).split())


def test_a_stop_that_the_rule_does_not_explain_is_given_no_band():
    audit = twelve()
    assert "stopped by the band at epoch 10: 4" in page_of(audit)
    rows = []
    for row in audit.rows:
        if row.termination.cause is Cause.HYPERBAND:
            kept = dataclasses.replace(row.explanation.strict, ruling=Decision.KEEP)
            seen = dataclasses.replace(row.explanation, strict=kept, lenient=kept)
            row = dataclasses.replace(row, explanation=seen)  # noqa: PLW2901 - the same run
        rows.append(row)
    text = page_of(dataclasses.replace(audit, rows=tuple(rows)))
    assert "stopped by the band" not in text
    assert "by Hyperband by other signs, at a band that is not known: 4" in text


def test_where_nothing_is_projected_no_share_of_the_loss_is_told():
    audit = wb.audit(SEEDS / "polsess_runs.csv", metric="best_si_sdr_db:max", target=3.0)
    assert audit.outcome.recovery == ()
    assert "expected loss" not in audit.to_text()


def test_of_a_run_of_unknown_end_nothing_claims_that_it_was_cut_short():
    table = wb.audit(SEEDS / "polsess_runs.csv", metric="best_si_sdr_db:max")
    assert table.rows[9].completion is Completion.UNKNOWN
    text = " ".join(table.to_text().split())
    assert "Perhaps: run 10 ended at 5.680, already better than 5.550 (run 12). Nothing" in text
    assert "says whether it was cut short. Re-running 10 takes 21.4 h." in text
    assert "10 21/30 epochs" in text  # and not `10 1`: its name is the number 1
    assert "was cut short at" not in text
