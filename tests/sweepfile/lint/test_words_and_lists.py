"""Values that YAML reads otherwise than people wrote them: what is found, and what is right."""

import pytest
import yaml

from wbtools.findings import Severity
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.lint import fix, lint

NEW = {"WBS028", "WBS029", "WBS031", "WBS037", "WBS039", "WBS087", "WBS088", "WBS089"}


def found(body, method="random", severities=(Severity.ERROR, Severity.WARNING)):
    text = f"method: {method}\nparameters:\n  x: {body}\n"
    return [
        finding
        for finding in lint(text.encode(), source="s")
        if finding.code in NEW and finding.severity in severities
    ]


WRONG = {
    "WBS087 error": [
        "{values: [(3, 3), (3, 5)]}",
        "{values: [(3, 4, 3), same]}",
        "{values: [(0.9, 0.999)]}",
        "{value: [(3, 3), (5, 5)]}",
        "{values: [[(1, 2), (3, 4)], [5]]}",
        "{values: [uniform(0, 1), normal(0, 1)]}",
        "{values: [np.arange(0, 5)]}",
    ],
    "WBS087 warning": [
        "{values: ['[64, 64', '[128, 128]']}",
        "\n    values:\n      - (3, 3\n      - (5, 5)",
    ],
    "WBS087 info": ["\n    values:\n    - (3, 3)\n    - [1, 2]", "\n    value: (0.1, 0.2, 0.3)"],
    "WBS031 warning": [
        "{values: [on, off, strong]}",
        "{values: [de, no, se]}",
        "{values: [Off, linear]}",
        "\n    values:\n      - yes\n      - maybe",
        "{values: [[no, NO], [de, fr]]}",
    ],
    "WBS031 info": ["{values: [yes, no]}", "{value: off}", "{values: [off, 10, 100]}"],
    "WBS037 warning": [
        "{values: [010, 020]}",
        "{value: 0777}",
        "{values: [12:30, 1:20:30]}",
        "{value: 16:9}",
        "{value: 1:30.5}",
        "{values: [2024_01, 2024_02]}",
        "{values: [07, 08, 09]}",
        "{min: 010, max: 100}",
        "{values: [1,000, 10,000]}",
    ],
    "WBS039 warning": ["{values: [32, 64, 64]}", "{values: [a, b, a]}", "{values: [1, 1.0, 2]}"],
    "WBS039 info": [
        "{values: [a, a, a, b]}",
        "{values: [{1: 2, b: 3}, {b: 3, 1: 2}], probabilities: [0.5, 0.5]}",
    ],
    "WBS088 warning": [
        "{values: [0.1, 0.01 0.001]}",
        "{values: [32, 64 128, 256]}",
        "\n    values:\n      - 1\n      - 2\n        3\n      - 4",
        "{values: [1, 2; 3, 4]}",
        "{values: [1e-3, 1e-4 1e-5]}",
    ],
    "WBS089 warning": [
        "{values: [range(5)]}",
        "\n    value: list(range(0, 5))",
        "{values: [2**3, 2**4]}",
        "{values: [0.5, 1/3]}",
        "{values: [x for x in range(3)]}",
    ],
    "WBS089 info": ["{values: [1/2, 1/3]}"],
    "WBS029 warning": [
        "{values: [None, cosine]}",
        "{value: None}",
        "{values: [none, 0.1, 0.2]}",
        "{values: [nil, 1e-5]}",
    ],
    "WBS028 info": ["{values: [1e-5, 0.1]}", "{value: -.5}", "{value: 1.5e3}"],
    "WBS028 warning": ["{values: [0.5e3, 0.1]}"],
}


@pytest.mark.parametrize(
    ("answer", "body"), [(answer, body) for answer, bodies in WRONG.items() for body in bodies]
)
def test_what_is_read_otherwise_is_found(answer, body):
    code, severity = answer.split()
    assert (code, severity) in {
        (finding.code, finding.severity.name.lower())
        for finding in found(body, severities=Severity)
    }


