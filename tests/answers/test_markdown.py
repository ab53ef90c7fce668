from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from tests.answers.samples import SAMPLES, twelve
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.layout import Cell, TextColumn
from wbtools.answers.markdown import MarkdownPage
from wbtools.text.sanitize import UNKNOWN

COLUMNS = [
    TextColumn(title="run", keep=0, right=True),
    TextColumn(title="name", keep=9, least=6),
    TextColumn(title="never known", keep=0),
]


def shown(markdown):
    """The cells of all tables."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(markdown)
    inside = [after for before, after in pairwise(tokens) if before.type in {"td_open", "th_open"}]
    return ["".join(child.content for child in token.children) for token in inside]


def test_a_table_has_every_column_in_which_something_is_known():
    page = MarkdownPage()
    rows = [[Cell("8"), Cell("a | b <b>"), Cell(UNKNOWN)]]
    assert page.table(COLUMNS, rows, below="… and 3 more") == ["run", "name"]
    assert shown(str(page)) == ["run", "name", "8", "a | b <b>"]
    assert str(page).endswith("\n\n… and 3 more\n")


def test_an_audit_is_the_same_on_markdown(golden):
    golden("twelve-runs.md", AuditAnswer.of(twelve())._repr_markdown_())


@pytest.mark.parametrize("name", SAMPLES)
def test_every_sample_can_be_written(name):
    text = AuditAnswer.of(SAMPLES[name]()).on(MarkdownPage(limit=0))
    assert "Why they ended" in text
    assert "\x1b" not in text


def test_code_stays_code_whatever_it_holds():
    page = MarkdownPage()
    page.verbatim(["```", "# x"])
    fence, *block = [token for token in MarkdownIt().parse(str(page)) if token.type == "fence"]
    assert not block
    assert fence.content == "```\n# x\n"
