"""How long a page takes from an event until two frames later, in the browser's own time."""

import statistics

REACTIONS = ("hover", "isolate", "clear", "brush", "sort")
ROUNDS = 9
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


def reaction_ms(*pages):
    """Milliseconds of each reaction of each page: the median of some rounds, by its name.

    The pages take turns, so that a busy moment of the machine hits all of them.

    Args:
        pages: `Opened` pages, 1200 pixels wide.
    """
    found = [{name: [] for name in REACTIONS} for _ in pages]
    for turn in range(ROUNDS):
        for shown, times in zip(pages, found, strict=True):
            _look_around(shown, turn, times)
    return [
        {name: statistics.median(measured) for name, measured in times.items()} for times in found
    ]


def _look_around(shown, turn, times):
    """Do everything once, a little elsewhere each turn."""
    mouse, keyboard = shown.page.mouse, shown.page.keyboard
    shown.page.bring_to_front()
    box = shown.layer("curves")

    def point(share):
        mouse.move(box["x"] + share * box["width"], box["y"] + (0.3 + 0.5 * share) * box["height"])

    def timed(name, act):
        shown.page.evaluate(_WATCH, _EVENTS[name])
        act()
        times[name].append(shown.page.evaluate("globalThis.reaction"))

    shift = 0.03 * turn
    timed("hover", lambda: point(0.3 + shift))
    shown.point_at(shown.panel("curves").locator(".ring"))
    mouse.down()
    timed("isolate", mouse.up)
    assert shown.count.startswith("1 of")
    timed("clear", lambda: keyboard.press("Escape"))
    point(0.2)
    mouse.down()
    point(0.5 + shift)
    timed("brush", mouse.up)
    assert shown.ranges()
    keyboard.press("Escape")
    heads = shown.page.locator("#ends > .scroll th button")
    head = heads.nth(turn % heads.count())
    head.scroll_into_view_if_needed()
    timed("sort", head.click)
