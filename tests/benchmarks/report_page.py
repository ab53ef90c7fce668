"""A report's page in a browser: how large it is, and how quickly it reacts, in one run.

`python -m tests.benchmarks.report_page` opens the demo's page and one of 500 runs with up to 200
reports, and prints for each what it weighs, how long it takes to be drawn, and for each reaction the
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
    """Both pages in one browser, one after the other."""
    for library in sorted(LIBRARIES.glob("*.min.js")):
        print(f"{library.name:16} {library.stat().st_size / 1000:6.0f} kB")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"))
        times = {}
        for name, html in (
            ("demo", wbtools.report("demo").to_html()),
            ("big", big_page(Path(folder))),
        ):
            path = Path(folder) / f"{name}.html"
            path.write_text(html, encoding="utf-8")
            shown = Opened(browser, path)
            drawn_ms = shown.page.evaluate("performance.now()")
            times[name] = reaction_ms(shown)
            shown.close()
            print(f"{name:16} {path.stat().st_size / 1000:6.0f} kB   drawn after {drawn_ms:.0f} ms")
    for reaction in REACTIONS:
        small, large = times["demo"][reaction], times["big"][reaction]
        print(f"{reaction:16} {small:6.1f} ms   {large:6.1f} ms   {large / small:.2f}")


if __name__ == "__main__":
    main()
