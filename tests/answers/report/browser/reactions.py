"""How long a page takes from an event until two frames later, in the browser's own time."""

import statistics

REACTIONS = ("hover", "isolate", "clear", "brush", "sort")
ROUNDS = 7
_EVENTS = {
    "hover": "pointermove",
    "isolate": "pointerup",
    "clear": "keydown",
    "brush": "pointerup",
    "sort": "click",
}
_WATCH = """(type) => {
  globalThis.reaction = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`no ${type}`)), 10000);
    const begun = () => {
      const begin = performance.now();
      requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - begin)));
    };
    addEventListener(type, begun, { capture: true, once: true });
  });
}"""


def reaction_ms(shown):
    """Milliseconds of each reaction of a page: the median of some rounds, by its name.

    Args:
        shown: An `Opened` page, 1200 pixels wide.
    """
    box = shown.layer("curves")
    heads = shown.page.locator("#ends > .scroll th button")
    found = {name: [] for name in REACTIONS}

    def timed(name, act):
        shown.page.evaluate(_WATCH, _EVENTS[name])
        act()
        found[name].append(shown.page.evaluate("globalThis.reaction"))

    def point(share):
        height = 0.3 + 0.5 * share
        shown.page.mouse.move(box["x"] + share * box["width"], box["y"] + height * box["height"])

    for turn in range(ROUNDS):
        shift = 0.04 * turn
        box = shown.layer("curves")
        timed("hover", lambda share=0.3 + shift: point(share))
        shown.point_at(shown.panel("curves").locator(".ring"))
        shown.page.mouse.down()
        timed("isolate", shown.page.mouse.up)
        assert shown.count.startswith("1 of")
        timed("clear", lambda: shown.page.keyboard.press("Escape"))
        point(0.2)
        shown.page.mouse.down()
        point(0.5 + shift)
        timed("brush", shown.page.mouse.up)
        assert shown.ranges()
        shown.page.keyboard.press("Escape")
        head = heads.nth(turn % heads.count())
        head.scroll_into_view_if_needed()
        timed("sort", head.click)
    return {name: statistics.median(times) for name, times in found.items()}
