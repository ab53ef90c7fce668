"""`plot`: the command line's picture as a figure, which a notebook shows."""

import sys
import warnings

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

import wbtools
from tests.answers.samples import hostile
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.figures.curves import curves_figure
from wbtools.app.opening.run_names import select_run


@pytest.fixture(scope="module")
def audit():
    return wbtools.audit("demo")


@pytest.fixture(scope="module")
def shown():
    """The same audit, asked for one of its runs."""
    return wbtools.audit("demo", run=5)


@pytest.fixture(scope="module")
def picture_of_run(audit):
    return wbtools.plot(audit, run=5)._repr_png_()


def test_a_plot_is_that_of_the_command_line_and_leaves_matplotlib_alone(audit, tmp_path):
    before = dict(mpl.rcParams)
    figure = wbtools.plot(audit, run=5)
    assert dict(mpl.rcParams) == before
    expected = curves_figure(audit, select_run(audit, "5"))
    shown = [text.get_text().replace("\n", " ") for text in figure.axes[0].texts]
    labels = {mark.label for mark in expected.panels[0].marks if mark.label}
    assert "run 5" in labels
    assert labels <= set(shown)
    assert figure.texts[0].get_text().replace("\n", " ") == expected.title
    others = [text.get_text() for text in wbtools.plot(audit).axes[0].texts]
    assert [words.replace("\n", " ") for words in others] != shown
    for suffix in ("png", "svg", "pdf"):
        figure.savefig(tmp_path / f"a.{suffix}")
        assert (tmp_path / f"a.{suffix}").stat().st_size > 1000
    assert (
        "matplotlib.pyplot" not in sys.modules or not sys.modules["matplotlib.pyplot"].get_fignums()
    )
    with pytest.raises(wbtools.UsageError, match="no run '99'"):
        wbtools.plot(audit, run=99)


def test_a_plot_of_hostile_names_is_saved(tmp_path):
    figure = wbtools.plot(AuditAnswer.of(hostile()))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+")
        figure.savefig(tmp_path / "a.png", dpi=40)
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_figure_is_a_picture_for_a_notebook(audit, tmp_path):
    figure = wbtools.plot(audit, run=5)
    picture = tmp_path / "a.png"
    picture.write_bytes(figure._repr_png_())
    pixels = imread(picture)
    assert pixels.shape[1] == 720
    assert len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 100
    assert figure._repr_png_() == picture.read_bytes()
    assert figure.get_size_inches()[0] == 7.2


def test_a_figure_of_hostile_names_is_a_picture_without_warnings():
    assert wbtools.plot(AuditAnswer.of(hostile()))._repr_png_().startswith(b"\x89PNG")


def test_an_answer_plots_itself(audit, shown, picture_of_run):
    picture = shown.plot()._repr_png_()
    assert picture == wbtools.plot(shown)._repr_png_()
    assert picture == picture_of_run
    assert picture != wbtools.plot(audit)._repr_png_()


def test_a_comparison_is_plotted_by_its_sides():
    comparison = wbtools.compare("demo", group_by="schedule")
    picture = wbtools.plot(comparison)._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert picture == comparison.plot()._repr_png_()
    with pytest.raises(wbtools.UsageError, match="only an audit is drawn by its runs"):
        wbtools.plot(comparison, run=5)


def test_an_audit_plots_a_run_by_any_of_its_names(audit):
    row = audit.rows[4]
    pictures = [
        audit.plot(run)._repr_png_() for run in (row, row.run.number, row.run.name, row.run.id)
    ]
    assert len(set(pictures)) == 1
    assert pictures[0] != audit.plot()._repr_png_()
    with pytest.raises(wbtools.UsageError, match="means 0 runs"):
        audit.plot(99)


def test_an_answer_offers_no_method_that_pages_alone_call(audit):
    public = {name for name in dir(audit) if not name.startswith("_")}
    assert {"gems", "plot", "to_csv", "to_dict", "to_frame", "to_json", "to_text"} <= public
    assert "write" not in public


@pytest.mark.slow  # drawn by the command line's tests too
@pytest.mark.parametrize("kind", ["timeline", "gems", "thresholds", "distribution", "parallel"])
def test_an_audit_has_several_figures(audit, kind):
    assert wbtools.plot(audit, kind=kind)._repr_png_().startswith(b"\x89PNG")


@pytest.mark.slow  # four analyses
@pytest.mark.usefixtures("small_forests")
def test_every_answer_that_has_a_figure_draws_itself_as_plot_does():
    answers = [
        wbtools.rank("demo"),
        wbtools.importance("demo"),
        wbtools.simulate("demo", rule=["none", "hyperband(min_iter=3,eta=3)"], orders=2),
    ]
    for answer in answers:
        assert answer.plot()._repr_png_() == wbtools.plot(answer)._repr_png_()
    by_importance = wbtools.plot(answers[1], kind="parallel")
    assert by_importance._repr_png_() != wbtools.plot(answers[1])._repr_png_()
    assert wbtools.plot(answers[0], width="single").get_size_inches()[0] == 3.5


@pytest.mark.usefixtures("small_forests")
def test_a_figure_that_an_answer_does_not_have_is_refused(audit):
    ranking = wbtools.rank("demo")
    with pytest.raises(wbtools.UsageError, match="only an audit is drawn by its runs"):
        wbtools.plot(ranking, run=5)
    with pytest.raises(wbtools.UsageError, match="the answer of rank has one figure"):
        wbtools.plot(ranking, kind="curves")
    with pytest.raises(wbtools.UsageError, match="front is no figure of an audit"):
        wbtools.plot(audit, kind="front")
    with pytest.raises(wbtools.UsageError, match="zoom=True says nothing about gems"):
        wbtools.plot(audit, kind="gems", zoom=True)
    with pytest.raises(wbtools.UsageError, match="is no figure of parameters"):
        wbtools.plot(wbtools.importance("demo"), kind="gems")


def test_a_run_that_was_asked_for_stands_out_where_runs_do(audit, shown):
    picture = wbtools.plot(shown, kind="thresholds")._repr_png_()
    assert picture == wbtools.plot(audit, run=5, kind="thresholds")._repr_png_()
    assert wbtools.plot(shown, kind="gems")._repr_png_().startswith(b"\x89PNG")
