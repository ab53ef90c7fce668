import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wbtools.answers.layout import Cell, Page, TextColumn, wrap
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


@given(st.lists(st.text(st.characters(categories=["L", "N"]), max_size=30)), st.integers(10, 90))
def test_no_line_of_a_page_exceeds_its_width(parts, width):
    sheet = Page(width=width, color=False, unicode=True)
    sheet.flow(parts)
    for part in parts:
        sheet.say(part, indent=4, hang=4)
    assert all(cell_len(line) <= width for line in str(sheet).splitlines())
