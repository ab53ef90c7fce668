"""A page in the browser, and what tests ask it in a reader's words."""

import json
import re
from pathlib import Path

DRAWN_MS = 60_000


class Opened:
    """A page that was opened and drawn.

    Attributes:
        page: Playwright's page.
        data: What the page's script knows.
    """

    def __init__(self, browser, path: Path, *, width=1200, height=900, scripts=True, **context):
        self._complaints: list[str] = []
        self._context = browser.new_context(
            viewport={"width": width, "height": height}, java_script_enabled=scripts, **context
        )
        self.page = self._context.new_page()
        self.page.on("console", lambda message: self._complaints.append(message.text))
        self.page.on("pageerror", lambda error: self._complaints.append(str(error)))
        self.page.on("request", self._watch)
        text = path.read_text(encoding="utf-8")
        found = re.search(r'id="report-data">(.*?)</script>', text, re.DOTALL)
        self.data = json.loads(found[1]) if found else {}
        self._address = path.as_uri()
        self.open(scripts=scripts)

    def open(self, *, scripts=True):
        """Open the page, anew if it already was."""
        self.page.goto(self._address)
        if scripts:
            ready = self.page.locator("html[data-state=ready]")
            ready.wait_for(state="attached", timeout=DRAWN_MS)

    def close(self):
        """Close the page; what the browser had to complain about."""
        self._context.close()
        return self._complaints

    def _watch(self, request):
        if request.url != self._address:
            self._complaints.append(f"the page asked for {request.url}")

    @property
    def count(self):
        """What the bar says is shown: `1 of 36 runs`."""
        return self.page.locator("#filter .count").inner_text()

    @property
    def status(self):
        """What a screen reader was told last."""
        return self.page.locator("#status").inner_text()

    @property
    def tooltip(self):
        """What stands beside the mouse; empty where nothing does."""
        box = self.page.locator(".tooltip")
        return box.inner_text() if box.is_visible() else ""

    def panel(self, figure, place=0):
        """A panel of a figure."""
        return self.page.locator(f'[data-figure="{figure}"] .panel').nth(place)

    def layer(self, figure, place=0):
        """The box of a panel's drawing on the screen, scrolled to."""
        top = self.panel(figure, place).locator("svg.top")
        return self._steady(top)

    def point_at(self, locator):
        """Move the mouse to the middle of an element; where that is."""
        box = self._steady(locator)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        return x, y

    def _steady(self, locator):
        """The box of an element in the middle of the screen; what is above it may take its size."""
        for _ in range(2):
            locator.evaluate("(node) => node.scrollIntoView({block: 'center'})")
            self.page.evaluate("new Promise(requestAnimationFrame)")
        return locator.bounding_box()

    def drag(self, box, start, end):
        """Drag the mouse over a part of a box; both ends as shares of its width and height."""
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        self.page.mouse.move(*at[1], steps=6)
        self.page.mouse.up()

    def ranges(self):
        """The ranges in force, exactly."""
        asked = "[...selection.filters.values()].map((filter) => filter.ranges)"
        return self.page.evaluate(asked)

    def marks(self, figure):
        """The marks of a figure's first panel that are of a run."""
        asked = "(name) => page.figures[name].panels[0].marks.filter((mark) => mark.run)"
        return self.page.evaluate(asked, figure)
