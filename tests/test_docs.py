"""What the documentation points to is there, and the floors are those that are enforced."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from wbtools.errors import DataError
from wbtools.rules.grammar import parse_rule

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / ".github" / "CONTRIBUTING.md",
    ROOT / "wbtools" / "archive" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`((?:wbtools|tests|docs|\.ci)/[\w./-]+\.\w+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_points_to_is_there(page):
    text = page.read_text()
    missing = [link for link in LINK.findall(text) if not (page.parent / link).exists()]
    missing += [name for name in FILE.findall(text) if not (ROOT / name).exists()]
    assert missing == []


def test_the_floors_of_the_architecture_are_those_of_the_contracts():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = [set(re.findall(r"\w+", layer)) for layer in contracts["contracts"][0]["layers"]]
    table = (ROOT / "docs" / "architecture.md").read_text().split("**The pure core**")[0]
    rows = re.findall(r"^\| \d \| (.+?) \|", table, re.MULTILINE)
    rooms = [set(re.findall(r"`(\w+)(?:/|\.py)`", row)) for row in rows]
    assert rooms == layers


def test_the_site_is_built_and_asks_for_nothing_from_elsewhere(tmp_path):
    """Strictly: a page that no list names, and a link that leads nowhere, are errors."""
    result = subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict"),
            *("--config-file", ROOT / ".ci" / "mkdocs.yml", "--site-dir", tmp_path / "site"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    pages = [page.read_text() for page in (tmp_path / "site").rglob("*.html")]
    assert len(pages) > 30
    loaded = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"(?:https?:)?//[^>]*>")
    assert [found for page in pages for found in loaded.findall(page)] == []


def test_the_bands_that_the_page_about_hyperband_names_are_those_of_the_rule():
    page = (ROOT / "docs" / "hyperband.md").read_text()
    assert "`min_iter: 2, eta: 3` | 2, 6, 18, 54, …" in page
    assert parse_rule("hyperband(min_iter=2,eta=3)").bands[:4] == (2, 6, 18, 54)
    assert "`max_iter: 27, s: 2, eta: 3` | 9 and 3" in page
    for both in ("hyperband(max_iter=27,s=2)", "hyperband(min_iter=2,max_iter=27,s=2)"):
        assert parse_rule(both).bands == (3, 9)
    with pytest.raises(DataError, match="max_iter needs s"):
        _ = parse_rule("hyperband(max_iter=27)").bands
