"""A report as one document that asks no server for anything: styles, scripts and data inside."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Final

from wbtools import __version__
from wbtools.answers.report.figure_json import categories_json, figure_json, script_json
from wbtools.answers.report.html_story import HtmlStory
from wbtools.answers.report.packed_marks import packed_panel
from wbtools.answers.report.page_runs import PageRuns
from wbtools.answers.report.sections import title_of
from wbtools.answers.report.story import write_story
from wbtools.answers.report.story_page import MarkdownStory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.answers.report.html_story import HtmlSection
    from wbtools.answers.report.report import SweepReport

_LIBRARIES: Final = ("d3.min.js", "plot.umd.min.js")
_SCRIPTS: Final = (
    *("data", "unpack", "selection", "labels", "marks", "axes", "brush"),
    *("tooltip", "chart", "tables", "filter", "report"),
)
"""The page's own, each of which may use those before it."""
_NOTHING_ELSE: Final = (
    "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
)

_WITHOUT_SCRIPTS: Final = (
    "Figures, sorting and filters need JavaScript; every table reads without it."
)


def html_document(report: SweepReport) -> str:
    """The report as a page that opens from disk.

    Its content-security policy lets the page's own scripts run, by their hashes, and nothing else;
    styles may stand in attributes, as drawings need them.
    """
    clean = report.clean
    runs = PageRuns(report)
    page = HtmlStory(clean, runs)
    write_story(report, page)
    own = "\n".join(_static(f"{name}.js") for name in _SCRIPTS)
    scripts = [*map(_static, _LIBRARIES), own]
    allowed = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    policy = f"default-src 'none'; script-src {allowed}; {_NOTHING_ELSE}"
    lines = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f'<meta name="generator" content="wbtools {__version__}">',
        f"<title>{escape(clean(title_of(report)))}</title>",
        f"<style>{_static('report.css')}</style></head>",
        '<body><a class="skip" href="#main">Skip to the sections</a>',
        "<header>",
        *page.header,
        "</header>",
        *_contents(page.sections),
        '<div id="filter" role="region" aria-label="Selected runs" hidden></div>',
        '<main id="main">',
        f'<noscript><p class="notes">{_WITHOUT_SCRIPTS}</p></noscript>',
        *(line for section in page.sections for line in _lines(section)),
        "</main>",
        f'<script type="application/json" id="report-data">{_data(page)}</script>',
        *(f"<script>{script}</script>" for script in scripts),
        "</body></html>",
        "",
    ]
    return "\n".join(lines).encode("utf-8", "xmlcharrefreplace").decode()


def markdown_document(report: SweepReport, *, limit: int) -> str:
    """The report as Markdown; at most so many rows of a table, 0 for all."""
    page = MarkdownStory(report.clean, PageRuns(report), limit=limit)
    write_story(report, page)
    return str(page)


def _contents(sections: Sequence[HtmlSection]) -> list[str]:
    links = "".join(
        f'<li><a href="#{section.key}">{escape(section.title)}</a></li>' for section in sections
    )
    return [f'<nav aria-label="Contents"><ul>{links}</ul></nav>']


def _lines(section: HtmlSection) -> list[str]:
    return [
        f'<section id="{section.key}"><h2>{escape(section.title)}</h2>',
        *section.lines,
        "</section>",
    ]


def _data(page: HtmlStory) -> str:
    """What the page's script knows: runs, categories and figures."""
    runs = page.runs.known
    place_of = {key: place for place, key in enumerate(runs)}
    figures = {
        name: figure_json(figure, page.clean, page.runs.key)
        for name, figure in page.figures.items()
    }
    for figure in figures.values():
        figure["panels"] = [packed_panel(panel, place_of) for panel in figure["panels"]]
    return script_json(
        {
            "runs": runs,
            "ids": list(runs),
            "categories": categories_json(page.figures.values(), page.clean),
            "figures": figures,
        }
    )


def _static(name: str) -> str:
    """A style sheet or script of the page, which comes with wbtools.

    It ends no element early: what it is written into closes at the first end tag.
    """
    text = resources.files("wbtools.answers.report").joinpath("static", name).read_text("utf-8")
    return text.replace("</script", "<\\/script")


def _hash(script: str) -> str:
    return b64encode(sha256(script.encode()).digest()).decode()
