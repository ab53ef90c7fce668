"""An audit as JSON, CSV and a data frame."""

import csv
import io
import math

import pytest

from tests.answers.forms import HOSTILE, check_all_forms
from tests.answers.samples import (
    LIMITS,
    SAMPLES,
    at_the_limits,
    from_curves,
    guarded,
    rising,
    run_table,
    twelve,
    with_nan,
)
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.text.masking import masked_config
from wbtools.text.numbers import probability

SECRETS = {
    "api_key": "s3cret",
    "db": "postgres://me:hunter2@db/x",
    "nested": {"token": [{"secret": 10**15}]},
    "args": ["--token", "abc"],
}


def document(audit, **more):
    return AuditAnswer.of(audit, **more).to_dict()


def cells(audit, **more):
    return list(csv.DictReader(io.StringIO(AuditAnswer.of(audit, **more).to_csv(), newline="")))


def one_run(**facts):
    return from_curves([rising(0.9, 0.1, 22)], **facts)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_form_of_every_sample(name):
    audit = SAMPLES[name]()
    check_all_forms(AuditAnswer.of(audit))
    for row in audit.rows[:8]:
        answer = AuditAnswer.of(audit, run=row)
        check_all_forms(answer)
        (run,) = answer.to_dict()["runs"]
        assert run["run_id"] == row.run.id


@pytest.mark.parametrize("curves", LIMITS.values(), ids=LIMITS)
def test_numbers_near_the_limits_are_written(curves):
    audit = at_the_limits(curves)
    for row in (None, *audit.rows):
        answer = AuditAnswer.of(audit, run=row)
        check_all_forms(answer)
        assert max(map(len, answer.to_csv().splitlines())) < 2500


def test_names_of_parameters_and_values_are_only_text():
    check_all_forms(AuditAnswer.of(one_run(config={HOSTILE: HOSTILE, "=cmd()": ["=1"]})))


def test_a_row_is_as_flat_in_json_as_in_csv():
    audit = twelve()
    (run,) = document(audit, run=audit.rows[7])["runs"]
    (row,) = cells(audit, run=audit.rows[7])
    config = run.pop("config")
    assert list(row) == [*run, *(f"config/{name}" for name in config)]
    assert not any(isinstance(value, dict) for value in run.values())
    assert (row["run_number"], row["config/lr"]) == ("8", "0.008")


def test_numbers_keep_their_full_precision():
    audit = twelve()
    said = document(audit)
    assert [run["best"] for run in said["runs"]] == [row.best for row in audit.rows]
    assert [float(row["best"]) for row in cells(audit)] == [row.best for row in audit.rows]
    assert said["gem_run_ids"][0] == "run0008"
    assert said["rule"]["bands_reports"] == [10, 20]
    assert said["runs"][7]["created_at"] == "2025-03-01T19:00:00Z"
    assert said["runs"][7]["cause"] == "unexplained"
    assert AuditAnswer.of(audit).to_frame().loc[7, "gem_rank"] == 1


def test_both_modes_of_the_rule_are_given_and_the_one_in_use():
    audit = twelve()
    for row, run in zip(audit.rows, document(audit)["runs"], strict=True):
        strict, lenient = row.explanation.strict, row.explanation.lenient
        assert (run["ruling_strict"], run["ruling_lenient"]) == (strict.ruling, lenient.ruling)
        assert (run["value_strict"], run["value_lenient"]) == (strict.value, lenient.value)
        assert run["n_stop_before_lenient"] == lenient.n_stop_before
        in_use = [run[name] for name in ("value", "margin", "ruling")]
        assert in_use == [run[f"{name}_strict"] for name in ("value", "margin", "ruling")]
        assert run["margin_lenient"] == row.explanation.margin(strict=False, sign=-1)


def test_a_projection_comes_with_what_it_rests_on():
    audit = twelve()
    for row, run in zip(audit.rows, document(audit)["runs"], strict=True):
        projection = row.projection
        if projection is None:
            assert (run["p_gem"], run["gain_low"], run["n_enough"]) == (None, None, None)
            continue
        assert (run["gain_low"], run["gain_high"]) == (projection.gain_low, projection.gain_high)
        assert run["projection_method"] == "learned"
        assert run["n_enough"] == projection.reasons.n_enough
        assert run["n_support"] == projection.reasons.n_further > 0


