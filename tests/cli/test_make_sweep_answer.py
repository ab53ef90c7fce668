"""`wbtools make-sweep --format …`: the answer in the sweep file's place."""

import json

import pytest

from tests.cli.test_make_sweep import OCR


def test_the_answer_is_given_in_the_files_place(wbtools, tmp_path):
    result = wbtools("make-sweep", "--from", OCR, "--metric", "val/hmean", "--goal", "maximize",
                     "--format", "json")  # fmt: skip
    answer = json.loads(result.out)
    assert answer["schema"] == "wbtools.make_sweep/1"
    assert all(parameter["because"] for parameter in answer["parameters"])
    assert {finding["code"] for finding in answer["findings"]} == {"WBS075", "WBS080"}
    assert "note: WBS080" in result.err
    by_suffix = wbtools("make-sweep", "grid", "-o", tmp_path / "grid.md")
    assert (by_suffix.code, by_suffix.err.count("next:")) == (0, 0)
    page = (tmp_path / "grid.md").read_text()
    assert page == wbtools("make-sweep", "grid", "--format", "md").out
    assert page.startswith("## ")


@pytest.mark.parametrize(
    "words",
    [
        ("--create", "--format", "json"),
        ("--create", "-o", "sweep.json"),
        ("--to", "slurm", "--format", "md"),
        ("--list", "--format", "csv"),
        ("--limit", "3"),
        ("--show-secrets",),
    ],
)
def test_what_has_no_use_beside_the_answer_or_without_it_is_refused(
    wbtools, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    result = wbtools("make-sweep", "grid", *words)
    assert result.code == 2
    assert words[0] in result.err
    assert not list(tmp_path.iterdir())
