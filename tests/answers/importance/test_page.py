"""What matters, in every form that it is given."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from rich.cells import cell_len

import wbtools.answers
from tests.analysis.importance.runs import audited
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.importance import assess, forest
from wbtools.answers.importance.csv_text import COLUMNS, render_importance_csv
from wbtools.answers.importance.json_text import render_importance_json
from wbtools.answers.importance.text import render_importance
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage

SCHEMA = Path(wbtools.answers.__file__).parent / "schemas" / "importance.schema.json"
UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
WIDTHS = (20, 40, 80, 160)
RNG = np.random.default_rng(0)
RATES = 10 ** RNG.uniform(-4, -1, 60)


@pytest.fixture(scope="module", autouse=True)
def small():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forest, "N_FORESTS", 4)
        patch.setattr(forest, "N_TREES", 12)
        yield


def twelve():
    """Too few for a forest, all kinds of parameters."""
    configs = [
        {
            "lr": round(float(RATES[k]), 6),
            "batch": 2 ** (4 + k % 3),
            "opt": "adam" if k % 2 else "sgd",
            "layers": [8, 8] if k % 3 else [16],
            "clip": 0.1 * k if k % 2 else None,
            "out": f"/runs/{k}",
            "epochs": 2,
        }
        for k in range(12)
    ]
    return assess(audited([1 + 0.1 * (k * 5 % 12) for k in range(12)], configs), None)


def sixty():
    """A clear peak, an interaction, divergence at high rates."""
    configs = [{"lr": float(x), "opt": "ab"[k % 2], "wd": k % 7 / 7} for k, x in enumerate(RATES)]
    loss = [
        None if x > 0.03 and k % 3 else abs(np.log10(x) + 3) + (k % 2) for k, x in enumerate(RATES)
    ]
    return assess(audited(loss, configs), None)


def hostile():
    """Every name and every value is someone else's text."""
    texts = list(HOSTILE_NAMES.values())
    configs = [
        {text: [k % 3, text][k % 2] for text in texts}
        | {"api_key": ["sk-very", "sk-secret"][k % 2], "opt": texts[k % 3]}
        for k in range(12)
    ]
    return assess(audited([float(k * 7 % 12) for k in range(12)], configs), None)


def names_only():
    """Nothing varies but a name for each run."""
    return assess(audited([float(k) for k in range(9)], [{"out": f"r{k}"} for k in range(9)]), None)


MADE = {"names only": names_only(), "twelve": twelve(), "hostile": hostile()}


@pytest.fixture(scope="module", params=["names only", "twelve", "hostile", "sixty"])
def done(request):
    return sixty() if request.param == "sixty" else MADE[request.param]


def test_the_page_is_as_agreed(golden):
    golden("importance-twelve.txt", render_importance(MADE["twelve"], Page(width=100)))
    golden("importance-twelve.md", render_importance(MADE["twelve"], MarkdownPage()))


def test_no_line_exceeds_the_terminal_and_nothing_reaches_it_raw(done):
    for width in WIDTHS:
        for unicode in (True, False):
            text = render_importance(done, Page(width=width, unicode=unicode), limit=0)
            assert max(map(cell_len, text.splitlines())) <= width
            assert not UNSAFE.search(text)
            assert unicode or text.isascii()


def test_every_number_has_an_interval_and_runs(done):
    shown = json.loads(render_importance_json(done))
    jsonschema.validate(shown, json.loads(SCHEMA.read_text()))
    for parameter in shown["parameters"]:
        association = parameter["association"]
        assert (association["strength"] is None) == (association["abstained_because"] is not None)
        for name in ("permutation", "main_effect", "total_effect"):
            assert parameter[name] is None or {"low", "high", "n"} <= parameter[name].keys()


def test_secrets_are_masked_everywhere_unless_asked_for():
    importance = MADE["hostile"]
    forms = (
        lambda *, show: render_importance(importance, Page(width=200), limit=0, show_secrets=show),
        lambda *, show: render_importance_json(importance, show_secrets=show),
        lambda *, show: render_importance_csv(importance, show_secrets=show),
    )
    for form in forms:
        assert "sk-secret" not in form(show=False)
        assert "sk-secret" in form(show=True)


def test_a_table_for_spreadsheets_has_every_value_of_every_parameter(done):
    header, *rows = csv.reader(io.StringIO(render_importance_csv(done)))
    assert tuple(header) == COLUMNS
    assert len(rows) == sum(len(parameter.bins) for parameter in done.parameters)
    assert all(len(row) == len(COLUMNS) for row in rows)
    assert not any(text.startswith(("=", "+", "@")) for row in rows for text in row)


def test_what_forests_mean_is_shown_and_failures_are_named():
    importance = sixty()
    text = render_importance(importance, Page(width=200))
    assert "permutation importance" in text
    assert re.search(r"lr 0\.0\d+ … 0\.0\d+: \d+ of \d+ fail \(\d+ % to \d+ %\), elsewhere 0", text)
    assert "reported NaN or an infinity" in text


def test_what_means_nothing_is_not_shown():
    importance = sixty()
    worthless = replace(
        importance.skill,
        explained=replace(importance.skill.explained, estimate=0.1, low=-0.2, high=0.4),
    )
    text = render_importance(replace(importance, skill=worthless), Page(width=200))
    assert "what they hold for important is not shown" in text
    assert "permutation importance" not in text
    assert "Pairs" not in text


def test_a_limit_is_kept_and_counted():
    text = render_importance(MADE["twelve"], Page(width=120), limit=2)
    assert "… and 3 more (--limit 0 shows all)" in text
