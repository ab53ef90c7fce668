"""`wbtools audit-terminations` from the words of the command line to the answer and exit code."""

import csv
import io
import json
import re
import shlex
import shutil
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from tests.answers.samples import noisy_rewards
from tests.schemas import schema_of
from wbtools.answers.audit.answer import AuditAnswer

TESTS = Path(__file__).parents[1]
DEMO = TESTS.parent / "wbtools" / "demo" / "textures"
OCR = TESTS / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
AUDIT = "audit-terminations"
OCR_WORDS = (AUDIT, OCR, "--metric", "val/hmean", "--goal", "maximize")


def test_the_demo_is_answered_and_the_next_command_is_whole(wbtools):
    result = wbtools(AUDIT, "demo")
    assert result.code == 0
    assert "36 runs: 4 completed, 32 stopped by Hyperband" in result.out
    line, replicate = result.err.splitlines()
    assert line == "next: wbtools audit-terminations demo --run 5"
    assert replicate == "next: wbtools replicate demo --run 5"
    again = wbtools(*shlex.split(line.removeprefix("next: wbtools ")))
    assert again.code == 0
    assert "ivory-sweep-5" in again.out


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_the_screen_of_the_demo(wbtools, monkeypatch, golden, width):
    monkeypatch.setenv("COLUMNS", str(width))
    text = wbtools(AUDIT, "demo").out
    golden(f"audit-demo-{width}.txt", text)
    lines = text.splitlines()
    verdict = re.compile(r"Is there a gem\?  (Possibly|Probably|Very likely): \d+ % that run 5")
    assert any(map(verdict.match, lines[:8]))
    assert max(map(len, lines)) <= width
    assert width < 120 or len(lines) <= 24 - len(["next: …", "next: …", "$"])


def test_all_runs_are_shown_when_asked_for(wbtools):
    text = wbtools(AUDIT, "demo", "--all-runs").out
    rows = re.findall(r"(?m)^ +\d+ +(\d+)  (?:completed|hyperband)  ", text)
    assert sorted(map(int, rows)) == list(range(1, 37))


def test_the_seed_table_finds_run_8_above_the_bar(wbtools):
    result = wbtools(*OCR_WORDS)
    assert result.code == 0
    for words in (
        "run 8 was cut short at 0.9660, already better than 0.9647 (run 3)",
        "0.9535 ± 0.0294 over 12 runs; 0.9620 ± 0.0026 without run 1",
        "without curves no early-termination rule can be judged",
        "8 10/22 reports 0.9660 100 %",
    ):
        assert words in " ".join(result.out.split())
    rows = list(csv.DictReader(io.StringIO(wbtools(*OCR_WORDS, "--format", "csv").out)))
    ranked = sorted(rows, key=lambda row: int(row["rank"]))
    assert [int(row["run_number"]) for row in ranked] == [8, 3, 4, 2, 7, 6, 10, 11, 9, 12, 5, 1]
    assert rows[7]["p_gem"] == "1.0"


@pytest.mark.parametrize("words", [(AUDIT, "demo"), OCR_WORDS], ids=["demo", "table"])
@pytest.mark.parametrize("run", [(), ("--run", "8")], ids=["sweep", "one run"])
def test_the_json_answer_obeys_its_schema(wbtools, words, run):
    answer = json.loads(wbtools(*words, *run, "--format", "json").out)
    jsonschema.Draft202012Validator(schema_of(AuditAnswer)).validate(answer)
    assert answer["schema"] == "wbtools.audit/1"


@pytest.mark.parametrize("run", ["16", "hardy-sweep-16", "sweep-16", "qqas9kly"])
def test_a_run_is_named_by_number_name_tail_or_id(wbtools, run):
    assert "hardy-sweep-16" in wbtools(AUDIT, "demo", "--run", run).out


def test_an_absent_run_is_said_with_what_there_is(wbtools):
    result = wbtools(AUDIT, "demo", "--run", "99")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        "error: no run '99' in sweep t3xtur35 (it has 1-36)\n"
        "hint: pass a number, a name, an id, `best` or `gem`\n"
    )


