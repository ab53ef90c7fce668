"""The notebooks of `docs/` run without an error, and say what they say; their pages are theirs."""

import json
import re

import pytest

from tests.notebooks import FOLDER, NOTEBOOKS, ROOT, executed, page_of, texts

NAMES = [path.stem for path in NOTEBOOKS]


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_runs_and_says_the_same(path):
    import nbformat

    recorded = nbformat.read(path, as_version=4)
    shown = texts(recorded)
    assert sum(map(len, shown)) >= 3
    assert texts(executed(path)) == shown


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_the_page_of_a_notebook_is_that_of_the_notebook(path):
    text, pictures = page_of(path)
    assert path.with_suffix(".md").read_text() == text
    assert pictures
    for name, data in pictures.items():
        assert (FOLDER / name).read_bytes() == data


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_a_notebook_names_no_place_and_is_on_the_site(path):
    text = path.read_text()
    assert len(NOTEBOOKS) == 2
    assert str(ROOT) not in text
    assert not re.search(r"/(?:home|root|tmp|Users)/", text)
    notebook = json.loads(text)
    assert not any(
        output["output_type"] == "error"
        for cell in notebook["cells"]
        for output in cell.get("outputs", [])
    )
    assert f"notebooks/{path.stem}.md" in (ROOT / "docs" / "index.md").read_text()
    assert f"notebooks/{path.stem}.md" in (ROOT / ".ci" / "mkdocs.yml").read_text()
