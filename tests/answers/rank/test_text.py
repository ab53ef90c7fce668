"""The page of `rank`, as goldens: it fits every terminal, hostile names are inert."""

import csv
import io
import json
from collections import Counter

import pytest
from rich.cells import cell_len

from tests.analysis.ranking.runs import ACC, LOSS, measured, seeded
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.alignment import Alignment, Link
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.checkpoint import CheckpointChoice, parse_at
from wbtools.analysis.ranking.configurations import GroupingKey
from wbtools.analysis.ranking.ranking import RankQuestion, Source, StoppedRuns, rank
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.answers.rank.csv_text import render_ranking_csv
from wbtools.answers.rank.json_text import render_ranking_json
from wbtools.answers.rank.text import render_ranking
from wbtools.findings import Confidence, Finding, Severity
from wbtools.model import Goal, Metric
from wbtools.model.interval import Interval

DAMAGE = Finding(
    code="WBT110",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    subject="run0001",
    title="its file is damaged",
)


def answer(runs, metrics=(ACC,), names=("v5inrfwe",), findings=(), alignments=(), **asked):
    counts = Counter(run.stage for run in runs)
    sources = [
        Source(
            reference=name,
            name=name,
            origin="made by hand",
            n_runs=counts[stage],
            findings=findings,
            alignments=alignments,
        )
        for stage, name in enumerate(names)
    ]
    known = {
        "metrics": metrics,
        "metric_source": "sweep.yaml",
        "at": CheckpointChoice(),
        "identity": GroupingKey(),
    }
    return rank(runs, RankQuestion(**(known | asked)), sources)


SEEDS = {1e-3: (5.68, 5.45, 5.55), 3e-3: (5.14, 5.26, 4.89), 1e-2: (3.1, 5.7, 4.0), 1e-1: (5.5,)}
CLOSE = {0.1: (5.6, 6.4, 5.7), 0.2: (5.1, 5.9, 5.2)}
MIXED = [
    *seeded(SEEDS),
    measured(20, 5.66, lr=1e-3, seed=9, completion=Completion.CENSORED),
    measured(21, 5.45, lr=1e-3, seed=1),
    measured(22, 5.44, lr=1e-3, seed=1),
    measured(23, 5.0, lr=0.5, seed=0, completion=Completion.CENSORED),
    measured(24, 4.9, lr=0.6, seed=0, completion=Completion.RUNNING),
    measured(25, None, lr=0.7, seed=0, completion=Completion.CENSORED),
    measured(26, 4.8, lr=0.8, seed=0, completion=Completion.UNKNOWN),
]
HOPE = Interval(estimate=0.95, low=0.9, high=0.99, level=0.9)
STAGES = [
    measured(1, 4.08, stage=0, samples=8000, lr=1.0, seed=1),
    measured(2, 3.10, stage=0, samples=8000, lr=3.0, seed=1, completion=Completion.CENSORED),
    measured(3, 4.65, stage=1, samples=16000, lr=1, seed=1),
    measured(4, 4.75, stage=1, samples=16000, lr=1, seed=2),
    measured(5, 4.00, stage=1, samples=16000, lr=3, seed=1),
]
NAMED = [
    measured(k, 1.0 + k / 10 + len(name) % 7, seed=k % 2, **{"model.name": name, "dropout": 0.1})
    for k, name in enumerate(HOSTILE_NAMES.values(), start=1)
]
ANSWERS = {
    "mixed": answer(MIXED, n_diverse=3, findings=(DAMAGE,)),
    "close": answer(seeded(CLOSE)),
    "one-run-each": answer(
        [measured(k, 0.8 + k / 100, 0.5, lr=k, depth=2) for k in range(1, 15)], (ACC, LOSS)
    ),
    "projected": answer(
        [
            measured(1, 0.7, lr=1, completion=Completion.CENSORED, projected=HOPE),
            measured(2, 0.9, lr=2),
            measured(3, 0.8, lr=3),
        ],
        stopped=StoppedRuns.PROJECTED,
        n_diverse=5,
    ),
    "stages": answer(STAGES, names=("s8", "s16")),
    "nothing-full": answer([measured(1, 0.7, lr=1, completion=Completion.CENSORED)]),
    "hostile": answer(
        NAMED,
        (Metric(name="\x1b[31mloss\n", goal=Goal.MINIMIZE),),
        names=("\x1b]0;x\x07",),
        at=parse_at("last"),
    ),
}


def joined(*names, **n_runs):
    """What is said of a metric that these links join to the first one; of each sweep the same."""
    keys = {Link(link): n for link, n in n_runs.items()}
    links = {(link, "train/epoch" if link is Link.COUNTER else None): n for link, n in keys.items()}
    alignment = Alignment(metric="\x1b[31mloss", n_runs=links)
    runs = [measured(k, 0.5, 0.1, lr=k, stage=k) for k in range(len(names))]
    answered = answer(runs, (ACC, LOSS), names=names, alignments=(alignment,))
    return answered, " ".join(render_ranking(answered, Page(width=110)).split())


def test_what_joins_two_metrics_is_said():
    _, page = joined("a", "b", counter=3, count=1, row=5)
    said = "at the report of the same number, as both have equally many (2 runs) and where "
    assert f"it is read {said}train/epoch is the same (6 runs)." in page
    _, page = joined("a", before=1, after=2, none=4)
    said = "at the first report after it (2 runs) and at the last report before it (1 run)"
    assert f"it is read {said}." in page
    assert "belongs to the best acc in 4 runs: no value there." in page
    assert "\x1b" not in page
    _, page = joined("a", row=3, only=1)
    assert "is read" not in page
    assert "Nothing tells" not in page


