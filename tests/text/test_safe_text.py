import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.text.sanitize import in_ascii, sanitize


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param("amber-sweep-8", "amber-sweep-8", id="a plain name stays as it is"),
        pytest.param("a\nb\r\tc", r"a\nb\r\tc", id="line breaks and tabs become two characters"),
        pytest.param("\x1b[31m", r"\x1b[31m", id="an escape loses its power"),
        pytest.param("\x9b2J\x07", r"\x9b2J\x07", id="so do eight-bit controls"),
        pytest.param("a\u202eb", r"a\u202eb", id="a bidi override is spelled out"),
        pytest.param("a\u2028b", r"a\u2028b", id="a Unicode line separator is spelled out"),
        pytest.param("\ud83d", r"\ud83d", id="a lone surrogate can be encoded"),
        pytest.param("\U000e0041", r"\U000e0041", id="an invisible tag character is spelled out"),
        pytest.param("a\ufffe\uffff", r"a\ufffe\uffff", id="what is no character is spelled out"),
        pytest.param("\u0378", r"\u0378", id="so is what Unicode does not know yet"),
        pytest.param("名前", "名前", id="other scripts stay"),
        pytest.param("[bold]x[/]", "[bold]x[/]", id="rich markup is text like any other"),
        pytest.param(17, "17", id="what is no text is shown as its text"),
    ],
)
def test_visible(raw, shown):
    assert sanitize(raw) == shown


@pytest.mark.parametrize("raw", ["x" * 10_000, "\x1b" * 10_000])
def test_ten_kilobytes_are_cut_to_the_limit(raw):
    shown = sanitize(raw, limit=50)
    assert len(shown) == 50
    assert shown.endswith("…")
    assert len(sanitize(raw, limit=0)) >= 10_000


@given(st.text(st.characters(codec=None, exclude_categories=[]), max_size=60))
def test_whatever_comes_can_be_printed_on_one_line(raw):
    shown = sanitize(raw)
    shown.encode()
    kinds = {unicodedata.category(character) for character in shown}
    assert not kinds & {"Cc", "Cf", "Cn", "Cs", "Zl", "Zp"}
    assert in_ascii(shown).isascii()


def test_ascii_spells_typography_out():
    assert in_ascii("0.95 \u00b1 0.01 \u2026 名") == r"0.95 +/- 0.01 ... \u540d"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::pwned", "\\x3a:error::pwned"),
        ("a ::warning file=x,line=1::b", "a \\x3a:warning file=x,line=1::b"),
        ("::stop-commands::token", "\\x3a:stop-commands::token"),
        ("##[error]pwned", "\\x23#[error]pwned"),
        ("torch::nn::Linear", "torch::nn::Linear"),
        ("std::error", "std::error"),
        ("## 1", "## 1"),
    ],
)
def test_commands_of_a_github_workflow_are_shown_and_not_obeyed(text, shown):
    assert sanitize(text) == shown
