"""The answer of `rank`: goldens of its page, and one answer in all forms."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.analysis.ranking.runs import ACC, LOSS, measured, seeded
from tests.answers.forms import (
    HOSTILE,
    WIDTHS,
    check_all_forms,
    check_verdict_first,
    check_widths,
)
from tests.answers.samples import HOSTILE_NAMES
from wbtools.analysis.alignment import Alignment, Link
from wbtools.analysis.diagnosis.termination import Completion
from wbtools.analysis.ranking.configurations import GroupingKey
from wbtools.analysis.ranking.ranking import RankQuestion, Source, StoppedRuns, rank
from wbtools.analysis.ranking.reading_moment import ReadAt, parse_at
from wbtools.answers.answer import render
from wbtools.answers.formats import Format
from wbtools.answers.layout import Page
from wbtools.answers.markdown import MarkdownPage
from wbtools.answers.rank.answer import RankAnswer
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


def answer(
    runs,
    metrics=(ACC,),
    names=("v5inrfwe",),
    findings=(),
    alignments=(),
    more=None,
    **asked,
):
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
        "at": ReadAt(),
        "identity": GroupingKey(),
    }
    ranking = rank(runs, RankQuestion(**(known | asked)), sources)
    return RankAnswer.of(ranking, **(more or {}))


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
PLAN = {"commands": ("wbtools replicate x",)}
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
SCHEDULES = ("cosine", "step", "constant")
SEARCH = [
    measured(
        k,
        0.56 - 0.0071 * k,
        completion=Completion.FULL if k % 3 == 1 else Completion.CENSORED,
        **{
            "optimizer.lr": round(0.04 / (k + 1) ** 0.5, 6),
            "optimizer.weight_decay": 1.7e-5 * k,
            "hidden": 64 * (1 + k % 2),
            "schedule": SCHEDULES[k // 3 % 3],
        },
    )
    for k in range(1, 37)
]
ANSWERS = {
    "search": answer(SEARCH),
    "mixed": answer(MIXED, n_diverse=3, findings=(DAMAGE,), more=PLAN),
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
    "hostile-everywhere": answer(
        [measured(k, k / 10, k / 7, lr=HOSTILE, **{HOSTILE: f"{HOSTILE}{k}"}) for k in range(4)],
        (ACC, Metric(name=HOSTILE, goal=Goal.MINIMIZE)),
        names=(HOSTILE,),
        findings=(replace(DAMAGE, subject=HOSTILE, title=HOSTILE, hint=HOSTILE),),
        more=PLAN,
        n_diverse=2,
    ),
}


def joined(*names, **n_runs):
    """What is said of a metric that these links join to the first one; of each sweep the same."""
    keys = {Link(link): n for link, n in n_runs.items()}
    links = {(link, "train/epoch" if link is Link.COUNTER else None): n for link, n in keys.items()}
    alignment = Alignment(metric="\x1b[31mloss", n_runs=links)
    runs = [measured(k, 0.5, 0.1, lr=k, stage=k) for k in range(len(names))]
    answered = answer(runs, (ACC, LOSS), names=names, alignments=(alignment,))
    return answered, " ".join(answered.to_text(width=110).split())


def test_what_joins_two_metrics_is_said():
    _, page = joined("a", "b", counter=3, count=1, row=5)
    said = "at the report of the same number, as both have equally many (2 runs) and where "
    assert f"it is read {said}train/epoch is the same (6 runs)." in page
    _, page = joined("a", before=1, after=2, none=4)
    said = "at the first report after it (2 runs) and at the last report before it (1 run)"
    assert f"it is read {said}." in page
    assert "belongs to the best acc is unknown in 4 runs: no value there." in page
    assert "\x1b" not in page
    _, page = joined("a", row=3, only=1)
    assert "is read" not in page
    assert "is unknown in" not in page


def test_what_joins_two_metrics_stands_in_the_json():
    answered, _ = joined("a", counter=3, none=1)
    (source,) = answered.to_dict()["sources"]
    assert source["joined_metrics"] == [
        {"metric": "\x1b[31mloss", "by": "counter", "counter": "train/epoch", "n_runs": 3},
        {"metric": "\x1b[31mloss", "by": "none", "counter": None, "n_runs": 1},
    ]


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in {"search", "close"}])
def test_the_page(golden, name):
    golden(f"rank-{name}.txt", ANSWERS[name].to_text(width=110))


@pytest.mark.parametrize("width", WIDTHS)
def test_the_screen_at_usual_widths(golden, width):
    golden(f"rank-search-{width}.txt", ANSWERS["search"].to_text(width=width))


def test_the_page_on_a_narrow_terminal_without_unicode(golden):
    text = ANSWERS["mixed"].on(Page(width=44, unicode=False))
    assert text.isascii()
    golden("rank-narrow-ascii.txt", text)


def test_the_page_as_markdown(golden):
    golden("rank-stages.md", ANSWERS["stages"].on(MarkdownPage()))


@pytest.mark.parametrize("name", ANSWERS)
def test_every_form_is_harmless_and_fits_its_schema_and_terminal(name):
    check_all_forms(ANSWERS[name])
    check_widths(ANSWERS[name], 20, 40, 80, 160)
    check_verdict_first(ANSWERS[name])


@pytest.mark.parametrize("name", ANSWERS)
def test_no_page_calls_anything_significant(name):
    assert "significan" not in ANSWERS[name].to_text(width=110)


def test_a_limit_is_counted_out():
    text = ANSWERS["one-run-each"].to_text(width=110, limit=5)
    assert "… and 9 more (--limit 0 shows all)" in text


@pytest.mark.parametrize("name", ANSWERS)
def test_json_and_frame_hold_every_configuration_and_run(name):
    ranking = ANSWERS[name]
    parsed, frame = ranking.to_dict(), ranking.to_frame()
    configurations = parsed["configurations"]
    assert [row["rank"] for row in configurations] == [row.rank for row in ranking.board.rows]
    assert frame["status"].tolist() == [row["status"] for row in configurations]
    n_runs = sum(len(row["runs"] + row["runs_apart"] + row["copies"]) for row in configurations)
    assert n_runs == parsed["n_runs"] == sum(map(len, frame["run_ids"]))


def test_headlines_say_what_is_first():
    assert repr(ANSWERS["mixed"]) == (
        "<rank: 17 runs of 8 configurations by acc: lr=0.001 (runs 1, 2, 3 and 22), mean 5.530 "
        "± 0.112 over 4 runs, but no difference to any of the 4 others shows at 5 % (2 of 4 cannot "
        "be tested)>"
    )
    assert repr(ANSWERS["nothing-full"]) == (
        "<rank: 1 run of 1 configuration by acc: no configuration has a rank, since none has a "
        "full run with a value>"
    )


def test_what_was_cut_short_and_is_better_already_is_in_the_verdict():
    runs = [
        measured(1, 0.5, lr=1),
        measured(2, 0.4, lr=2),
        measured(8, 0.66, lr=3, completion=Completion.CENSORED),
    ]
    best = "run 8, cut short, is better already (0.6600)"
    assert best in repr(answer(runs, at=parse_at("best")))
    assert "already" not in repr(answer(runs, at=parse_at("last")))
    assert "already" not in repr(answer(runs, (replace(ACC, goal=Goal.MINIMIZE),)))


def test_only_what_tests_say_is_called_better():
    """By Welch's t alone a lead shows only if values are normal; of many others some show."""
    far = {0.1: (9.0, 9.1, 9.2), 0.2: (5.0, 5.1, 5.2), 0.3: (4.0, 4.1, 4.2)}
    words = "better than all 2 others at 5 %, if values are normal"
    assert words in repr(answer(seeded(far)))
    some = far | {0.4: (8.9, 9.1, 9.2), 0.5: (3.0,)}
    words = (
        "better than 2 of 4 others at 5 %, if values are normal; 1 cannot be told apart from it; 1"
    )
    assert f"{words} cannot be tested" in repr(answer(seeded(some)))
    two = {0.1: (9.0, 9.1, 9.2, 9.3), 0.2: (5.0, 5.1, 5.2, 5.3)}
    assert repr(answer(seeded(two))).endswith("better than the other at 5 %>")
    assert "tied with 1 other, but every configuration has one run" in repr(
        answer([measured(1, 0.5, lr=1), measured(2, 0.5, lr=2)])
    )


