"""`wbtools lint` on sweep files that it passed, blamed or mended wrongly."""

import shutil

import pytest
import yaml

from tests.cases.answers import codes, complaints, findings, mentions


@pytest.fixture
def lint(wbtools):
    def ask(path, *words):
        return wbtools("lint", path, "--format", "json", *words)

    return ask


@pytest.mark.parametrize("path", ["bug-01/sweep.yaml", "lint/01_accelerate.yaml"])
def test_an_executable_of_two_words_is_found(lint, path):
    found = [finding for finding in findings(lint(path)) if finding.severity != "info"]
    assert mentions(found, "accelerate")


@pytest.mark.parametrize("path", ["bug-02/sweep.yaml", "lint/02_torchrun_program.yaml"])
def test_a_program_with_options_is_found(lint, path):
    found = [finding for finding in findings(lint(path)) if finding.severity != "info"]
    assert mentions(found, "program")


def test_lint_03_a_module_as_the_program_is_found(lint):
    found = [f for f in findings(lint("lint/03_m_program.yaml")) if f.severity != "info"]
    assert mentions(found, r"program|-m")


@pytest.mark.parametrize("path", ["bug-04/sweep.yaml", "lint/04_only_args.yaml"])
def test_a_command_without_an_executable_is_an_error(lint, path):
    assert codes(lint(path), "error")


@pytest.mark.parametrize("path", ["bug-05/sweep.yaml", "lint/05_one_string.yaml"])
def test_a_macro_inside_a_longer_text_is_named_as_such(lint, path):
    found = codes(lint(path))
    assert "WBS082" in found
    assert "WBS081" not in found


@pytest.mark.parametrize("path", ["bug-06/sweep.yaml", "lint/06_tuples.yaml"])
def test_tuples_are_an_error(lint, path):
    found = findings(lint(path))
    assert any(f.severity == "error" and "kernel" in f.subject + f.text for f in found)


@pytest.mark.parametrize("path", ["bug-15/launch.yaml", "lint/15_launch.yaml"])
def test_a_launch_file_has_no_error(lint, path):
    assert not codes(lint(path), "error")


@pytest.mark.parametrize("name", ["augment", "lang", "seed", "when"])
def test_lint_14_words_that_yaml_reads_in_its_own_way_are_found(lint, name):
    assert any(name in f.subject for f in findings(lint("lint/14_norway.yaml")))


@pytest.mark.parametrize(
    "path",
    [
        "lint/07_nargs.yaml",
        "lint/10_ref.yaml",
        "lint/11_null_prob.yaml",
        "lint/12_int_in_command.yaml",
        "lint/17_metric_max.yaml",
    ],
)
def test_a_right_file_stays_without_a_complaint(lint, path):
    answer = lint(path)
    assert answer.code == 0
    assert not complaints(answer)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("lint/08_index.yaml", {"WBS021"}),
        ("lint/09_nested_wrong.yaml", {"WBS022", "WBS023"}),
        ("lint/13_method_hyperband.yaml", {"WBS012", "WBS052", "WBS053"}),
        ("lint/16_function.yaml", {"WBS080"}),
        ("lint/18_args_no_hyphens_flag.yaml", {"WBS010", "WBS032"}),
        ("lint/19_interpreter_key.yaml", {"WBS010"}),
        ("lint/20_python_style_dict.yaml", {"WBS029"}),
        ("lint/wrapped.yaml", {"WBS086"}),
    ],
)
def test_what_is_wrong_is_still_said(lint, path, expected):
    answer = lint(path)
    assert answer.code == 1
    assert expected <= complaints(answer)


def test_a_file_one_level_too_deep_gets_one_finding_that_says_so(lint):
    (finding,) = findings(lint("lint/wrapped.yaml"))
    assert mentions([finding], "sweep_config")


