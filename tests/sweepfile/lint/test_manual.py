"""Every rule's manual page is true: its bad example is found, its good one is not."""

import re
import textwrap
from pathlib import Path

import pytest
import yaml

import wbtools
from wbtools.app.rule_pages import manual_index, manual_page
from wbtools.sweepfile.lint import RULES, LintOptions, lint
from wbtools.sweepfile.program_facts import ProgramFacts

OPTIONS = LintOptions(
    find_programs=lambda document: ProgramFacts(is_there=document.top.get("program") == "train.py")
)
PAGE = re.compile(
    r"(?P<text>.+?)\nBad:\n(?P<bad>(?:    .*\n|\n)+)Good:\n(?P<good>(?:    .*\n?)+)\Z", re.DOTALL
)


def example(rule, which):
    match = PAGE.match(rule.manual)
    assert match, rule.manual
    return textwrap.dedent(match[which]).encode()


@pytest.mark.parametrize(
    "rule", RULES.values(), ids=lambda rule: f"{rule.code} {rule.check.__name__}"
)
def test_the_bad_example_is_found_and_the_good_one_is_not(rule):
    bad = lint(example(rule, "bad"), source="bad.yaml", options=OPTIONS)
    good = lint(example(rule, "good"), source="good.yaml", options=OPTIONS)
    assert rule.code in {finding.code for finding in bad}
    assert rule.code not in {finding.code for finding in good}
    assert isinstance(yaml.safe_load(example(rule, "good")), dict)


def test_every_page_is_printed_and_listed():
    index = manual_index()
    for code, rule in RULES.items():
        assert rule.manual in manual_page(code)
        assert f"{code}  {rule.title}" in index
    assert "no bar" in manual_page("wbt104")


def test_every_code_that_the_project_can_find_has_a_page():
    package = Path(wbtools.__file__).parent
    texts = [path.read_text() for path in package.rglob("*.py") if "demo" not in path.parts]
    codes = {code for text in texts for code in re.findall(r'"(WB[STDR]\d{3})"', text)}
    assert len(codes) > len(RULES)
    for code in codes:
        assert manual_page(code).startswith(code)


def test_codes_stand_once_and_rise():
    codes = [code for code in RULES if re.fullmatch(r"WBS0\d\d", code)]
    assert codes == sorted(codes)
    assert len(codes) == len(RULES) >= 50
