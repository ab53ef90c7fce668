"""`wbtools forecast`, `make-sweep` and `expand-grid` where they promised what cannot be."""

import pytest
import yaml

from tests.cases.answers import budget_of_forecast, findings, runs_reaching


def test_wild_08_a_run_is_no_longer_than_its_epochs(wbtools):
    answer = wbtools("forecast", "wild-08/sweep.yaml", "--format", "json", "-q")
    assert budget_of_forecast(answer) <= 12
    assert runs_reaching(answer, 27) == 0


def test_bug_02_a_program_with_options_goes_into_the_command(wbtools):
    line = "torchrun --nproc_per_node=4 train.py"
    answer = wbtools(
        "make-sweep", "random-hyperband", "--metric", "val/acc", "--program", line, "-q"
    )
    if answer.code:
        assert "program" in answer.err
        return
    content = yaml.safe_load(answer.out)
    assert content["program"] == "train.py"
    words = content["command"]
    assert words.index("torchrun") < words.index("--nproc_per_node=4") < words.index("${program}")


@pytest.fixture
def grid(wbtools):
    def ask(name):
        return wbtools("expand-grid", f"bug-37/{name}.yaml", "--to", "sweep")

    return ask


def test_bug_37_an_axis_of_mappings_has_a_run_each(grid):
    values = yaml.safe_load(grid("spec").out)["parameters"]["pair"]["values"]
    assert [(pair["config"], pair["net"]) for pair in values] == [
        ("A.yaml", 1),
        ("A.yaml", 2),
        ("B.yaml", 3),
        ("B.yaml", 4),
    ]


def test_bug_37_two_axes_are_crossed(grid):
    written = yaml.safe_load(grid("spec2").out)["parameters"]
    assert len(written["config"]["values"]) * len(written["net"]["values"]) == 8


def test_bug_37_a_mapping_that_becomes_one_argument_is_remarked_on(grid):
    answer = grid("spec")
    comments = [line for line in answer.out.splitlines() if line.startswith("#")]
    assert any("pair" in line for line in [*comments, *answer.err.splitlines()])


def test_bug_37_lint_finds_a_mapping_among_the_values(wbtools, grid, tmp_path):
    path = tmp_path / "sweep.yaml"
    path.write_text(grid("spec").out)
    found = findings(wbtools("lint", path, "--format", "json"))
    assert any("pair" in finding.subject for finding in found)
