"""`wbtools report` as users run it: a page for a colleague, or Markdown."""

import pytest

import wbtools as wb

pytestmark = pytest.mark.usefixtures("home", "small_forests")


def test_markdown_goes_to_stdout_and_the_page_is_pointed_to(wbtools):
    result = wbtools("report", "demo")
    assert result.code == 0
    assert result.out.startswith("# Sweep t3xtur35 (textures)\n")
    assert result.err == "-o report.html writes a page with figures, which opens in a browser\n"
    assert wbtools("report", "demo", "-q").err == ""


@pytest.mark.slow  # four reports
def test_the_suffix_decides_and_the_library_gives_the_same(wbtools, tmp_path):
    page, text = tmp_path / "report.html", tmp_path / "report.md"
    written = wbtools("report", "demo", "-o", page)
    assert (written.code, written.out) == (0, "")
    assert written.err == f"wrote {page}, which opens in a browser\n"
    assert wbtools("report", "demo", "-o", text).code == 0
    report = wb.report("demo")
    assert page.read_text() == report.to_html()
    assert text.read_text() == report.to_markdown()
    assert wbtools("report", "demo", "--format", "html").out == page.read_text()
    again = wbtools("report", "demo", "-o", page)
    assert (again.code, "--force" in again.err) == (2, True)
    assert wbtools("report", "demo", "-o", page, "--force").code == 0


@pytest.mark.parametrize(
    "words", [["-o", "report.csv"], ["-o", "report"], ["--format", "json"], ["-o", "report.pdf"]]
)
def test_another_form_is_refused_before_anything_is_read(wbtools, words):
    result = wbtools("report", "no-such-sweep", *words)
    assert result.code == 2
    assert ".html" in result.err


@pytest.mark.slow  # a report
def test_options_of_the_question_come_back_in_the_commands(wbtools):
    result = wbtools("report", "demo", "--target", "0.56", "-q")
    assert "wbtools replicate demo --run 5 --target 0.56\n" in result.out


def test_one_sweep_has_no_stages(wbtools):
    result = wbtools("report", "demo", "--stages")
    assert result.code == 2
    assert "--stages tells of several" in result.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--metric", "nosuch"], 3),
        (["--rank-by", "nope"], 2),
        (["--early-terminate", "hyperband(min_iter=zz)"], 2),
        (["--baseline", "zzz"], 2),
    ],
)
def test_what_cannot_be_meant_makes_no_page(wbtools, tmp_path, words, code):
    page = tmp_path / "page.html"
    result = wbtools("report", "demo", *words, "-o", page)
    assert result.code == code
    assert result.err.startswith("error: ")
    assert not page.exists()


def test_a_table_without_a_metric_makes_no_page(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("name,lr,note\na,0.1,x\nb,0.2,y\n")
    result = wbtools("report", table, "-o", tmp_path / "page.html")
    assert result.code == 2
    assert "--metric NAME:max" in result.err
    assert not (tmp_path / "page.html").exists()
