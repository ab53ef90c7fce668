"""A report's page in a browser: how large it is, and how quickly it reacts, in one run.

`python -m tests.benchmarks.report_page` opens the demo's page and one of 500 runs with up to 200
reports, and prints for each what it weighs and when it is drawn, and for each reaction the
milliseconds and the ratio large to small. Chromium must be installed: `.ci/browser`.
"""

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

import wbtools
from tests.answers.report.browser.opened import Opened
from tests.answers.report.browser.pages import big_page
from tests.answers.report.browser.reactions import REACTIONS, reaction_ms

LIBRARIES = Path(wbtools.__file__).parent / "answers" / "report" / "static"


def main() -> None:
    """Both pages in one browser, taking turns."""
    for library in sorted(LIBRARIES.glob("*.min.js")):
        print(f"{library.name:16} {library.stat().st_size / 1000:6.0f} kB")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        pages = []
        for name, html in (
            ("demo", wbtools.report("demo").to_html()),
            ("big", big_page(Path(folder))),
        ):
            path = Path(folder) / f"{name}.html"
            path.write_text(html, encoding="utf-8")
            pages.append(Opened(browser, path))
            drawn_ms = pages[-1].page.evaluate("performance.now()")
            print(f"{name:16} {path.stat().st_size / 1000:6.0f} kB   drawn after {drawn_ms:.0f} ms")
        small, large = reaction_ms(*pages)
    for name in REACTIONS:
        ratio = large[name] / small[name]
        print(f"{name:16} {small[name]:6.1f} ms   {large[name]:6.1f} ms   {ratio:.2f}")


if __name__ == "__main__":
    main()