def test_every_metric_has_its_mean_in_json_frame_and_page():
    answered = ANSWERS["one-run-each"]
    first = answered.to_dict()["configurations"][0]
    assert first["mean"] == pytest.approx(0.94)
    assert first["other_means"] == {"loss": 0.5}
    assert first["other_metrics"][0]["metric"] == "loss"
    assert first["other_metrics"][0]["best"] == 0.5
    assert answered.to_frame()["other_means/loss"].dtype == "float64"
    assert "value    loss" in answered.to_text(width=200)


def test_findings_are_those_of_each_sweep_with_their_hints():
    finding = replace(DAMAGE, hint="look at it")
    answered = answer(STAGES, names=("s8", "s16"), findings=(finding,))
    assert [each.code for each in answered.findings] == ["WBT110", "WBT110"]
    found = [(each["sweep_id"], each["code"]) for each in answered.to_dict()["findings"]]
    assert found == [("s8", "WBT110"), ("s16", "WBT110")]
    text = answered.to_text(width=110)
    assert (
        "Findings in s8\n  warning WBT110: run 1: its file is damaged\n      look at it\n" in text
    )
    # Run 1 is none of the second sweep's.
    assert "Findings in s16\n  warning WBT110: its file is damaged\n" in text


def test_what_is_chosen_and_followed_is_in_the_json():
    parsed = ANSWERS["mixed"].to_dict()
    diverse = parsed["diverse"]
    assert [choice["rank"] for choice in diverse["choices"]] == [1, 2, 3]
    assert [len(choice["distances"]) for choice in diverse["choices"]] == [0, 1, 2]
    assert parsed["commands"] == ["wbtools replicate x"]
    stages = ANSWERS["stages"].to_dict()["stages"]
    assert stages["differ_in"] == {"samples": [8000, 16000]}
    first = stages["configurations"][0]
    assert first["config"] == {"lr": 1.0}
    assert [step["sweep_id"] for step in first["steps"]] == ["s8", "s16"]
    assert [step["gain"] for step in first["steps"]] == [None, pytest.approx(0.62)]