@pytest.fixture
def goal_is_doubted(lint, cases, tmp_path):
    """Whether lint doubts a goal by the metric's name."""

    def ask(name, goal):
        content = yaml.safe_load((cases / "bug-44" / "s.yaml").read_text())
        content["metric"] = {"name": name, "goal": goal}
        path = tmp_path / "s.yaml"
        path.write_text(yaml.safe_dump(content))
        return "WBS042" in codes(lint(path))

    return ask


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("neg_mean_squared_error", "maximize"),
        ("score", "minimize"),
        ("neg_loss", "maximize"),
        ("-rmse", "maximize"),
        ("neg_iou", "minimize"),
        ("inv_acc", "minimize"),
        ("1-acc", "minimize"),
        ("accuracy_drop", "minimize"),
        ("acc_gap", "minimize"),
        ("time_to_accuracy", "minimize"),
        ("loss_reduction", "maximize"),
        ("error_free_rate", "maximize"),
    ],
)
def test_bug_44_a_right_goal_is_not_doubted(goal_is_doubted, name, goal):
    assert not goal_is_doubted(name, goal)


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("neg_mean_squared_error", "minimize"),
        ("neg_loss", "minimize"),
        ("-rmse", "minimize"),
        ("neg_iou", "maximize"),
        ("inv_acc", "maximize"),
        ("1-acc", "maximize"),
    ],
)
def test_bug_44_a_negated_name_turns_the_direction_round(goal_is_doubted, name, goal):
    assert goal_is_doubted(name, goal)


@pytest.mark.parametrize(
    ("name", "goal"),
    [
        ("val/mAP50", "minimize"),
        ("explained_variance", "minimize"),
        ("throughput", "minimize"),
        ("sharpe", "minimize"),
        ("misclassification", "maximize"),
        ("top1_err", "maximize"),
        ("cost", "maximize"),
        ("crps", "maximize"),
    ],
)
def test_bug_44_a_wrong_goal_of_a_common_metric_is_doubted(goal_is_doubted, name, goal):
    assert goal_is_doubted(name, goal)


@pytest.mark.parametrize(
    ("name", "goal", "doubted"),
    [
        ("acc", "maximize", False),
        ("f1", "maximize", False),
        ("iou", "maximize", False),
        ("val/loss", "minimize", False),
        ("rmse", "minimize", False),
        ("perplexity", "minimize", False),
        ("acc", "minimize", True),
        ("f1", "minimize", True),
        ("val/loss", "maximize", True),
        ("rmse", "maximize", True),
    ],
)
def test_bug_44_plain_names_stay_judged(goal_is_doubted, name, goal, doubted):
    assert goal_is_doubted(name, goal) is doubted


def test_wild_06_numbers_in_a_list_are_numbers(lint):
    answer = lint("wild-06/sweep.yaml")
    assert answer.code == 0
    assert not complaints(answer)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("config-style", "WBS081"),
        ("function-style", "WBS080"),
        ("launch-job", "WBS017"),
        ("launch-job", "WBS011"),
        ("lower-is-better", "WBS042"),
        ("none-choice", "WBS029"),
        ("score-of-errors", "WBS042"),
    ],
)
def test_wild_07_a_right_file_is_not_blamed(lint, name, code):
    answer = lint(f"wild-07/{name}.yaml")
    assert code not in codes(answer)


def test_wild_08_a_band_that_no_run_can_reach_is_found(lint):
    assert mentions(findings(lint("wild-08/sweep.yaml")), r"\b27\b")


@pytest.mark.parametrize(
    "method",
    [
        pytest.param("random", id="as it is"),
        pytest.param("bayesian", id="with a second line to mend"),
    ],
)
def test_wild_10_a_fix_changes_only_the_lines_that_it_mends(wbtools, cases, tmp_path, method):
    path = tmp_path / "sweep.yaml"
    shutil.copy(cases / "wild-10" / "sweep.yaml", path)
    before = path.read_text().replace("method: random", f"method: {method}")
    path.write_text(before)
    wbtools("lint", path, "--fix")
    old, new = before.splitlines(), path.read_text().splitlines()
    assert len(new) == len(old)
    changed = {line.strip() for line, other in zip(old, new, strict=True) if line != other}
    assert changed <= {"min: 1e-5", "method: bayesian"}
    assert ("method: bayesian" in changed) is (method == "bayesian")
