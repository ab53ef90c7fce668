"""A browser, and pages of reports as files that it opens."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import wbtools
from tests.answers.report.browser.opened import Opened
from tests.answers.report.browser.pages import big_page, hostile_page

PAGES = {
    "demo": lambda _folder: wbtools.report("demo").to_html(),
    "big": big_page,
    "hostile": hostile_page,
}


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """Debian's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("there is no Chromium here: .ci/browser installs it")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def page_file(tmp_path_factory):
    """`page_file("demo")` is the path of that page, made once."""
    pages: dict[str, Path] = {}

    def path_of(name: str) -> Path:
        if name not in pages:
            folder = tmp_path_factory.mktemp(name)
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("WBTOOLS_ARCHIVE", str(folder / "archive"))
                patch.setenv("WBTOOLS_CACHE", "off")
                html = PAGES[name](folder)
            pages[name] = folder / "report.html"
            pages[name].write_text(html, encoding="utf-8")
        return pages[name]

    return path_of


@pytest.fixture
def opened(browser, page_file):
    """`opened("demo", width=390)` is that page in the browser, drawn; complaints fail the test."""
    views = []

    def view(name: str, **options: object) -> Opened:
        views.append(Opened(browser, page_file(name), **options))
        return views[-1]

    yield view
    complaints = [words for shown in views for words in shown.close()]
    assert complaints == []
