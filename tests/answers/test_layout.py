import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wbtools.answers.html import HtmlPage
from wbtools.answers.layout import Cell, Page, TextColumn, wrap
from wbtools.answers.markdown import MarkdownPage
from wbtools.text.sanitize import UNKNOWN, sanitize

COLUMNS = [
    TextColumn(title="run", keep=0, right=True),
    TextColumn(title="name", keep=2, least=6),
    TextColumn(title="cause", keep=1),
    TextColumn(title="why", keep=3, least=20, wraps=True),
    TextColumn(title="never known", keep=1),
]
ROWS = [
    [
        Cell("8"),
        Cell("amber-sweep-8"),
        Cell("hyperband"),
        Cell("worse than most " * 4),
        Cell(UNKNOWN),
    ],
    [Cell("12"), Cell("a"), Cell("lost", "red"), Cell(""), Cell(UNKNOWN)],
]


def page(width, *, color=False, unicode=True):
    sheet = Page(width=width, color=color, unicode=unicode)
    return sheet, sheet.table(COLUMNS, ROWS)


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        pytest.param(120, ["run", "name", "cause", "why"], id="a wide terminal shows all"),
        pytest.param(50, ["run", "name", "cause", "why"], id="long texts give way first"),
        pytest.param(30, ["run", "name", "cause"], id="then the column that matters least leaves"),
        pytest.param(15, ["run", "cause"], id="then the next one"),
    ],
)
def test_columns_leave_by_priority(width, titles):
    assert page(width)[1] == titles


def test_columns_that_left_are_named():
    said = "(columns left out at this width: name, why)"
    assert said in " ".join(str(page(15)[0]).split())
    assert "left out" not in str(page(120)[0])


def test_a_note_stands_right_below_the_rows():
    sheet = Page(width=30, color=False, unicode=True)
    sheet.table(COLUMNS, ROWS, below="… and 3 more")
    assert [line.strip() for line in str(sheet).splitlines()[3:]] == [
        "… and 3 more",
        "(columns left out at this",
        "width: why)",
    ]


def test_what_is_never_known_is_no_column():
    assert "never known" not in str(page(200)[0])


def test_rows_are_stacked_where_even_the_essential_does_not_fit():
    sheet = Page(width=12, color=False, unicode=True)
    essential = [TextColumn(title="value", keep=0), TextColumn(title="threshold", keep=0)]
    sheet.table(essential, [[Cell("0.9660"), Cell("0.9629")], [Cell("0.5"), Cell(UNKNOWN)]])
    assert str(sheet) == "value:\n 0.9660\n threshold:\n  0.9629\nvalue: 0.5\n"


def test_colour_is_written_only_when_asked_for():
    assert "\x1b" not in str(page(80)[0])
    assert "\x1b[31mlost\x1b[0m" in str(page(80, color=True)[0])


def test_numbers_end_in_one_column():
    lines = str(page(120)[0]).splitlines()
    assert [line[:5] for line in lines] == ["  run", "    8", "   12"]


@given(st.text(max_size=200), st.integers(2, 60))
def test_wrapped_lines_fit_and_lose_nothing(text, width):
    text = sanitize(text)
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_percent_sign_stays_with_its_number():
    assert wrap("it saves 51 % of the work", 11) == ["it saves", "51 % of the", "work"]


@given(st.lists(st.text(st.characters(categories=["L", "N"]), max_size=30)), st.integers(10, 90))
def test_no_line_of_a_page_exceeds_its_width(parts, width):
    sheet = Page(width=width, color=False, unicode=True)
    sheet.flow(parts)
    for part in parts:
        sheet.say(part, indent=4, hang=4)
    assert all(cell_len(line) <= width for line in str(sheet).splitlines())


@pytest.mark.parametrize("indent", [0, 2])
def test_statements_side_by_side_are_not_broken_where_they_fit_on_a_line(indent):
    parts = ["a" * 30, "b" * 27, "c c", "d" * 20]
    for width in range(60, 90):
        sheet = Page(width=width)
        sheet.flow(parts, between=" · ", indent=indent)
        lines = str(sheet).splitlines()
        assert [part for line in lines for part in line.strip().split(" · ")] == parts
        assert all(line.startswith(" " * indent) and len(line) <= width for line in lines)


SAME = [
    TextColumn(title="run", keep=0, right=True),
    TextColumn(title="name", keep=9, least=6),
    TextColumn(title="cause", keep=1),
    TextColumn(title="bar", keep=2),
]
HYPERBAND = [
    [Cell("8"), Cell("amber-sweep-8"), Cell("hyperband"), Cell("0.9")],
    [Cell("9"), Cell("misty-sweep-9"), Cell("hyperband"), Cell("0.9")],
]


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        pytest.param(40, ["run", "name", "cause", "bar"], id="all columns where there is room"),
        pytest.param(33, ["run", "name", "cause"], id="then one that says the same everywhere"),
        pytest.param(25, ["run", "name"], id="then all of those, before a name is cut"),
    ],
)
def test_columns_that_say_the_same_in_all_rows_leave_before_names_are_cut(width, titles):
    sheet = Page(width=width)
    assert sheet.table(SAME, HYPERBAND) == titles
    assert "amber-sweep-8" in str(sheet)
    said = {"cause": "cause hyperband", "bar": "bar 0.9"}
    words = " ".join(str(sheet).split())
    assert all((said[title] in words) != (title in titles) for title in said)


@pytest.mark.parametrize(("width", "fits"), [(18, True), (17, False)])
def test_a_table_fits_where_no_name_is_cut_and_only_what_is_the_same_leaves(width, fits):
    assert Page(width=width).fits(SAME, HYPERBAND) == fits
    assert MarkdownPage().fits(SAME, HYPERBAND)


def test_what_is_the_same_is_claimed_of_the_rows_shown_alone():
    sheet = Page(width=25)
    sheet.table(SAME, HYPERBAND, below="… and 3 more")
    assert "the same in the rows shown: cause" in " ".join(str(sheet).split())


def test_a_row_alone_keeps_its_columns_as_long_as_they_fit():
    assert Page(width=34).table(SAME, HYPERBAND[:1]) == ["run", "name", "cause", "bar"]


def test_what_a_program_reads_has_whole_names():
    long = [[Cell("8"), Cell("n" * 90), Cell("hyperband"), Cell("0.9")], HYPERBAND[1]]
    cut, whole = Page(width=60), Page(width=60, cuts=False)
    assert cut.table(SAME, long) == whole.table(SAME, long)
    assert "n" * 90 in str(whole)
    assert "n" * 90 not in str(cut)


@pytest.mark.parametrize("sheet", [Page(width=40, height=10), MarkdownPage(), HtmlPage()])
def test_the_verdict_stands_once_on_a_page_that_is_seen_whole(sheet):
    sheet.verdict("Is there a gem?", "Possibly.")
    sheet.say("because")
    assert str(sheet).count("Possibly.") == 1


def test_the_verdict_stands_again_at_the_end_of_a_page_that_scrolls_away():
    sheet = Page(width=40, height=10)
    sheet.verdict("Is there a gem?", "Possibly.")
    for _ in range(9):
        sheet.say("because")
    lines = str(sheet).splitlines()
    assert lines[0] == lines[-1] == "Is there a gem?  Possibly."
    assert str(sheet).splitlines() == lines