def test_secrets_are_masked_everywhere_unless_asked_for():
    runs = [measured(k, 0.5 + k, api_key=f"sk-{k}-verysecretindeed", lr=k) for k in (1, 2)]
    for form in (form for form in Format if form is not Format.GITHUB):
        masked = render(answer(runs, n_diverse=2), form, Page(width=110))
        assert "verysecret" not in masked
        assert "***" in masked.replace("\\", "")
        shown = render(
            answer(runs, n_diverse=2, more={"show_secrets": True}), form, Page(width=110)
        )
        assert "verysecret" in shown


def test_a_metric_that_is_called_like_a_secret_keeps_its_numbers():
    ranking = answer(seeded(CLOSE), (Metric(name="val/key", goal=Goal.MAXIMIZE),))
    first = ranking.to_dict()["configurations"][0]
    assert first["mean"] == pytest.approx(5.9)
    assert first["runs"][0]["values"] == [5.6]


def test_values_near_the_end_of_floats_are_no_infinities():
    huge = [measured(k, sign * 1.7e308, lr=k // 3, seed=k) for k, sign in enumerate((1, 1, -1) * 2)]
    ranking = answer(huge, n_diverse=2)
    assert ranking.to_dict()["configurations"][0]["sd"] is None
    check_all_forms(ranking)


@pytest.mark.parametrize(
    ("n_seeds", "n_others", "words"),
    [
        (4, 1, "agrees for 1 of 1."),
        (4, 2, "agrees for 0 of 2: with so few runs its p cannot be below .057 after Holm's "),
        (3, 2, "agrees for 0 of 2: with so few runs its p cannot be below .100."),
        (5, 2, "agrees for 2 of 2."),
    ],
)
def test_why_permutation_cannot_agree_is_said(n_seeds, n_others, words):
    values = {
        10.0**-k: tuple(9 - k + 0.01 * seed for seed in range(n_seeds)) for k in range(n_others + 1)
    }
    page = " ".join(answer(seeded(values)).to_text(width=200).split())
    assert f"A permutation test, which does not assume normal values, {words}" in page