def test_two_runs_with_one_number_are_listed(wbtools, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("run_number,id,acc,status\n1,a,1,finished\n1,b,2,finished\n")
    result = wbtools(AUDIT, table, "--metric", "acc", "--goal", "maximize", "--run", "1")
    assert result.code == 2
    assert "a (best 1.000), b (best 2.000)" in result.err


def test_a_target_a_budget_and_a_limit(wbtools):
    assert "budget: 30 reports" in wbtools(AUDIT, "demo", "--budget", "30").out
    result = wbtools(AUDIT, "demo", "--target", "0.565", "--limit", "2")
    assert "run 5 was cut short at 0.5660, already better than 0.5650 (--target)" in result.out
    assert "(--limit 0 shows all)" in result.out


def test_another_rule_is_judged_when_asked(wbtools):
    result = wbtools(AUDIT, "demo", "--early-terminate", "none")
    assert result.code == 0
    assert "WBT105" in result.out


def test_an_unknown_rule_is_looked_for(wbtools, tmp_path):
    shutil.copytree(DEMO / "wandb", tmp_path / "wandb")
    result = wbtools(AUDIT, tmp_path, "--metric", "val/acc", "--goal", "maximize")
    assert "hyperband(min_iter=2,eta=3,strict=true)" in " ".join(result.out.split())


@pytest.mark.parametrize("form", ["json", "csv", "text", "md", "html"])
def test_secrets_leave_only_when_asked_for(wbtools, tmp_path, form):
    table = tmp_path / "t.csv"
    table.write_text("id,acc,status,api_key\na,1,finished,s3cret\nb,2,finished,s3cret\n")
    words = (AUDIT, table, "--metric", "acc", "--goal", "maximize", "--format", form)
    masked, shown = wbtools(*words), wbtools(*words, "--show-secrets")
    assert masked.code == shown.code == 0
    assert "s3cret" not in masked.out
    assert ("s3cret" in shown.out) is (form in {"json", "csv"})


BAD = {
    "no such path": ((AUDIT, "./nowhere"), 2, "there is no file or folder"),
    "a page address without a sweep": (
        (AUDIT, "https://wandb.ai/acme/ocr/reports/x"),
        2,
        "names no sweep",
    ),
    "a project of W&B's": ((AUDIT, "acme/ocr"), 2, "a project of W&B's is not a sweep"),
    "a sweep that is not archived, offline": (
        (AUDIT, "acme/ocr/ab12cd34", "--offline", "--archive", "."),
        2,
        "archive",
    ),
    "a sweep that the folder does not hold": (
        (AUDIT, f"{DEMO}#zzzzzzzz"),
        2,
        "no sweep 'zzzzzzzz'",
    ),
    "a metric that nobody logged": (
        (AUDIT, "demo", "--metric", "val_acc", "--goal", "maximize"),
        3,
        "did you mean 'val/acc'",
    ),
    "a rule with a typing error": (
        (AUDIT, "demo", "--early-terminate", "hyperband(min_itr=2)"),
        2,
        "did you mean 'min_iter'",
    ),
    "a rule that no engine can run": (
        (AUDIT, "demo", "--early-terminate", "hyperband(min_iter=2,eta=1)"),
        2,
        "eta must be a number above 1",
    ),
    "a rule that is no YAML": (
        (AUDIT, "demo", "--early-terminate", "hyperband(min_iter=[)"),
        2,
        "not a number, a truth value or a word",
    ),
    "a user that does not exist": ((AUDIT, "~nosuchuser/x"), 2, "cannot be looked at"),
    "a name too long for any file": ((AUDIT, "x" * 300), 2, "'xxx"),
    "a run number of 5,000 digits": ((AUDIT, "demo", "--run", "9" * 5000), 2, "no run"),
    "a budget of 30 digits": ((AUDIT, "demo", "--budget", "9" * 30), 2, "budget"),
    "a target that nothing beats": ((AUDIT, "demo", "--target", "nan"), 2, "finite"),
    "one file for the picture and the answer": (
        (AUDIT, "demo", "--plot", "x.png", "-o", "x.png", "--format", "text"),
        2,
        "two things",
    ),
    "a device to write to": (
        (AUDIT, "demo", "-o", "/dev/null", "--force"),
        2,
        "not a regular file",
    ),
    "a picture without a format": ((AUDIT, "demo", "--plot", "x"), 2, "name end in"),
    "a misspelt metric without a goal": (
        (AUDIT, DEMO / "wandb", "--metric", "val_acc"),
        3,
        "did you mean 'val/acc'",
    ),
    "a goal that is none": ((AUDIT, "demo", "--goal", "up"), 2, "up"),
    "a table without a named metric": ((AUDIT, OCR), 2, "which metric"),
    "a picture in a format nobody draws": ((AUDIT, "demo", "--plot", "x.gif"), 2, "gif"),
    "an answer in a form that nobody writes": ((AUDIT, "demo", "-o", "x.xlsx"), 2, ".xlsx"),
    "an output in a folder that is not there": (
        (AUDIT, "demo", "-o", "no/such/folder/x"),
        2,
        "does not exist",
    ),
}


@pytest.mark.parametrize(("words", "code", "complaint"), BAD.values(), ids=BAD.keys())
def test_bad_input_is_one_clear_message(wbtools, tmp_path, monkeypatch, words, code, complaint):
    monkeypatch.chdir(tmp_path)
    result = wbtools(*words)
    assert (result.code, result.out) == (code, "")
    assert complaint in result.err
    assert "Traceback" not in result.err
    assert not list(tmp_path.iterdir())


def test_a_folder_without_run_files(wbtools, tmp_path):
    result = wbtools(AUDIT, tmp_path)
    assert result.code == 3
    assert result.err.startswith("error: ")


def test_a_run_file_of_random_bytes_is_no_sweep(wbtools, tmp_path):
    folder = tmp_path / "wandb" / "run-20260101_000000-abcdefgh"
    folder.mkdir(parents=True)
    (folder / "run-abcdefgh.wandb").write_bytes(np.random.default_rng(0).bytes(100_000))
    result = wbtools(AUDIT, tmp_path)
    assert result.code == 3
    assert f"the run in {tmp_path} is not known to belong to a sweep" in result.err
    assert "hold nothing that would tell" in result.err


def test_an_answer_is_written_whole_and_never_over_another(wbtools, tmp_path):
    path = tmp_path / "audit.json"
    assert wbtools(AUDIT, "demo", "--format", "json", "-o", path).out == ""
    before = path.read_text()
    result = wbtools(AUDIT, "demo", "-o", path)
    assert result.code == 2
    assert "--force" in result.err
    assert path.read_text() == before
    assert wbtools(AUDIT, "demo", "-o", path, "--force").code == 0
    assert path.read_text() != before
    assert [file.name for file in tmp_path.iterdir()] == ["audit.json"]


def test_a_folder_that_cannot_be_written_is_one_message(wbtools, tmp_path, monkeypatch):
    def refuse(*_args, **_more):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.NamedTemporaryFile", refuse)
    result = wbtools(AUDIT, "demo", "-o", tmp_path / "x.txt")
    assert result.code == 3
    assert "cannot be written: Permission denied" in result.err


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_a_picture_is_drawn(wbtools, tmp_path, suffix):
    path = tmp_path / f"audit.{suffix}"
    assert wbtools(AUDIT, "demo", "--plot", path, "-q").err == ""
    assert path.read_bytes()[:5] in {b"\x89PNG\r", b"<?xml", b"%PDF-"}


@pytest.mark.parametrize("columns", [20, 40, 79])
def test_narrow_terminals(wbtools, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    result = wbtools(AUDIT, "demo")
    assert result.code == 0
    assert max(len(line) for line in result.out.splitlines()) <= columns


def test_pipes_get_plain_text_and_colour_only_when_asked(wbtools):
    assert "\x1b" not in wbtools(AUDIT, "demo").out
    assert "\x1b" in wbtools(AUDIT, "demo", "--color", "always").out


def test_hostile_names_reach_neither_terminal_nor_markup(wbtools, tmp_path):
    evil = "\x1b]0;owned\x07[bold red]x[/]"
    table = tmp_path / "t.csv"
    table.write_text(f'name,acc,status,epochs_trained\n"{evil}",1,killed,1\nok,2,finished,3\n')
    words = (AUDIT, table, "--metric", "acc", "--goal", "maximize")
    forms = [("--format", form) for form in ("csv", "json", "md", "html", "github")]
    for more in ((), ("--run", "1"), *forms):
        result = wbtools(*words, *more)
        assert result.code == 0
        assert "\x1b" not in result.out + result.err
    assert "[bold red]x[/]" in wbtools(*words).out


def test_an_internal_error_is_one_message_and_a_traceback_only_with_v(wbtools, monkeypatch):
    def broken(*_args, **_options):
        msg = "boom \x1b[31m"
        raise RuntimeError(msg)

    monkeypatch.setattr("wbtools.app.audit_answer.audit_answer", broken)
    result = wbtools(AUDIT, "demo")
    assert result.code == 3
    assert "internal error: RuntimeError: boom \\x1b[31m" in result.err
    assert "Traceback" not in result.err
    assert "Traceback" in wbtools(AUDIT, "demo", "-v").err


def test_the_suffix_names_the_form(wbtools, tmp_path):
    for name, begin in (
        ("a.json", "{"),
        ("a.csv", "rank,"),
        ("a.txt", "t3xtur35"),
        ("a.md", "## t3xtur35"),
        ("a.html", "<section"),
    ):
        wbtools(AUDIT, "demo", "-o", tmp_path / name)
        assert (tmp_path / name).read_text().startswith(begin)


def test_the_table_that_is_read_is_never_overwritten(wbtools, tmp_path):
    table = tmp_path / "t.csv"
    shutil.copy(OCR, table)
    result = wbtools(AUDIT, table, *OCR_WORDS[2:], "-o", table, "--force")
    assert (result.code, table.read_text()) == (2, OCR.read_text())


def test_csv_of_one_run_is_one_row(wbtools):
    assert len(wbtools(AUDIT, "demo", "--run", "13", "--format", "csv").out.splitlines()) == 2


@pytest.mark.parametrize("numbers", ["3,-x\n", "3,b\n3,c\n"], ids=["odd", "shared"])
def test_the_next_command_means_the_run_that_it_names(wbtools, tmp_path, numbers):
    folder = tmp_path / "it's $HOME"
    folder.mkdir()
    table = folder / "t.csv"
    rows = "".join(
        f"{row},{value},killed,1\n" for row, value in zip(numbers.split(), ("9", "8"), strict=False)
    )
    table.write_text(f"run_number,id,acc,status,epochs_trained\n1,a,1,finished,4\n{rows}")
    result = wbtools(AUDIT, table, "--metric", "acc", "--goal", "maximize")
    again = wbtools(*shlex.split(result.err.removeprefix("next: wbtools ")))
    assert again.code == 0
    assert f"id {numbers.split()[0].split(',')[1]}" in again.out


def test_a_table_whose_name_looks_like_an_option_is_named_so_that_it_is_not(
    wbtools, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    shutil.copy(OCR, "--x=y.csv")
    result = wbtools(AUDIT, *OCR_WORDS[2:], "--", "--x=y.csv")
    again = wbtools(*shlex.split(result.err.removeprefix("next: wbtools ")))
    assert (again.code, "run 8" in again.out) == (0, True)


def test_version_and_help(wbtools):
    assert wbtools("--version").out.startswith("wbtools 0.")
    assert "audit-terminations" in wbtools("--help").out
    result = wbtools("audit")
    assert (result.code, result.err.startswith("error: ")) == (2, True)


def test_where_no_run_can_be_ranked_the_next_command_tries_other_rules(wbtools, tmp_path):
    audit = noisy_rewards()
    curves = audit.sweep.curves["eval/return"]
    chart = tmp_path / "chart.csv"
    with chart.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["Step", *(f"{row.run.name} - eval/return" for row in audit.rows)])
        for step, values in enumerate(curves.values.T):
            lines.writerow([step, *("" if np.isnan(value) else value for value in values)])
    asked = ("--metric", "eval/return:max", "--budget", "22", "--target", "168")
    rule = ("--early-terminate", "hyperband(min_iter=3)")
    result = wbtools(AUDIT, chart, *asked, *rule, "--method", "catch-up")
    text = " ".join(result.out.split())
    assert "but which cannot be told: standing at report 3" in text
    assert "irst to run again" not in text
    (line,) = result.err.splitlines()
    assert line.startswith(f"next: wbtools simulate {chart} --metric eval/return:max")
    assert "--target" not in line
