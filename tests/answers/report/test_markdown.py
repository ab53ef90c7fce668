"""The story as Markdown: findings in place of figures, said once, and how to draw them."""

import re
from itertools import pairwise

import pytest

from tests.answers.report.pages import demo_report
from wbtools.answers.figures.figure_data import FigureData
from wbtools.answers.report.html_story import HtmlStory
from wbtools.answers.report.page_runs import PageRuns
from wbtools.answers.report.report import SweepReport
from wbtools.answers.report.story_page import MarkdownStory

NO_RUNS = PageRuns(SweepReport(references=(), audits=()))


@pytest.fixture(scope="module")
def text():
    return demo_report().to_markdown()


def sections(text):
    return re.split(r"^## ", text, flags=re.MULTILINE)[1:]


def test_a_figure_that_is_not_there_is_not_described(text):
    findings = re.findall(r"^\*[^*].*$", text, re.MULTILINE)
    assert len(set(findings)) == len(findings) == 10  # parallel and slices say what importance says
    assert all(finding.endswith(".*") for finding in findings)
    for words in ("Upright lines", "A row for each", "panels, one a band", "Bars: 90 %"):
        assert words not in text


def test_a_section_says_once_how_to_draw_its_figures(text):
    for section in sections(text):
        n_figures = len(re.findall(r"^\*[^*].*$", section, re.MULTILINE))
        assert section.count("`wbtools plot ") == min(n_figures, 1), section[:60]
    assert "Draw it: `wbtools plot curves demo -o curves.svg`\n" in text
    assert "`wbtools plot importance demo -o importance.svg` (likewise parallel, slices" in text


def test_nothing_is_said_twice_in_a_row(text):
    said = [line.strip("*. ") for line in text.splitlines() if line.strip()]
    for before, after in pairwise(said):
        assert not (len(before) > 20 and after.startswith(before)), after


def test_code_is_code(text):
    assert "\\`" not in text
    assert "see `wbtools rule WBS061`" in text


def test_what_a_title_says_is_not_said_again():
    figure = FigureData(
        name="race", title="a is ahead", panels=(), description="Best so far. a is ahead. By hour"
    )
    page = MarkdownStory(str, NO_RUNS)
    page.chart(figure, "")
    page.drawn_by("", [])
    page.verdict("Who?", "a is ahead. More runs can tell.")
    assert str(page).split("\n\n") == ["*a is ahead.*", "**More runs can tell.**\n"]
    shown = HtmlStory(str, NO_RUNS)
    shown.chart(figure, "wbtools plot race demo --data race.csv")
    (words,) = [line for line in shown.header if "visually-hidden" in line]
    assert words.removesuffix("</p></figcaption>").endswith(">Best so far. By hour.")


def test_a_verdict_goes_on_where_a_title_ends():
    page = MarkdownStory(str, NO_RUNS)
    page.chart(FigureData(name="front", title="a saves 1 %", panels=()), "")
    page.verdict("", "a saves 1 %; the sweep's own rule saves 2 %.")
    page.verdict("", "a saves 1 % of all.")
    assert str(page).split("\n\n")[1:] == [
        *("**The sweep's own rule saves 2 %.**", "**a saves 1 % of all.**\n")
    ]


def test_a_long_table_of_a_figure_is_a_command_that_runs(monkeypatch):
    monkeypatch.setattr("wbtools.answers.report.html_story.MOST_ROWS", 100)
    page = demo_report().to_html()
    written = re.findall(r'<pre class="command"><code>(wbtools plot .*?)</code>', page)
    assert "wbtools plot curves demo --data curves.csv" in written