RIGHT = [
    "{values: [[3, 3], [3, 5]]}",
    "{values: ['(3, 3)', '(3, 5)']}",
    "{values: [a (small), b (large)]}",
    "{values: ['smile :)', plain]}",
    "{values: [f(x), g(x)]}",
    "{values: [true, false, auto]}",
    "{values: [True, None_, 'no', 'on']}",
    "{values: [y, n]}",
    "{values: [0, 07]}",
    "{values: [0x10, 0b11, 1_000, 12_500]}",
    "{values: ['010', '12:30', '2024_01']}",
    "{value: 2024-1}",
    "{value: v1_2}",
    "{value: 0:30}",
    "{value: 127.0.0.1:80}",
    "{values: [08, 09]}",
    "{values: [256 256, 512 512 512]}",
    "{values: [64, 64 64, 64 64 64]}",
    "{value: 70,80,90}",
    "{values: ['0.1', '0.01 0.001']}",
    "{values: [1, 2, '3 4']}",
    "{values: [1, true, '1']}",
    "{values: [none, linear, cosine]}",
    "{values: ['None', 0.1]}",
    "{values: [null, 0.1]}",
    "{values: [a/b, c*d, s3://x/y]}",
    "{values: [1/2/2024, resnet18/34]}",
    "{values: ['1/3', 0.5]}",
    "{values: [for the people, in the house]}",
    "{values: ['1e-5', 'x']}",
    "{min: 0.1, max: 0.2}",
]


@pytest.mark.parametrize("body", RIGHT)
def test_what_is_meant_is_not_blamed(body):
    assert found(body) == []


def test_a_value_that_stands_twice_in_a_grid_is_a_note():
    (finding,) = found("{values: [32, 64, 64]}", method="grid", severities=Severity)
    assert finding.severity is Severity.INFO
    assert "once" in finding.title


@pytest.mark.parametrize(("words", "blamed"), [("--amp, on", True), ("--amp, 'on'", False)])
def test_a_truth_word_in_a_command_is_no_text(words, blamed):
    text = f"method: grid\ncommand: [python, t.py, {words}]\nparameters: {{a: {{value: 1}}}}\n"
    assert ("WBS031" in {f.code for f in lint(text.encode(), source="s")}) is blamed


@pytest.mark.parametrize("word", ["=", "<<"])
def test_a_word_that_pyyaml_cannot_read_is_named(word):
    (finding,) = lint(f"parameters: {{x: {{values: [{word}, a]}}}}\n".encode(), source="s")
    assert finding.code == "WBS001"
    assert "quote it" in finding.title


@pytest.mark.parametrize(
    "body",
    [
        "{values: [why?, how? now]}",
        "{value: [--url=http://h/x?y=1, a]}",
        "{value: {a?: 1}}",
        "\n    value: >#x",
        "\n    value: |#*",
    ],
)
def test_what_only_libyaml_reads_is_no_yaml_to_the_client(body):
    text = f"method: random\nparameters:\n  x: {body}\n"
    with pytest.raises(yaml.YAMLError):
        yaml.load(text, Loader=yaml.SafeLoader)
    assert [f.code for f in lint(text.encode(), source="s")] == ["WBS001"]


def test_values_are_those_that_the_client_reads():
    text = "method: random\nparameters:\n  x: !\n"
    assert read_document(text.encode()).data == yaml.load(text, Loader=yaml.SafeLoader)


@pytest.mark.parametrize("text", ["a: {b: 1}\t# c\n", "a: 1\t# c\n", "a: [1]\t\n"])
def test_a_tab_that_only_libyaml_reads_is_an_error(text):
    with pytest.raises(yaml.YAMLError):
        yaml.safe_load(text)
    assert [finding.code for finding in lint(text.encode(), source="s")] == ["WBS001"]


def test_a_grid_counts_equal_values_once():
    text = "method: grid\nparameters: {x: {values: [1, 1, 1.0, true]}, y: {values: [a, b]}}\n"
    assert read_document(text.encode()).n_cells == 4


def test_the_hint_writes_tuples_as_lists():
    (finding,) = found("{values: [same, (3, 3), (3, 5)]}")
    assert "[same, [3, 3], [3, 5]]" in finding.hint
    assert "'(3', '3)'" in finding.title


@pytest.mark.parametrize("text", ["1, 2", "(1, 2)", "0.1 0.2", "range(5)", "1; 2"])
def test_several_values_in_one_text_are_made_no_constant(text):
    for content in (f"parameters:\n  x:\n    values: {text}\n", f"parameters:\n  x: {text}\n"):
        assert fix(content.encode()).content.decode() == content
        assert {"WBS020", "WBS024"} & {f.code for f in lint(content.encode(), source="s")}


