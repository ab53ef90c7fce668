"""Several sweeps as one story: log, gains, final validation, and what a table of sums says."""

import json

import pytest

import wbtools as wb
from tests.answers.report.pages import Elements, data_of, unpacked
from wbtools.answers.report.report import Refusal

TABLE = "tests/data/stages/polsess_dprnn_stages.csv"
STAGES = {
    "small": [(f"a-{k}", 2000, 0.001 * (k + 1), 42, 1.0, 0.50 + 0.01 * k) for k in range(6)],
    "larger": [(f"b-{k}", 4000, 0.001 * (k + 1), 42, 2.0, 0.62 + 0.01 * k) for k in range(4)],
    "validation": [
        (f"c-{k}-{seed}", 4000, 0.001 * (k + 1), seed, 2.0, 0.66 + 0.02 * k + seed / 1e5)
        for k in range(2)
        for seed in (42, 123, 456)
    ],
}


def write(folder, rows):
    lines = ["name,samples,lr,seed,state,runtime_hours,acc"]
    for name, samples, lr, seed, hours, acc in rows:
        lines.append(f"{name},{samples},{lr:.4f},{seed},finished,{hours},{acc:.5f}")
    folder.write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stages")
    return [write(folder / f"{name}.csv", rows) for name, rows in STAGES.items()]


@pytest.fixture(scope="module")
def report(tables):
    return wb.report(*tables, stages=True, metric="acc:max", baseline="larger")


def rows_below(text, heading):
    """The table below a heading of Markdown, as rows of cells."""
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_the_log_has_a_row_a_stage_with_its_gain_and_hours(report):
    head, _, *rows = rows_below(report.to_markdown(), "Experiment log")
    assert head[0] == "stage"
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["stage"] for row in found] == ["small", "larger", "validation"]
    assert [row["runs"] for row in found] == ["6", "4", "6"]
    assert [row["best"] for row in found] == ["0.5500", "0.6500", "0.6846"]
    assert found[1]["gain (95 %)"].startswith("+0.1000 (")
    assert found[2]["gain/h"] == "+0.0029"
    assert [row["hours so far"] for row in found] == ["6.0 h", "14.0 h", "26.0 h"]


def test_the_last_stage_is_validated_against_the_baseline(report):
    text = report.to_markdown()
    assert "validation, the last stage, against all full runs of larger." in text
    head, _, *rows = rows_below(text, "Did the choice hold over seeds?")
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["runs"] for row in found] == ["3", "3"]
    assert [row["mean ± sd"] for row in found] == ["0.6821 ± 0.0022", "0.6621 ± 0.0022"]
    differences = [row["against the baseline (95 %)"].split()[0] for row in found]
    assert differences == ["+0.0471", "+0.0271"]  # less 0.635


def test_configurations_are_followed_across_stages(report):
    text = report.to_markdown()
    assert "### The same configuration across stages" in text
    assert "0.6300 (1)" in text
    assert "Look closely at the best run, " in text.partition("## In short")[0]
    assert text.startswith("# A search in 3 stages\n\n## What did each stage gain?\n")
    assert "maximize acc · 3 stages, 16 runs · 26.0 h of compute · baseline: larger" in text


def test_its_page_is_a_page_too(report):
    page = report.to_html()
    elements = Elements(page)
    assert [section["id"] for section in elements.all("section")] == [
        *("short", "log", "race", "validation", "comparison", "leaderboard", "sources"),
    ]
    assert json.dumps(data_of(page)["ids"])


def test_without_repeats_nobody_can_tell(tables):
    text = wb.report(*tables[:2], stages=True, metric="acc:max").to_markdown()
    assert "Nobody can tell: larger, the last stage, ran no configuration twice" in text


def test_sweeps_that_are_no_stages_have_no_validation(tables):
    text = wb.report(*tables, metric="acc:max").to_markdown()
    assert "Did the choice hold" not in text
    assert rows_below(text, "Experiment log")[0][0] == "sweep"


def test_a_table_of_sums_is_a_story_too():
    report = wb.report(TABLE, stages=True, metric="best_si_sdr_db:max")
    head, _, *rows = rows_below(report.to_markdown(), "Experiment log")
    found = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["best"] for row in found] == ["1.750", "3.060", "4.080", "3.740"]
    assert [row["hours"] for row in found] == ["19.8 h", "48.6 h", "47.6 h", "57.1 h"]
    assert report.audits == ()
    assert "No side says both" in report.to_html()


def test_a_sweep_that_is_refused_is_named_with_the_reason(tables, tmp_path):
    silent = tmp_path / "silent.csv"
    silent.write_text("name,lr,acc\n" + "".join(f"d-{k},{k},\n" for k in range(3)))
    report = wb.report(tables[0], silent, metric="acc:max")
    assert isinstance(report.audits[1], Refusal)
    assert f"Not audited: {report.audits[1].why}" in report.to_markdown()


def test_one_sweep_is_no_story_of_stages():
    with pytest.raises(wb.UsageError, match="one sweep"):
        wb.report("demo", stages=True)


def test_runs_of_two_sweeps_with_the_same_ids_are_told_apart(tmp_path):
    alike = {key: [(f"run-{k}", *row[1:]) for k, row in enumerate(STAGES[key])] for key in STAGES}
    tables = [write(tmp_path / f"{key}.csv", alike[key]) for key in ("small", "larger")]
    report = wb.report(*tables, metric="acc:max")
    ids = [{row.run.id for row in audit.rows} for audit in report.known_audits]
    assert ids[0] & ids[1]
    page = report.to_html()
    data = data_of(page)
    assert [*data["runs"]] == [f"s0r{k}" for k in range(6)] + [f"s1r{k}" for k in range(4)]
    best = [data["runs"][key]["best"] for key in ("s0r3", "s1r3")]
    assert best == [0.53, 0.65]
    rows = [row.get("data-runs", "").split() for row in Elements(page).all("tr")]
    assert {key for row in rows for key in row} == set(data["runs"])
    (panel,) = data["figures"]["leaderboard"]["panels"]
    drawn = {mark["run"] for mark in unpacked(panel, data["ids"]) if "run" in mark}
    assert {key[:2] for key in drawn} == {"s0", "s1"}
