"""Whatever a description holds, it is a series or an error that says why."""

import re

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.readme import DOCS
from wbtools.app.series import sweeps_of_series
from wbtools.errors import DataError
from wbtools.findings import Severity
from wbtools.sweepfile.document import read_document
from wbtools.sweepfile.lint import lint
from wbtools.sweepfile.series import is_series, read_series
from wbtools.sweepfile.series_schema import KEYS_OF_MEMBERS
from wbtools.sweepfile.spec import parse_spec

VALUES = st.sampled_from(
    [
        None, True, 0, 1, 3, -1, 2.5, float("nan"), float("inf"), 10**400, "", "x", "1/3", "a b",
        "uniform(0,1)", "hyperband(min_iter=3)", "hyperband(max_iter=9,s=1)", "balanced", "none",
        [], ["a"], {}, {"lr": "uniform(0,1)"}, {"epochs": [2, 9]}, {"epochs": "1,2"}, {1: 2},
        "grid", "random", "final", "loss", "minimize", "train.py --amp", "../x",
    ]
)  # fmt: skip
WORDS = st.dictionaries(st.sampled_from(sorted(KEYS_OF_MEMBERS)), VALUES, max_size=4)
NAMES = st.sampled_from(["a", "b", "A", 1, True, None, "../c", "e f", "", "\x1b", "x" * 300])


@settings(max_examples=300, deadline=None)
@given(
    base=WORDS | VALUES,
    members=st.dictionaries(NAMES, WORDS | VALUES, max_size=3) | VALUES,
    name=VALUES,
)
def test_it_is_a_series_or_an_error_that_says_why(base, members, name):
    content = yaml.safe_dump({"name": name, "base": base, "members": members}).encode()
    assert is_series(read_document(content))
    refused, sweeps = None, []
    try:
        sweeps = sweeps_of_series(read_series(content, "s.yaml"), "s.yaml")
    except DataError as error:
        refused = error
    if refused is not None:
        assert refused.message.startswith("s.yaml")
        assert refused.hint
        return
    files = [sweep.member.file_name for sweep in sweeps]
    assert len({file.lower() for file in files}) == len(members)
    for sweep, file in zip(sweeps, files, strict=True):
        assert file.endswith(".yaml")
        assert not set(file) & set("/\\ \n\x1b")
        assert not file.startswith((".", "-"))
        found = lint(sweep.text.encode(), source="s")
        assert not [finding for finding in found if finding.severity is Severity.ERROR]


def test_a_sweep_file_is_no_series():
    for text in (b"method: grid\nparameters: {a: {value: 1}}", b"members: [", b"[]", b"", b"a: 1"):
        assert not is_series(read_document(text))


def test_a_metric_may_be_written_as_in_a_sweep_file():
    mapping = b"base: {metric: {name: acc, goal: maximize}}\nmembers: {a: {metric: {name: x}}, b: }"
    plain = b"base: {metric: acc, goal: maximize}\nmembers: {a: {metric: x}, b: }"
    assert read_series(mapping, "s") == read_series(plain, "s")
    for metric in ("{goal: maximize}", "{name: a, target: 1}", "{name: 1}", "{name: a, goal: up}"):
        with pytest.raises(DataError, match="s: base: "):
            read_series(f"base: {{metric: {metric}}}\nmembers: {{a: }}".encode(), "s")
    text = b"base: {goal: minimize, metric: {name: a, goal: maximize}}\nmembers: {a: }"
    with pytest.raises(DataError, match="two goals"):
        read_series(text, "s")


def test_the_series_of_the_documentation_is_one():
    page = (DOCS / "commands" / "make-sweep.md").read_text()
    (block,) = [
        text for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "members:" in text
    ]
    sweeps = sweeps_of_series(read_series(block.encode(), "s"), "s")
    assert [sweep.member.name for sweep in sweeps] == ["small", "large"]


def test_a_series_without_members_is_said_to_lack_them():
    with pytest.raises(DataError, match="no members:"):
        parse_spec("base: {program: t.py}", "s.yaml")


@pytest.mark.parametrize("text", ["-" * 1100, "x" * 1100, "a1" * 600, ".-" * 600])
def test_only_a_number_has_too_many_digits(text):
    assert read_document(f"description: {text}".encode()).failure is None
    assert read_document(f"description: {'1' * 1100}".encode()).failure is not None


def test_a_text_that_arrives_as_a_number_is_refused():
    text = b"base: {parameters: {z: '1e-3'}}\nmembers: {a: {}}"
    with pytest.raises(DataError, match="z: '1e-3' would reach W&B as the number"):
        read_series(text, "s.yaml")


SECRETS = [
    "base: {parameters: {api_key: 'S3CR3T, 1'}}\nmembers: {a: {}}",
    "base: {parameters: {api_key: [S3CR3T, 010]}}\nmembers: {a: {}}",
    "base: {parameters: {env: {values: [{TOKEN: 0123456, b: S3CR3T}]}}}\nmembers: {a: {}}",
    "base: {parameters: [{api_key: S3CR3T}]}\nmembers: {a: {}}",
    "base: {parameters: {api_key: *S3CR3T }}\nmembers: {a: {}}",
    "base: {parameters: {api_key: !S3CR3T x}}\nmembers: {a: {}}",
    "base: {program: {api_key: S3CR3T}}\nmembers: {a: {}}",
]


@pytest.mark.parametrize("text", SECRETS)
def test_no_error_shows_a_secret(text):
    with pytest.raises(DataError) as caught:
        read_series(text.encode(), "s.yaml")
    assert "S3CR3T" not in f"{caught.value.message} {caught.value.hint}"
    assert "0123456" not in f"{caught.value.message} {caught.value.hint}"


@pytest.mark.parametrize(
    ("own", "method"),
    [
        ("stage: final", "bayes"),
        ("stage: narrow", "random"),
        ("stage: final, method: random", "random"),
        ("stage: final, parameters: {lr: 0.1}", "random"),
    ],
)
def test_a_later_sweep_is_the_one_that_its_command_will_write(own, method):
    text = (
        "base: {template: random-hyperband, method: random, parameters: {lr: 'uniform(0.1,0.2)'}}\n"
        f"members: {{a: {{}}, b: {{narrows: a, {own}}}}}"
    )
    _, later = sweeps_of_series(read_series(text.encode(), "s"), "s")
    assert yaml.safe_load(later.text)["method"] == method
