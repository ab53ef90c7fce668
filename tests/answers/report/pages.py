"""What a report's page is made of, read as a browser would."""

import json
import re
from functools import cache
from html.parser import HTMLParser

import wbtools as wb
from tests.small_forests import few_trees

VOID = {"meta", "link", "img", "br", "input", "hr"}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "class", "href", "id", "rel", "scope"),
    *("role", "aria-label", "tabindex", "hidden", "type", "data-figure", "data-runs", "data-value"),
}


@cache
def demo_report():
    """The demo's report, which takes seconds, made once for all modules that a worker runs."""
    with few_trees():
        return wb.report("demo")


class Elements(HTMLParser):
    """Every start tag with its attributes, whether tags nest, and the text outside scripts."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, self.getpos()

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text.append(data)

    def all(self, tag, **attributes):
        return [
            found
            for name, found in self.found
            if name == tag and all(found.get(key) == value for key, value in attributes.items())
        ]


def data_of(text):
    """The page's data."""
    block = re.search(
        r'<script type="application/json" id="report-data">(.*?)</script>', text, re.DOTALL
    )
    return json.loads(block[1])


def key_of(report, run_id):
    """What the page of one sweep calls a run."""
    return f"s0r{[row.run.id for row in report.audit.rows].index(run_id)}"


def scripts_of(text):
    """The scripts that run."""
    return re.findall(r"<script>(.*?)</script>", text, re.DOTALL)


def unpacked(panel, ids):
    """What `static/unpack.js` makes of a panel."""
    return [mark for packed in panel["marks"] for mark in _unpacked(packed, ids)]


def _unpacked(mark, ids):
    if mark["type"] == "dots":
        for kind, run, x, y in zip(mark["kind"], mark["run"], mark["x"], mark["y"], strict=True):
            cat, em = mark["kinds"][kind]
            dot = {"type": "dot", "cat": cat, "x": x, "y": y}
            dot |= {} if em is None else {"em": em}
            yield dot | ({} if run < 0 else {"run": ids[run]})
    elif "dy" in mark:
        count, values = 0, []
        for step in mark["dy"]:
            count += step or 0
            values.append(None if step is None else float(f"{count}e{-mark['digits']}"))
        yield {key: value for key, value in mark.items() if key not in {"dy", "digits"}} | {
            "y": values
        }
    else:
        yield mark
