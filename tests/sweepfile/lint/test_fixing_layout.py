"""`--fix` leaves every byte that it does not mend."""

import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wbtools.sweepfile.lint import fix


def fixed(text):
    outcome = fix(text.encode())
    assert outcome.refused is None
    return outcome.content.decode()


STAYS = """\
%YAML 1.1
---   # the file of the spring runs
program:   train.py
method: "bayesian"   # quoted
metric: { 'name' : val/acc,   goal: 'max' }  # odd blanks
x-notes: |
    kept as it is
      1e-5
parameters:
    lr:
            distribution: log_uniform_values
            min: &low 1e-5  # a\ttab
            max:   1e-2
    wd: {values: [ 0.1,0.01 ,
                   1e-3 ]}   # over two lines
    units:
        values:
         - 16
         - 32
...
"""


def test_only_the_characters_that_are_wrong_change():
    assert fixed(STAYS) == (
        STAYS.replace('"bayesian"', '"bayes"')
        .replace("'max'", "'maximize'")
        .replace("min: &low 1e-5", "min: &low 1.0e-05")
        .replace("max:   1e-2", "max:   0.01")
        .replace("1e-3 ]", "0.001 ]")
    )


LAYOUTS = {
    "a key that is missing, behind the last line of a block": (
        "early_terminate:\n    type: hyperband\n    min_iter: 3\nrun_cap: 9\n",
        "early_terminate:\n    type: hyperband\n    min_iter: 3\n    strict: true\nrun_cap: 9\n",
    ),
    "a key that is missing, in the last line of a file without a break": (
        "metric:\n   name: loss",
        "metric:\n   name: loss\n   goal: minimize",
    ),
    "a key that is missing, with Windows' line ends": (
        "metric:\r\n\tname: loss\r\nrun_cap: 3\r\n".replace("\t", "  "),
        "metric:\r\n  name: loss\r\n  goal: minimize\r\nrun_cap: 3\r\n",
    ),
    "a key that is missing, in braces over lines": (
        "parameters:\n  d: {\n    min: 0,\n    max: 0.5,  # all\n  }\n",
        "parameters:\n  d: {\n    min: 0,\n    max: 0.5, distribution: uniform,  # all\n  }\n",
    ),
    "a key that is missing, behind a comma": (
        "parameters: {d: {min: 0, max: 0.5, }}\n",
        "parameters: {d: {min: 0, max: 0.5, distribution: uniform, }}\n",
    ),
    "a key that is missing, behind a value of several lines": (
        "early_terminate:\n  min_iter: 3\n  type:\n    hyperband\n",
        "early_terminate:\n  min_iter: 3\n  strict: true\n  type:\n    hyperband\n",
    ),
    "a list below the name": (
        "parameters:\n  d:\n    - 1  # small\n\n    - 2\n  e: [3, 4]  # c\n",
        "parameters:\n  d:\n    values:\n    - 1  # small\n\n    - 2\n  e: {values: [3, 4]}  # c\n",
    ),
    "a list below the name, not indented": (
        "parameters:\n  d:\n  - 1  # small\n  - 2\n  e: {value: 3}\n",
        "parameters:\n  d:\n    values:\n    - 1  # small\n    - 2\n  e: {value: 3}\n",
    ),
    "a constant keeps its writing": (
        "parameters:\n  d: 'a'  # quoted\n  e: 0x10\n  f: 1_000\n",
        "parameters:\n  d: {value: 'a'}  # quoted\n  e: {value: 0x10}\n  f: {value: 1_000}\n",
    ),
    "a metric that is a text": ("metric: val/acc  # best\n", "metric: {name: val/acc}  # best\n"),
    "an entry that goes, in the middle": (
        "early_terminate:\n  type: hyperband\n  s: 2  # bands\n  min_iter: 3\n  strict: true\n",
        "early_terminate:\n  type: hyperband\n  min_iter: 3\n  strict: true\n",
    ),
    "an entry that goes, in braces": (
        "early_terminate: {s: 2, type: hyperband, min_iter: 3, strict: true}\n",
        "early_terminate: {type: hyperband, min_iter: 3, strict: true}\n",
    ),
    "an entry that goes, the last in braces": (
        "early_terminate: {type: hyperband, min_iter: 3, strict: true , s: 2 }\n",
        "early_terminate: {type: hyperband, min_iter: 3, strict: true }\n",
    ),
    "an entry that goes, the last of a file without a break": (
        "method: grid\nearly_terminate:",
        "method: grid",
    ),
    "an entry that goes, with Windows' line ends": (
        "method: grid\r\nearly_terminate: null\r\nrun_cap: 3",
        "method: grid\r\nrun_cap: 3",
    ),
    "an empty value": (
        "metric:\n  name: loss\n  goal: max\n",
        "metric:\n  name: loss\n  goal: maximize\n",
    ),
    "a key in quotes": ("'max_runs': 3\n", "'run_cap': 3\n"),
    "letters beyond ASCII before the place": (
        "# größer 😀\nmax_runs: 3  # ü\nname: 'é'\n",
        "# größer 😀\nrun_cap: 3  # ü\nname: 'é'\n",
    ),
    "an alias of what is mended": (
        "parameters: {a: {values: [&x 1e-5, *x]}}\n",
        "parameters: {a: {values: [&x 1.0e-05, *x]}}\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_change_has_the_layout_of_its_surroundings(before, after):
    result = fixed(before)
    assert result == after


def test_what_cannot_be_changed_alone_is_left_and_said():
    shared = "base: &b 1e-5\nparameters: {a: {min: *b, max: 0.1}, c: {values: 5}}\n"
    outcome = fix(shared.encode())
    assert outcome.content.decode() == shared.replace("values", "value")
    assert outcome.n_changes == 1
    assert "1 change cannot be made without touching other entries" in outcome.refused


def test_what_an_alias_shares_holds_up_nothing_else():
    lines = [f"  p{k}: {{values: [*x, 1e-5]}}\n" for k in range(200)]
    text = "x: &x 1e-5\nmethod: grid\nparameters:\n" + "".join(lines)
    outcome = fix(text.encode())
    assert outcome.content.decode() == text.replace(", 1e-5]", ", 1.0e-05]")
    assert (outcome.n_changes, outcome.refused.split()[0]) == (200, "200")


def test_what_a_merge_brings_in_is_written_over():
    shared = "base: &b {min: 1e-5, max: 0.1}\nparameters: {a: {<<: *b}}\n"
    assert fixed(shared) == shared.replace("*b", "*b, min: 1.0e-05")


NAMES = st.sampled_from(["lr", "wd", "'a'", '"b c"', "größe", "d.e"])
NUMBERS = st.sampled_from(["1e-5", "2E-3", "-3e+2", "0.5", "7", "'1e-5'", "-.5", "1e-5 # x"])
BLANKS = st.sampled_from(["", " ", "   "])


@st.composite
def bodies(draw):
    """A parameter in some layout, as lines behind its name; the indent is the caller's."""
    numbers = draw(st.lists(NUMBERS.filter(lambda text: "#" not in text), min_size=1, max_size=4))
    blank, form = draw(BLANKS), draw(st.integers(0, 6))
    comment = draw(st.sampled_from(["", "  # c", " # é"]))
    if form == 0:
        return [f" {{{blank}values:{blank or ' '}[{f'{blank},'.join(numbers)}]{blank}}}{comment}"]
    if form == 1:
        return [
            comment,
            f"  values:{comment}",
            *[f"  -{blank or ' '}{n}{comment}" for n in numbers],
        ]
    if form == 2:
        return [f" {numbers[0]}{comment}"]
    if form == 3:
        return ["", *[f"  - {number}{comment}" for number in numbers]]
    if form == 4:
        return ["", *[f"- {number}{comment}" for number in numbers]]
    if form == 5:
        return ["", f"    low: {numbers[0]}", "", f"    max:   {numbers[-1]}{comment}"]
    return [f" {{min: 0, max: 0.5{blank}}}{comment}"]


@st.composite
def layouts(draw):
    """Sweep files that need mending, in many layouts."""
    indent = draw(st.sampled_from([" ", "  ", "    "]))
    lines = [
        f"method:{draw(BLANKS) or ' '}{draw(st.sampled_from(['bayesian', 'grid', 'Random']))}",
        draw(st.sampled_from(["", "# note", "max_runs: 4", "early_terminate:"])),
        "parameters:",
    ]
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        first, *rest = draw(bodies())
        lines += [f"{indent}{name}:{first}", *[f"{indent}{line}" if line else "" for line in rest]]
    lines += draw(
        st.sampled_from([[], ["metric:", "     name: loss"], ["metric: {name: loss, goal: min}"]])
    )
    line_break = draw(st.sampled_from(["\n", "\r\n"]))
    last = draw(st.sampled_from(["", line_break]))
    return draw(st.sampled_from(["", "\ufeff"])) + line_break.join(lines) + last


def meaning(data):
    """A file's data, with what `--fix` is there to mend already mended."""
    words = {"bayesian": "bayes", "Random": "random", "min": "minimize"}
    top = dict(data)
    top["method"] = words.get(top["method"], top["method"])
    if "max_runs" in top:
        top["run_cap"] = top.pop("max_runs")
    if top.get("early_terminate", 0) is None:
        top.pop("early_terminate")
    if "metric" in top:
        goal = top["metric"].get("goal", "minimize")
        top["metric"] = top["metric"] | {"goal": words.get(goal, goal)}
    top["parameters"] = {name: body(value) for name, value in top["parameters"].items()}
    return top


def body(value):
    if isinstance(value, list):
        value = {"values": value}
    if not isinstance(value, dict):
        value = {"value": value}
    value = {("min" if key == "low" else key): inner for key, inner in value.items()}
    if type(value.get("min")) is not type(value.get("max")):
        value["distribution"] = "uniform"
    return value


def plain_numbers(value):
    """Texts that are numbers to everybody but PyYAML, as numbers."""
    if isinstance(value, dict):
        return {key: plain_numbers(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain_numbers(inner) for inner in value]
    try:
        return float(value) if isinstance(value, str) else value
    except ValueError:
        return value


MENDED = re.compile(
    r"bayesian|Random|max_runs|early_terminate:|[0-9][eE]|[-+][.]5|low:|max: 0.5|goal: min"
    r"|^(?!method)[^:]+: +['0-9+-]"
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(layouts())
def test_any_layout_keeps_its_meaning_and_its_other_lines(text):
    before = yaml.safe_load(text.removeprefix("\ufeff"))
    outcome = fix(text.encode())
    result = outcome.content.decode()
    after = yaml.safe_load(result.removeprefix("\ufeff"))
    assert outcome.refused is None
    assert plain_numbers(after) == meaning(plain_numbers(before))
    new = [line.strip() for line in result.splitlines()]
    for line in text.splitlines():
        assert line.strip() in new or MENDED.search(line), (line, result)
    assert fix(outcome.content).n_changes == 0
    assert result.count("\r\n") == (result.count("\n") if "\r\n" in text else 0)
    assert result.startswith("\ufeff") == text.startswith("\ufeff")
    assert result.endswith("\n") == text.endswith("\n")
