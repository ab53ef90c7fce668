"""Names that would do something in a page stay text: in HTML, in its data and in Markdown."""

import re

import pytest

import wbtools as wb
from tests.answers.forms import CORPUS
from tests.answers.report.pages import ATTRIBUTES, Elements, data_of, scripts_of
from tests.answers.samples import HOSTILE_NAMES
from tests.small_forests import few_trees
from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    history,
    run_record,
    summary,
    write_run,
)

NAMES = [
    name.encode(errors="replace").decode()
    for name in ("</script><script>x()</script>", *CORPUS, *HOSTILE_NAMES.values())
]
METRIC = "</script><img src=x onerror=x()>loss"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    for k, name in enumerate(NAMES):
        n = 9 if k % 3 else 3
        records = [
            run_record(
                f"run{k:03d}",
                start_s=START_S + 60 * k,
                config={"name": name, "lr": k / 100, name or "empty": k, "nested": {name: name}},
                sweep_id="sweep123",
                display_name=name,
                run_group=name,
                tags=[name],
                host=f"{name[:90]}-box",
            )
        ]
        records += [
            history(step, {METRIC: 1 / (step + k / 10 + 1)}, time_s=START_S + 60 * k + step)
            for step in range(n)
        ]
        records += [summary({METRIC: 0.1}), exit_record(0 if n == 9 else 1)]
        write_run(folder, records, f"run{k:03d}", f"20240101_{k:06d}")
    with few_trees():
        return wb.report(
            folder,
            metric=f"{METRIC}:min",
            early_terminate="hyperband(min_iter=3,eta=3)",
        )


def test_the_page_has_no_elements_of_theirs(report):
    page = report.to_html()
    elements = Elements(page)
    assert len(report.audit.rows) == len(NAMES)
    assert {key for _, attrs in elements.found for key in attrs} <= ATTRIBUTES
    assert not {tag for tag, _ in elements.found} & {"img", "b", "iframe", "a-b", "x"}
    assert len(scripts_of(page)) == 3
    assert page.count("<script") == 4 + sum(script.count("<script") for script in scripts_of(page))
    assert all(link["href"].startswith("#") for link in elements.all("a"))
    assert page.encode().decode() == page


def test_its_data_cannot_end_the_script(report):
    page = report.to_html()
    block = re.search(r'id="report-data">(.*?)</script>', page, re.DOTALL)[1]
    assert not set(block) & set("<>&\u2028\u2029\x1b\u202e\x00")
    data = data_of(page)
    assert set(data["runs"]) == {f"s0r{place}" for place in range(len(report.audit.rows))}
    assert any("<script>x()" in run["called"] for run in data["runs"].values())


def test_markdown_has_no_markup_of_theirs(report):
    text = report.to_markdown()
    in_blocks = re.compile(r"^(`{3,})\n.*?^\1$", re.DOTALL | re.MULTILINE)
    outside = in_blocks.sub("", text)
    assert "<" not in outside
    assert not re.search(r"(?<!\\)\]\(", outside)
    assert not set(text) & set("\x1b\u202e\x00\u2028")
    headings = [line for line in text.splitlines() if line.startswith("# ")]
    assert headings == ["# Sweep sweep123"]