def test_what_the_guard_saw_comes_with_the_runs_that_it_stopped():
    runs = {run["run_id"]: run for run in document(guarded())["runs"]}
    saw = {name: value for name, value in runs["run0008"].items() if str(name).startswith("guard_")}
    assert saw == {
        "guard_rule": "top(hyperband(min_iter=10,eta=3),k=3)",
        "guard_decided_by": "hyperband(min_iter=10,eta=3)",
        "guard_decided_at": "2025-03-01T20:00:00Z",
        "guard_reports": 10,
        "guard_band": 10,
        "guard_value": 0.966,
        "guard_threshold": 0.9667,
        "guard_n_peers": 9,
    }
    assert runs["run0004"]["cause"] == "guard"
    assert runs["run0004"]["guard_rule"] is None
    assert runs["run0001"]["guard_value"] is None


def test_what_is_unknown_is_null_and_empty():
    assert document(with_nan())["runs"][2]["best"] is None
    rows = cells(run_table())
    assert {row["threshold"] for row in rows} == {""}
    assert rows[7]["best"] == "0.966"


def test_the_curve_of_one_run_is_its_finite_reports():
    audit = with_nan()
    curve = document(audit, run=audit.rows[1])["curve"]
    assert len(curve["values"]) == len(curve["times_s"]) == 20
    assert all(map(math.isfinite, curve["values"]))
    assert curve["steps"][3] == 499
    assert document(audit)["curve"] is None


def test_a_secret_does_not_leave_unless_it_is_asked_for():
    audit = one_run(config=SECRETS, program="train.py --api-key s3cret --epochs 3")
    answer = AuditAnswer.of(audit)
    for text in (answer.to_json(), answer.to_csv(), str(answer.to_frame().to_dict())):
        assert "s3cret" not in text
        assert "hunter2" not in text
        assert "train.py --api-key *** --epochs 3" in text
    assert masked_config(SECRETS, show_secrets=True) == SECRETS
    (run,) = document(audit, show_secrets=True)["runs"]
    assert run["config"] == SECRETS
    assert run["program"] == "train.py --api-key s3cret --epochs 3"
    (row,) = cells(audit, show_secrets=True)
    assert row["config/api_key"] == "s3cret"


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        pytest.param("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0", id="a formula"),
        pytest.param("+1", "'+1", id="a plus"),
        pytest.param("-1", "'-1", id="a minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="an at sign"),
        pytest.param("  =1", "'  =1", id="a formula behind blanks"),
        pytest.param("\t=1", "'\\t=1", id="a formula behind a tab"),
        pytest.param("\uff1d1", "'\uff1d1", id="a full-width sign"),
        pytest.param('say "hi", twice', 'say "hi", twice', id="quotes and commas are only quoted"),
        pytest.param("two\nlines", "two\\nlines", id="a line break stays in its cell"),
        pytest.param("a=b", "a=b", id="an inner sign is left alone"),
    ],
)
def test_a_spreadsheet_runs_nothing(name, cell):
    assert cells(one_run(names=[name]))[0]["run_name"] == cell


def test_a_negative_number_is_no_formula():
    assert any(row["margin"].startswith("-") for row in cells(twelve()))


def test_an_answer_says_in_one_line_what_it_is():
    audit = twelve()
    chance = probability(audit.rows[7].projection.p_repeat, may_be_sure=False)
    assert repr(AuditAnswer.of(audit)) == (
        "<audit: v5inrfwe, 12 runs; a gem? Yes: run 8 was cut short at 0.9660, already better than "
        f"0.9648 (run 3); run again, it beats that with a chance of {chance}>"
    )
    assert repr(AuditAnswer.of(audit, run=audit.rows[7])) == (
        "<audit: run 8 of v5inrfwe: cut short, and nothing explains why; its 0.9660 already beats "
        f"0.9648 (run 3), and with a chance of {chance} would beat it again if run again. Worth a "
        "re-run (2.2 h)>"
    )


def test_the_figure_is_of_the_run_that_is_asked_for():
    audit = twelve()
    stopped = audit.rows[9]
    whole, zoomed = AuditAnswer.of(audit), AuditAnswer.of(audit, run=stopped)
    said = [
        [text.get_text() for text in figure.axes[0].texts]
        for figure in (whole.plot(), zoomed.plot(), whole.plot(stopped))
    ]
    assert said[0] != said[1] == said[2]
