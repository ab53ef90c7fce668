"""A new column is one line: it turns up in every form of an answer, in its schema and documents."""

import json
import math
from dataclasses import dataclass, replace
from operator import itemgetter
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from tests.answers.forms import CORPUS, HOSTILE, check_all_forms
from tests.schemas import schema_of
from wbtools.answers.answer import Answer, render
from wbtools.answers.columns import Column, Record, Rows, flat_columns
from wbtools.answers.formats import Format
from wbtools.answers.frame import frame_of
from wbtools.answers.layout import Page

RUN = Record(
    "Run",
    (
        Column("run_name", str, "The run's name.", title="run"),
        Column("cost_h", float | None, "What it costs.", unit="h", title="cost"),
        Column("config", dict[str, int], "Its parameters.", spread=True),
    ),
)
MORE = Column("n_peers", int | None, "Runs that it was compared with.", title="peers")


@dataclass(frozen=True)
class Run:
    run_name: str = HOSTILE
    cost_h: float = 2.5
    n_peers: int | None = 7

    def __post_init__(self):
        object.__setattr__(self, "config", {"lr": 3, HOSTILE: 4})


def an_answer(*more):
    run = Record("Run", (*RUN.columns, *more))

    @dataclass(frozen=True, slots=True, repr=False, eq=False)
    class Invented(Answer):
        name: ClassVar = "invented"
        table: ClassVar = "runs"
        record: ClassVar = Record("Invented", (Column("runs", Rows(run), "The runs."),))
        runs: tuple = (Run(), Run(run_name="=cmd()", cost_h=float("nan"), n_peers=None))
        headline: ClassVar = "2 runs"

        def _write(self, page):
            page.heading("Runs")
            page.rows(run.titled, self.runs)

    return Invented()


def test_every_form_is_written_and_runs_nothing():
    check_all_forms(an_answer())


@pytest.mark.parametrize("form", [form for form in Format if form is not Format.GITHUB])
def test_a_new_column_is_in_every_form(form):
    word = "peers" if form in {Format.TEXT, Format.MARKDOWN, Format.HTML} else "n_peers"
    before, after = (render(an_answer(*more), form, Page(width=200)) for more in ((), (MORE,)))
    assert word not in before
    assert word in after
    assert "7" in after.replace(before, "")


def test_a_new_column_is_in_the_frame_and_in_the_schema():
    answer = an_answer(MORE)
    check_all_forms(answer)
    assert answer.to_frame()["n_peers"].dtype == "Int64"
    run = schema_of(type(answer))["$defs"]["Run"]
    assert run["properties"]["n_peers"]["description"] == MORE.about
    assert "n_peers" in run["required"]
    assert run["additionalProperties"] is False


def test_a_list_of_numbers_is_no_number():
    answer = an_answer(Column("ends", list[float], "Both ends.", lambda _run: [0.5, 2.0]))
    check_all_forms(answer)
    assert answer.to_frame()["ends"][0] == [0.5, 2.0]


@pytest.mark.parametrize("name", CORPUS, ids=ascii)
def test_names_of_every_kind_are_text_in_every_form(name):
    answer = an_answer()
    run = Run(run_name=name)
    object.__setattr__(run, "config", {name: 1, "lr": 2})
    object.__setattr__(answer, "runs", (run, Run()))
    check_all_forms(answer)


def test_formulas_are_texts_in_csv():
    assert "'=cmd()" in an_answer().to_csv()


def test_github_shows_findings_alone():
    from wbtools.errors import UsageError

    with pytest.raises(UsageError, match="invented has none"):
        render(an_answer(), Format.GITHUB, Page())


def test_an_attribute_of_a_part_is_null_without_the_part():
    best = Column("best_run", str | None, "The best run's name.", of="best.run_name")
    group = (Column("best_cost_h", float | None, "Its cost.").inside(lambda row: row.best),)
    record = Record("Sweep", best, group)
    known = SimpleNamespace(best=SimpleNamespace(run_name="a", best_cost_h=math.inf))
    assert record.to_dict(known) == {"best_run": "a", "best_cost_h": None}
    assert record.to_dict(SimpleNamespace(best=None)) == {"best_run": None, "best_cost_h": None}
    with pytest.raises(AttributeError, match="best"):
        record.to_dict(SimpleNamespace())


def test_numbers_that_are_none_are_null_wherever_they_stand():
    ends = Column("ends", dict[str, list[float | None]], "Ends.", lambda _run: {"ü": [math.nan, 2]})
    text = an_answer(ends).to_json()
    assert text.isascii()
    assert json.loads(text)["runs"][0]["ends"] == {"ü": [None, 2]}


def test_html_is_read_alike_in_every_encoding():
    html = render(an_answer(), Format.HTML, Page())
    assert html.isascii()
    assert "&#8211;" in html  # the dash of an unknown number


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ((1, None), "Int64"),
        ((1, 2.5), "float64"),
        ((True, None), "boolean"),
        ((1, "a"), "object"),
        ((2**70, 1), "object"),
        ((2**53 + 1, 0.5), "object"),
        ((None, None), "object"),
    ],
)
def test_parameters_have_the_type_that_their_values_share(values, dtype):
    record = Record("Run", Column("config", dict[str, Any], "Parameters.", spread=True))
    rows = [{"config": {"lr": value}} for value in values]
    columns = flat_columns(Record("Run", replace(record["config"], get=itemgetter("config"))), rows)
    assert str(frame_of(columns, rows)["config/lr"].dtype) == dtype


def test_a_mapping_is_taken_from_each_row_once():
    taken = []

    def config(row):
        taken.append(row)
        return {f"p{k}": k for k in range(30)}

    record = Record("Run", Column("config", dict[str, Any], "Parameters.", config, spread=True))
    rows = [object() for _ in range(4)]
    assert len(frame_of(flat_columns(record, rows), rows).columns) == 30
    assert taken == rows
