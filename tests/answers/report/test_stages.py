"""Several sweeps as one story: log, gains, final validation, and what a table of sums says."""

import json

import pytest

import wbtools as wb
from tests.answers.report.pages import Elements, data_of, unpacked
from wbtools.answers.figures.race import race_figure
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
    assert "Gain by stage" not in report.to_markdown()  # the log has them
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
        *("short", "log", "race", "validation", "comparison", "gems", "leaderboard", "sources"),
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
    text = report.to_markdown()
    assert (
        "**2 (va7wk46n) gained 1.310, 3a (hj7sbz6c) gained 1.020 and 3b (1wtvbmiu) lost 0.340, "
        "each against the best value of the stage before. The best of all is 4.080, of 3a "
        "(hj7sbz6c).**"
    ) in text
    assert "*3a (hj7sbz6c) found the best, 4.080, within 116 h of 173 h.*" in text
    assert "`wbtools plot" not in text  # which knows nothing of stages


def test_a_log_is_the_only_table_of_what_stages_gained(report):
    summed = wb.report(TABLE, stages=True, metric="best_si_sdr_db:max").to_markdown()
    assert summed.count("\n| --") == 1
    for text in (summed, report.to_markdown()):
        assert "Gain by stage" not in text
        assert text.count("hours so far") == 1


def test_a_table_of_sums_is_drawn_a_step_a_stage():
    (panel,) = race_figure(wb.compare(TABLE, stages=True, metric="best_si_sdr_db:max")).panels
    so_far, *dots = panel.marks
    assert so_far.y.tolist() == [1.75, 3.06, 4.08, 4.08]
    assert [dot.y for dot in dots] == [1.75, 3.06, 4.08, 3.74]
    assert (
        [dot.x for dot in dots] == so_far.x.tolist() == pytest.approx([19.8, 68.45, 116.05, 173.15])
    )
    assert panel.x.label == "hours used by all stages so far"


def test_it_says_what_was_read_of_a_table_and_claims_no_draws():
    text = wb.report(TABLE, stages=True, metric="best_si_sdr_db:max").to_markdown()
    assert f"Read: {TABLE}, a table with a row for each of 4 sweeps: " in text
    assert "seed" not in text


def test_gems_of_each_stage_are_a_section_with_a_command(tables):
    report = wb.report("demo", tables[0], metric="val/acc:max", rank_by=None)
    page = Elements(report.to_html())
    linked = {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")}
    assert "gems" in linked & {section["id"] for section in page.all("section")}
    text = report.to_markdown().partition("## Which stopped runs were gems?")[2]
    part = text.partition("\n## ")[0]
    assert "| 5 ivory-sweep-5 | 19/27 epochs |" in part
    assert "wbtools audit-terminations demo --metric val/acc:max\n" in part


def test_what_is_said_of_all_stages_is_said_once(report):
    text = report.to_markdown()
    assert "**A gem in small, larger and validation?** No: " in text
    assert text.count("nothing to re-run") == 2


@pytest.mark.parametrize(
    ("baseline", "said"),
    [
        ("validation", "validation, the last stage, is the baseline itself"),
        ("larger", "against all full runs of larger."),
    ],
)
def test_notes_of_the_validation_stand_only_where_they_hold(tables, baseline, said):
    text = wb.report(*tables, stages=True, metric="acc:max", baseline=baseline).to_markdown()
    part = text.partition("## Did the choice hold over seeds?")[2].partition("\n## ")[0]
    assert said in part
    assert ("against all full runs" in part) == ("Welch" in part) == (baseline == "larger")


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
