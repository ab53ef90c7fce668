"""What a console shows of the objects that answers hold: one line each."""

from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import wbtools as wb
from tests.cli.test_verify import replica
from tests.library.test_commands import PLAN
from wbtools.model import Run
from wbtools.text.brief import MOST, one_line

DATA = Path(__file__).parents[1] / "data"
GRID = DATA / "seeds" / "stage13_grid_spec.yaml"
ANSWERS = {
    "load_sweep": lambda: wb.load_sweep("demo"),
    "audit": lambda: wb.audit("demo"),
    "rank": lambda: wb.rank("demo"),
    "compare": lambda: wb.compare("demo", group_by="schedule"),
    "doctor": lambda: wb.doctor("demo"),
    "importance": lambda: wb.importance("demo", parameter="lr"),
    "simulate": lambda: wb.simulate("demo", rule="none", orders=1),
    "replicate": lambda: wb.replicate("demo", 5),
    "make_sweep": lambda: wb.make_sweep("grid"),
    "forecast": lambda: wb.forecast("plan.yaml", budget=27),
    "lint": lambda: wb.lint(DATA / "wrong-sweep.yaml"),
    "expand_grid": lambda: wb.expand_grid(GRID, to="sweep"),
}
DEEPEST = 5


def held_by(value, depth=0):
    """The data objects in a value, the first few of each collection."""
    if is_dataclass(value):
        yield value
        inner = [getattr(value, each.name) for each in fields(value)]
    elif isinstance(value, dict):
        inner = [*value.values()][:3]
    else:
        inner = list(value[:3]) if isinstance(value, list | tuple) else []
    if depth < DEEPEST:
        for each in inner:
            yield from held_by(each, depth + 1)


@pytest.mark.usefixtures("small_forests")
@pytest.mark.parametrize("call", ANSWERS.values(), ids=ANSWERS)
def test_all_that_an_answer_holds_shows_itself_on_one_line(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("plan.yaml").write_text(PLAN)
    shown = {type(held): repr(held) for held in held_by(call())}
    assert len(shown) > 1
    assert not {kind for kind, text in shown.items() if len(text) > MOST or "\n" in text}


def test_what_a_replication_came_to_shows_itself_on_one_line(project):
    replica(project, (0.15, 0.3, 0.45, 0.5, 0.55))
    verification = wb.verify(".", 1)
    assert {"CheckedReplica", "Judged"} <= {type(held).__name__ for held in held_by(verification)}
    assert all(len(repr(held)) <= MOST for held in held_by(verification))


def test_reprs_say_what_it_is():
    sweep, audit, ranking = wb.load_sweep("demo"), wb.audit("demo"), wb.rank("demo")
    assert repr(sweep) == "<sweep t3xtur35: 36 runs, curves of val/acc, epoch, lr>"
    assert repr(sweep.curves["lr"]) == "<curves of lr: 36 runs, up to 27 reports>"
    assert repr(sweep.runs[4]).startswith("<run 5 (ivory-sweep-5): ")
    assert repr(audit.gems[:1]).startswith("[<run 5 (ivory-sweep-5): hyperband, ")
    projection = audit.gems[0].projection
    assert repr(projection).endswith(f", P(gem) {projection.p_gem:.2g}>")
    assert repr(ranking.board).endswith(" of 36 configurations ranked>")
    assert repr(ranking.board.rows[0]).startswith("<rank 1: mean 0.")


def test_hostile_text_does_nothing():
    run = Run(id="a", name="\x1b[2J\n" + "x" * 500, number=None, number_from=None)
    assert repr(run).startswith(r"<run a (\x1b[2J\n")
    assert repr(run).endswith("…>")
    assert repr(run).isprintable()
    assert len(repr(run)) <= MOST


def test_what_is_not_known_is_left_out():
    assert one_line("sweep a", "", "3 runs") == "<sweep a: 3 runs>"
    assert one_line("sweep a", "") == "<sweep a>"
