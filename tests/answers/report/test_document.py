"""A report's page: one document that runs nothing but its own scripts, the verdict first."""

import re
import sys
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest

import wbtools as wb
from tests.answers.report.pages import (
    ATTRIBUTES,
    Elements,
    data_of,
    demo_report,
    key_of,
    scripts_of,
    unpacked,
)
from wbtools.answers.report.report import Refusal
from wbtools.errors import DataError

FIGURES = [
    *("curves", "gems", "timeline", "thresholds", "race", "distribution", "leaderboard"),
    *("importance", "parallel", "slices", "pairs", "front"),
]


@pytest.fixture(scope="module")
def report():
    return demo_report()


@pytest.fixture(scope="module")
def page(report):
    return report.to_html()


@pytest.fixture(scope="module")
def elements(page):
    return Elements(page)


def test_only_the_pages_own_scripts_may_run_and_nothing_is_fetched(page, elements):
    (policy,) = elements.all("meta", **{"http-equiv": "Content-Security-Policy"})
    rules = dict(rule.strip().split(" ", 1) for rule in policy["content"].split(";"))
    hashes = [b64encode(sha256(script.encode()).digest()).decode() for script in scripts_of(page)]
    assert rules["default-src"] == "'none'"
    assert rules["script-src"].split() == [f"'sha256-{each}'" for each in hashes]
    assert len(hashes) == 3
    assert not {tag for tag, _ in elements.found} & {"link", "img", "iframe", "object", "form"}
    assert {key for _, attrs in elements.found for key in attrs} <= ATTRIBUTES
    assert all(link["href"].startswith("#") for link in elements.all("a"))


def test_it_opens_with_the_verdict_and_what_to_run(page):
    head = page.partition("<nav")[0]
    places = [
        head.index(words)
        for words in (
            "<h1>Sweep t3xtur35 (textures)</h1>",
            "Probably: 70 % that run 5, run again, beats 0.5687 (run 34)",
            "bayes, maximize val/acc, hyperband(min_iter=2,eta=3,strict=true)",
            "<code>wbtools replicate demo --run 5</code>",
        )
    ]
    assert places == sorted(places)
    short = page[page.index('<section id="short">') : page.index('<section id="curves">')]
    assert "How sure is that?" in short
    assert "with 90 % between 0.5660 and 0.5857" in short
    assert "The chance that it would have won is 71 %; that it does if run again, 70 %." in short


def test_its_contents_lead_to_its_sections(elements):
    links = [link["href"].removeprefix("#") for link in elements.all("a")]
    sections = [section["id"] for section in elements.all("section")]
    assert sections == [
        *("short", "curves", "gems", "ends", "race", "leaderboard", "parameters", "rules"),
        *("findings", "sources"),
    ]
    assert set(links) == {"main", *sections}


def test_every_figure_has_its_place_its_words_and_its_data(page, elements):
    places = [figure["data-figure"] for figure in elements.all("figure")]
    figures = data_of(page)["figures"]
    assert places == FIGURES
    assert [*figures] == FIGURES
    for name, figure in figures.items():
        assert figure["name"] == name
        assert figure["description"]
        assert figure["panels"][0]["marks"]
        used = {mark.get("cat") for panel in figure["panels"] for mark in panel["marks"]}
        assert {*used, *figure["legend"]} - {None} <= figure["categories"].keys()
    assert page.count('<p class="visually-hidden">') == len(FIGURES)


def test_marks_are_those_of_the_figures(report, page):
    data = data_of(page)
    (panel,) = data["figures"]["curves"]["panels"]
    curves = [mark for mark in unpacked(panel, data["ids"]) if mark["type"] == "curve"]
    values = report.audit.sweep.curves["val/acc"]
    row = values.run_ids.index("v5aov0ki") if "v5aov0ki" in values.run_ids else 4
    of_run = next(mark for mark in curves if mark.get("run") == key_of(report, values.run_ids[row]))
    n = int(values.n_reports[row])
    assert of_run["x0"] == 1
    assert of_run["y"] == pytest.approx(values.values[row, :n].tolist(), abs=1e-4)