def severities(text, code):
    return [f.severity for f in lint(text.encode(), source="s") if f.code == code]


LOCAL = "controller: {type: local}\n"


@pytest.mark.parametrize(
    ("code", "text", "severity"),
    [
        ("WBS028", "parameters: {x: {values: [1e-5, 1e-4]}}\n", Severity.INFO),
        ("WBS028", LOCAL + "parameters: {x: {values: [1e-5, 1e-4]}}\n", Severity.WARNING),
        ("WBS027", "parameters: {x: {distribution: uniform, min: 1e-5, max: 1}}\n", Severity.INFO),
        (
            "WBS027",
            LOCAL + "parameters: {x: {distribution: uniform, min: 1e-5, max: 1}}\n",
            Severity.WARNING,
        ),
        ("WBS027", "parameters: {x: {min: 1e-5, max: 1e-2}}\n", Severity.ERROR),
        (
            "WBS027",
            "parameters: {x: {distribution: uniform, min: '0.1', max: 1}}\n",
            Severity.WARNING,
        ),
        ("WBS027", "parameters: {a: {parameters: {x: {min: 1e-5, max: 1e-2}}}}\n", Severity.INFO),
        (
            "WBS030",
            "parameters: {lr: {distribution: log_uniform, min: -9, max: -2}}\n",
            Severity.INFO,
        ),
        (
            "WBS030",
            "parameters: {lr: {distribution: log_uniform, min: 0.001, max: 0.1}}\n",
            Severity.WARNING,
        ),
    ],
)
def test_texts_of_numbers_are_as_bad_as_who_reads_them(code, text, severity):
    assert severities(text, code) == [severity]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("metric: {name: m, goal: minimize, target: 1e-3}\n", "WBS041"),
        ("run_cap: 1e2\n", "WBS015"),
        ("early_terminate: {type: hyperband, min_iter: 1e1}\n", "WBS054"),
        ("parameters: {x: {values: [a, b], probabilities: [9e-1, 1e-1]}}\n", "WBS034"),
        (
            "parameters: {x: {distribution: q_log_uniform_values, min: 1, max: 256}}\n",
            "WBS033",
        ),
    ],
)
def test_what_the_server_reads_as_a_number_is_one(text, code):
    assert severities(text, code) == []


@pytest.mark.parametrize(
    "body", ["{distribution: uniform, values: [1, 2]}", "{distribution: constant, values: [1, 2]}"]
)
def test_a_distribution_beside_values_is_one_finding_and_no_fix(body):
    text = f"method: grid\nprogram: t.py\nparameters: {{x: {body}}}\n"
    (finding,) = lint(text.encode(), source="s")
    assert "leave distribution out" in finding.hint
    assert fix(text.encode()).n_changes == 0


WRAPPED = {
    "sweep_config": "sweep_config:\n  method: grid\n  parameters: {a: {values: [1, 2]}}\n",
    "sweep": "project: p\nsweep: {program: t.py, method: grid, parameters: {a: {value: 1}}}\n",
    "wandb.sweep": "wandb:\n  sweep:\n    metric: {name: m}\n    parameters: {a: {value: 1}}\n",
}


@pytest.mark.parametrize(("keys", "text"), WRAPPED.items())
def test_a_file_that_is_too_deep_gets_one_finding(keys, text):
    (finding,) = lint(text.encode(), source="s")
    assert (finding.code, finding.severity) == ("WBS086", Severity.ERROR)
    assert keys in finding.title


def test_several_sweeps_in_one_file_are_each_named():
    text = "".join(
        f"{name}: {{method: grid, parameters: {{a: {{value: 1}}}}}}\n" for name in ("one", "two")
    )
    (finding,) = lint(text.encode(), source="s")
    assert "2 sweeps lie below one and two" in finding.title


def test_a_sweep_with_groups_is_not_wrapped():
    text = "method: grid\nparameters: {model: {parameters: {method: {values: [a, b]}}}}\n"
    assert "WBS086" not in {finding.code for finding in lint(text.encode(), source="s")}
