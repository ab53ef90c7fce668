"""`wbtools lint` and `wbtools rule` as a shell runs them."""

import io
import json
import sys
from pathlib import Path

import pytest

BAD = "method: bayesian\nparameters:\n  lr: {min: 1e-5, max: 1e-2}  # rate\n"
INFO = "program: t.py\nmethod: random\nmetric: {name: loss}\nparameters: {a: {values: [1, 2]}}\n"


@pytest.fixture
def bad(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    return path


def test_a_bad_file_exits_with_1_and_says_where(wbtools, bad):
    result = wbtools("lint", bad)
    assert result.code == 1
    assert f"{bad}:1:9: error WBS012 W&B has no method 'bayesian'" in result.out
    assert "2 errors" in result.out


def test_json_and_github(wbtools, bad):
    answer = json.loads(wbtools("lint", bad, "--format", "json", "--select", "WBS012").out)
    (finding,) = answer["findings"]
    assert (answer["schema"], answer["n_files"]) == ("wbtools.lint/1", 1)
    assert (finding["line"], finding["column"]) == (1, 9)
    assert (finding["severity"], finding["is_fixable"]) == ("error", True)
    line = wbtools("lint", bad, "--format", "github", "--select", "WBS012").out
    assert line.startswith(f"::error file={bad},line=1,col=9,title=WBS012::")


@pytest.mark.parametrize(
    ("fail_on", "code"), [("info", 1), ("warning", 0), ("error", 0), ("never", 0)]
)
def test_fail_on(wbtools, tmp_path, fail_on, code):
    (tmp_path / "s.yaml").write_text(INFO)
    assert wbtools("lint", tmp_path / "s.yaml", "--fail-on", fail_on).code == code


def test_select_and_ignore(wbtools, bad):
    assert wbtools("lint", bad, "--select", "WBS08").out.count("WBS080") >= 1
    assert wbtools("lint", bad, "--ignore", "WBS0").code == 0


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        (["--select", "WBX"], "no finding's code begins with 'WBX'"),
        (["--ignore", "WBX"], "no finding's code begins with 'WBX'"),
        (["--select", "WBT1"], "`wbtools audit-terminations` reports it"),
        (["--select", "WBD201"], "`wbtools doctor` reports it"),
        (["--select", "WBS012,WBD201"], "--select WBD201: `wbtools lint` makes no such check"),
        (["--select", "WBS012", "--ignore", "WBS0"], "--ignore leaves out everything"),
    ],
)
def test_a_selection_without_any_rule_is_refused(wbtools, bad, words, refusal):
    result = wbtools("lint", bad, *words)
    assert result.code == 2
    assert refusal in result.err


def test_fix_rewrites_in_place_and_through_a_link(wbtools, bad, tmp_path):
    link = tmp_path / "link.yaml"
    link.symlink_to(bad)
    result = wbtools("lint", link, "--fix")
    assert "fixed: 3 changes" in result.err
    assert link.is_symlink()
    assert bad.read_text() == BAD.replace("bayesian", "bayes").replace("1e-5", "1.0e-05").replace(
        "1e-2", "0.01"
    )


def test_stdin_is_mended_to_stdout(wbtools, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
    result = wbtools("lint", "-", "--fix")
    assert result.out.startswith("method: bayes\n")
    assert "<stdin>:1:1" in result.err


def test_a_file_that_is_not_there_or_never_ends(wbtools):
    assert wbtools("lint", "missing.yaml").code == 2
    assert wbtools("lint", "/dev/zero").code == 2


def test_the_program_is_looked_for(wbtools, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text(INFO)
    assert wbtools("lint", path, "--program-root", tmp_path, "--select", "WBS083").code == 1
    Path(tmp_path, "t.py").touch()
    assert wbtools("lint", path, "--program-root", tmp_path, "--select", "WBS083").code == 0
    assert wbtools("lint", path, "--program-root", tmp_path / "no").code == 2


def test_hostile_names_move_no_cursor(wbtools, tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text('"\\e[2J\\u202e%0A::error": 1\n')
    for form in ("text", "github"):
        result = wbtools("lint", path, "--format", form)
        assert "\x1b" not in result.out
        assert "\u202e" not in result.out
        assert "\n::error" not in result.out.removeprefix("::")[1:].replace("\n::error file", "")


def test_a_rule_explains_itself(wbtools):
    assert "e^0.0001" in wbtools("rule", "WBS030").out
    listed = wbtools("rule").out
    assert "WBT101" in listed
    assert "\nuntil      Never stop a run before" in listed
    result = wbtools("rule", "WBS099")
    assert result.code == 2
    assert "there is no code or rule 'WBS099'" in result.err
    assert "did you mean until?" in wbtools("rule", "untill").err


def test_a_whole_rule_is_explained_from_the_outermost_guard_inwards(wbtools):
    rule = "until(top(hyperband(min_iter=10,eta=3),k=3),runs=5)"
    page = wbtools("rule", rule).out
    said = ("No run is stopped before 5", "among the 3 best", "(report 10, 30, 90, …)", "guard")
    assert [page.index(part) for part in said] == sorted(page.index(part) for part in said)
    assert f"wbtools guard SWEEP --rule '{rule}'" in page
    refused = wbtools("rule", "top(hyperband(max_iter=27),k=3)")
    assert (refused.code, "max_iter needs s" in refused.err) == (2, True)
    hostile = wbtools("rule", 'hyperband(min_iter=3,s="\\e[31m")')
    assert (hostile.code, "\x1b" in hostile.out + hostile.err) == (2, False)


def test_every_example_in_the_help_runs(wbtools, bad):
    shown = " ".join(wbtools("lint", "--help").out.split())
    assert "'WBS02,WBS040'" in shown
    assert "'WBS059'" in shown
    assert "# wbtools: ignore WBS080" in shown
    assert wbtools("lint", bad, "--select", "WBS02,WBS040").code == 1
    assert wbtools("lint", bad, "--ignore", "WBS059").code == 1
    bad.write_text("# wbtools: ignore WBS080\n" + BAD)
    assert "WBS080" not in wbtools("lint", bad).out
    assert wbtools("rule", "WBS012").code == 0


def test_a_fixed_file_keeps_its_permissions(wbtools, tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text("method: random\nprogram: x.py\nparameters: {lr: {values: [1e-5, 1e-4]}}\n")
    path.chmod(0o600)
    wbtools("lint", "--fix", str(path))
    assert "1.0e-05" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_mended_stdin_is_a_file_of_any_name_and_no_answer(wbtools, monkeypatch, tmp_path):
    def lint(*words):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(BAD.encode())))
        return wbtools("lint", "--fix", "-", *words)

    for name in ("out.yaml", "out.json"):
        result = lint("-o", tmp_path / name)
        assert (result.code, result.out) == (1, "")
        assert (tmp_path / name).read_text().startswith("method: bayes\n")
    assert "exists already" in lint("-o", tmp_path / "out.yaml").err
    refused = lint("--format", "json")
    assert (refused.code, refused.out) == (2, "")
    assert "--format json is given, and --fix - writes the mended file" in refused.err