def test_rows_know_their_runs(report, page, elements):
    known = set(data_of(page)["runs"])
    named = [run for row in elements.all("tr") for run in (row.get("data-runs") or "").split()]
    assert known == {f"s0r{place}" for place in range(len(report.audit.rows))}
    assert set(named) == known
    run = data_of(page)["runs"][key_of(report, report.audit.gems[0].run.id)]
    assert run["called"] == "5 (ivory-sweep-5)"
    assert run["ended"] == "stopped by Hyperband after 19 of 27 reports"
    assert run["kind"] == "gem"
    assert run["config"]["hidden"] == 128
    assert "epochs" not in run["config"]  # the same in all runs


def test_cells_say_by_which_number_they_are_sorted(page):
    table = page[page.index('<section id="ends">') :]
    cells = re.findall(r'<td data-value="([\d.]+)">(\d+)/27</td>', table)
    assert len(cells) == 36
    assert all(value == shown for value, shown in cells)


def test_tables_say_which_of_their_columns_are_numbers(page):
    table = page[page.index("<h3>What each rule saves and misses</h3>") :]
    found = re.search(r'<table class="sortable ([n\d ]+)">.*?<tr>(.*?)</tr>', table, re.DOTALL)
    classes, head = found.groups()
    titles = re.findall(r'<th scope="col">(.*?)</th>', head)
    numbers = [titles[int(each.removeprefix("n")) - 1] for each in classes.split()]
    assert "misses" in numbers
    assert "rule" not in numbers


def test_it_says_what_a_gem_is_and_what_the_sweep_was(page):
    head = page.partition("<nav")[0]
    meaning = "A gem is a run that was stopped early and would have beaten the best completed run"
    assert head.index("Probably: 70 %") < head.index(meaning)
    assert "another seed" in head
    assert "Recorded on 2026-11-21 in the project textures." in head
    assert "hidden (32, 64 and 128)" in head
    assert "lr (0.003257 … 0.2671)" in head
    assert "epochs (" not in head  # the same in all runs


def test_it_says_with_what_and_from_which_seeds_it_was_worked_out(page):
    sources = page[page.index('<section id="sources">') :].partition("</section>")[0]
    python = ".".join(map(str, sys.version_info[:3]))
    assert "Every report of val/acc that was recorded is here." in sources
    assert f"with Python {python}, numpy {np.__version__} and scipy" in sources
    assert "Rules were replayed in 20 orders of arrival, drawn from seed 0." in sources
    assert "has fixed seeds, from 0 on." in sources


def test_a_finding_stands_once_with_its_figure(report, page):
    body = page[page.index("<main") : page.index("</main>")]
    figures = body.split('<figure class="chart"')[1:]
    assert len(figures) == len(FIGURES)
    for figure in figures:
        title = re.search("<strong>(.*?)</strong>", figure)[1]
        description = re.search('<p class="visually-hidden">(.*?)</p>', figure)[1]
        assert description
        assert title.removesuffix(".") not in description
    assert "hidden matters for val/acc. A panel for each" not in report.to_markdown()


@pytest.mark.slow  # another report
def test_with_a_target_a_gem_reaches_that():
    assert "would have reached the value asked for" in wb.report("demo", target=0.56).to_markdown()


def test_what_is_refused_is_a_sentence_and_the_rest_is_there(report, monkeypatch):
    refused = replace(report, simulation=Refusal("the runs are too few", "record more"))
    from wbtools.answers.report import figures

    def refuse(_audit):
        msg = "nothing to draw"
        raise DataError(msg)

    monkeypatch.setitem(figures._FIGURES, "curves", (refuse, ("audit",)))
    page = refused.to_html()
    assert "No answer: the runs are too few (record more)." in page
    assert "No figure of curves: nothing to draw." in page
    assert [figure["data-figure"] for figure in Elements(page).all("figure")] == FIGURES[1:-1]


def test_the_same_words_in_markdown(report):
    text = report.to_markdown()
    assert text.startswith("# Sweep t3xtur35 (textures)\n\n## Is there a gem?\n")
    assert "```\nwbtools replicate demo --run 5\n```" in text
    assert text.count("\n## ") == 11
    assert "*Hyperband stopped 32 of 36 runs;" in text
    assert "<" not in text.replace("&lt;", "")
    assert report._repr_markdown_().count("\n") < text.count("\n")


@pytest.mark.slow  # another report
@pytest.mark.usefixtures("small_forests")  # as the page has them
def test_two_reports_are_the_same_bytes(page):
    assert wb.report("demo").to_html() == page
