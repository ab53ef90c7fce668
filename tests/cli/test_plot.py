"""`wbtools plot` from the words of the command line to the files."""

import csv
import io

import pytest

from wbtools.app.plot import FigureKind


@pytest.mark.slow  # eleven analyses, eleven drawings
@pytest.mark.parametrize("kind", [kind for kind in FigureKind if kind != "front"])
def test_every_figure_of_the_demo_is_drawn_with_its_numbers(wbtools, tmp_path, kind):
    picture, data = tmp_path / f"{kind}.svg", tmp_path / f"{kind}.csv"
    result = wbtools("plot", kind, "demo", "-o", picture, "--data", data)
    assert (result.code, result.out) == (0, "")
    assert picture.read_text().startswith("<?xml")
    rows = list(csv.DictReader(io.StringIO(data.read_text())))
    assert len(rows) > 3
    assert {"panel", "mark", "category", "run_id", "x", "y", "low", "high"} <= set(rows[0])
    assert result.err.strip()
    assert not result.err.startswith("error")


def test_the_figure_says_its_finding_on_stderr_unless_quiet(wbtools, tmp_path):
    loud = wbtools("plot", "race", "demo", "-o", tmp_path / "a.svg")
    quiet = wbtools("plot", "race", "demo", "-o", tmp_path / "b.svg", "-q")
    assert loud.err == "demo found its best, 0.5687, after 96 % of its 269 reports\n"
    assert (quiet.out, quiet.err) == ("", "")
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_race_of_sides_is_that_of_compare(wbtools, tmp_path):
    by_plot, by_compare = tmp_path / "a.svg", tmp_path / "b.svg"
    assert wbtools("plot", "race", "demo", "--group-by", "hidden", "-o", by_plot).code == 0
    assert wbtools("compare", "demo", "--group-by", "hidden", "--plot", by_compare).code == 0
    assert by_plot.read_bytes() == by_compare.read_bytes()


def test_the_numbers_alone_need_no_picture(wbtools, tmp_path):
    data = tmp_path / "a.csv"
    words = ("plot", "leaderboard", "demo", "--against", "cost", "--data", data)
    assert wbtools(*words).code == 0
    rows = list(csv.DictReader(io.StringIO(data.read_text())))
    assert {row["category"] for row in rows} >= {"on the Pareto front"}
    assert wbtools(*words).code == 2
    assert wbtools(*words, "--force").code == 0


@pytest.mark.usefixtures("small_forests")
def test_a_column_is_narrower_than_a_page(wbtools, tmp_path):
    for width in ("single", "double"):
        path = tmp_path / f"{width}.svg"
        assert wbtools("plot", "parallel", "demo", "-o", path, "--width", width).code == 0
    single, double = ((tmp_path / f"{width}.svg").read_text() for width in ("single", "double"))
    assert 'width="252pt"' in single
    assert 'width="518.4pt"' in double


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("curves", "demo"), "nothing says where the figure is to go"),
        (("curves", "demo", "-o", "a.gif"), "let the name end in .png, .svg, .pdf"),
        (("curves", "demo", "-o", "a.svg", "--data", "a.txt"), "let the name end in .csv: a.csv"),
        (("gems", "demo", "-o", "a.svg", "--run", "5"), "--run says nothing about gems"),
        (("race", "demo", "-o", "a.svg", "--zoom"), "--zoom says nothing about race"),
        (("curves", "demo", "-o", "a.svg", "--group-by", "lr"), "it is for race, leaderboard"),
        (("race", "demo", "-o", "a.svg", "--against", "cost"), "it is for leaderboard"),
        (("slices", "demo", "demo", "-o", "a.svg"), "of several: front, race, leaderboard"),
        (("pie", "demo", "-o", "a.svg"), "KIND 'pie' is not one of curves, timeline, gems"),
        (("curvs", "demo", "-o", "a.svg"), "did you mean curves?"),
        (("-o", "a.svg"), "KIND is missing"),
    ],
    ids=lambda value: "" if isinstance(value, str) else " ".join(value),
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_written(
    wbtools, tmp_path, monkeypatch, words, complaint
):
    monkeypatch.chdir(tmp_path)
    result = wbtools("plot", *words)
    assert (result.code, result.out, list(tmp_path.iterdir())) == (2, "", [])
    assert complaint in result.err


@pytest.mark.slow
def test_the_front_of_rules_is_drawn(wbtools, tmp_path):
    result = wbtools("plot", "front", "demo", "-o", tmp_path / "front.png")
    assert result.code == 0
    assert "would save" in result.err


def test_the_kinds_that_the_command_takes_are_those_that_there_are(wbtools):
    page = " ".join(wbtools("plot", "--help").out.split())
    for kind in FigureKind:
        assert kind in page


def test_a_figure_with_nothing_in_it_is_refused(wbtools, tmp_path):
    table, picture = tmp_path / "runs.csv", tmp_path / "race.svg"
    table.write_text("Name,State,lr,loss\na,finished,0.1,0.5\nb,finished,0.2,0.4\n")
    words = ("plot", "race", table, "--metric", "loss:minimize", "-o", picture)
    result = wbtools(*words)
    assert result.code != 0
    assert "When each side found its best is not known" in result.err
    assert not picture.exists()