def test_what_joins_two_metrics_stands_in_the_json():
    answered, _ = joined("a", counter=3, none=1)
    (source,) = json.loads(render_ranking_json(answered))["sources"]
    assert [entry["by"] for entry in source["joined_metrics"]] == ["counter", "none"]
    assert source["joined_metrics"][0]["counter"] == "train/epoch"
    assert source["joined_metrics"][0]["n_runs"] == 3


@pytest.mark.parametrize("name", ANSWERS)
def test_the_page(golden, name):
    golden(f"rank-{name}.txt", render_ranking(ANSWERS[name], Page(width=110)))


def test_the_page_on_a_narrow_terminal_without_unicode(golden):
    text = render_ranking(ANSWERS["mixed"], Page(width=44, unicode=False))
    assert text.isascii()
    golden("rank-narrow-ascii.txt", text)


def test_the_page_as_markdown(golden):
    golden("rank-stages.md", render_ranking(ANSWERS["stages"], MarkdownPage()))


@pytest.mark.parametrize("width", [20, 40, 80, 160])
@pytest.mark.parametrize("name", ANSWERS)
def test_every_page_fits(name, width):
    text = render_ranking(ANSWERS[name], Page(width=width))
    assert all(cell_len(line) <= width for line in text.splitlines())
    assert "\x1b" not in text


@pytest.mark.parametrize("name", ANSWERS)
def test_no_page_calls_anything_significant(name):
    assert "significan" not in render_ranking(ANSWERS[name], Page(width=110))


def test_a_limit_is_counted_out():
    text = render_ranking(ANSWERS["one-run-each"], Page(width=110), limit=5)
    assert "… and 9 more (--limit 0 shows all)" in text


@pytest.mark.parametrize("name", ANSWERS)
def test_json_and_csv_hold_every_configuration(name):
    ranking = ANSWERS[name]
    parsed = json.loads(render_ranking_json(ranking, ["wbtools replicate x --run 1"]))
    table = list(csv.DictReader(io.StringIO(render_ranking_csv(ranking))))
    assert parsed["schema"] == "wbtools.rank/1"
    ranks = [row.rank for row in ranking.board.rows]
    assert [configuration["rank"] for configuration in parsed["configurations"]] == ranks
    assert [int(row["rank"]) if row["rank"] else None for row in table] == ranks
    assert [row["status"] for row in table] == [row["status"] for row in parsed["configurations"]]
    n_runs = sum(
        len(configuration[runs])
        for configuration in parsed["configurations"]
        for runs in ("runs", "runs_apart", "copies")
    )
    assert n_runs == parsed["n_runs"]
    if ranking.diverse is not None:
        assert parsed["diverse"]["plan"] == ["wbtools replicate x --run 1"]


def test_secrets_are_masked_everywhere_unless_asked_for():
    runs = [measured(k, 0.5 + k, api_key=f"sk-{k}-verysecretindeed", lr=k) for k in (1, 2)]
    ranking = answer(runs, n_diverse=2)
    page = Page(width=110)
    for text in (
        render_ranking(ranking, page),
        render_ranking_json(ranking),
        render_ranking_csv(ranking),
    ):
        assert "verysecret" not in text
        assert "***" in text
    assert "verysecret" in render_ranking(ranking, Page(width=110), show_secrets=True)
    assert "verysecret" in render_ranking_json(ranking, show_secrets=True)
    assert "verysecret" in render_ranking_csv(ranking, show_secrets=True)


def test_a_metric_that_is_called_like_a_secret_keeps_its_numbers():
    ranking = answer(seeded(CLOSE), (Metric(name="val/key", goal=Goal.MAXIMIZE),))
    parsed = json.loads(render_ranking_json(ranking))
    assert parsed["configurations"][0]["figures"][0]["mean"] == pytest.approx(5.9)
    assert parsed["configurations"][0]["runs"][0]["values"] == [5.6]


def test_values_near_the_end_of_floats_are_no_infinities():
    huge = [measured(k, sign * 1.7e308, lr=k // 3, seed=k) for k, sign in enumerate((1, 1, -1) * 2)]
    ranking = answer(huge, n_diverse=2)
    parsed = json.loads(render_ranking_json(ranking))
    assert parsed["configurations"][0]["figures"][0]["sd"] is None
    assert render_ranking(ranking, Page(width=110))
    assert render_ranking_csv(ranking)


@pytest.mark.parametrize(
    ("n_seeds", "n_others", "words"),
    [
        (4, 1, "agrees on 1 of 1."),
        (
            4,
            2,
            "agrees on 0 of 2: with so few seeds it cannot come below p = .057 after Holm over ",
        ),
        (3, 2, "agrees on 0 of 2: with so few seeds it cannot come below p = .100."),
        (5, 2, "agrees on 2 of 2."),
    ],
)
def test_why_permutation_cannot_agree_is_said(n_seeds, n_others, words):
    values = {
        10.0**-k: tuple(9 - k + 0.01 * seed for seed in range(n_seeds)) for k in range(n_others + 1)
    }
    page = " ".join(render_ranking(answer(seeded(values)), Page(width=200)).split())
    assert f"Permutation, which assumes no normal noise, {words}" in page
