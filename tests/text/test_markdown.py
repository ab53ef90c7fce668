import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from wbtools.answers.html import HtmlPage
from wbtools.text.markdown import escaped, sentences
from wbtools.text.sanitize import sanitize

RENDERER = MarkdownIt("gfm-like", {"html": True, "linkify": False})


def read(markdown):
    """What a reader sees of one paragraph, and the kinds of everything that it became."""
    block = RENDERER.parse(markdown)
    inline = [child for token in block for child in token.children or ()]
    kinds = {token.type for token in block} | {child.type for child in inline}
    return "".join(child.content for child in inline), kinds


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("[click](https://evil.example) ![x](y)", id="a link and an image"),
        pytest.param("**bold** _leaning_ __x__ ~~gone~~ `code`", id="emphasis and code"),
        pytest.param("# not a title", id="a title"),
        pytest.param("- no list", id="a list"),
        pytest.param("1. no list", id="a numbered list"),
        pytest.param("> no quotation", id="a quotation"),
        pytest.param("--- | ---", id="a table's line"),
        pytest.param("&lt;b&gt; &#60;", id="entities"),
        pytest.param("$x^2$ \\(y\\)", id="mathematics"),
        pytest.param("val_acc and _x_", id="underscores inside words stay readable"),
    ],
)
def test_text_stays_text(text):
    said, kinds = read(escaped(text))
    assert said == text
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}


@given(st.text(min_size=1).map(sanitize).map(str.strip).filter(bool))
def test_any_text_is_read_as_it_stands(text):
    said, kinds = read(escaped(text))
    assert said.replace("\N{ZERO WIDTH SPACE}", "") == text
    assert kinds <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}


def test_bare_links_and_mentions_reach_nobody():
    safe = escaped("see https://evil.example www.evil.example and @everyone")
    assert "://" not in safe
    assert "www." not in safe
    assert "@everyone" not in safe


def test_names_that_need_no_escape_have_none():
    assert escaped("val_acc 0.9660 (run 8)") == "val_acc 0.9660 (run 8)"


def test_code_in_a_sentence_stays_code():
    text = "`a_b: {c: *}` teaches bayes (see `wbtools rule WBS061`), *not* [this](x)"
    assert sentences(text) == (
        "`a_b: {c: *}` teaches bayes (see `wbtools rule WBS061`), \\*not\\* \\[this\\](x)"
    )
    said, kinds = read(sentences(text))
    assert said == text.replace("`", "")
    assert kinds <= {
        *("paragraph_open", "inline", "paragraph_close", "text", "text_special", "code_inline")
    }


@given(st.text(alphabet="`<>*[]()!_~$@&|#- ax", min_size=1).map(str.strip).filter(bool))
def test_text_that_looks_like_code_does_no_harm(text):
    said, kinds = read(sentences(text))
    assert said.replace("\N{ZERO WIDTH SPACE}", "").replace("`", "") == text.replace("`", "")
    assert kinds <= {
        *("paragraph_open", "inline", "paragraph_close", "text", "text_special", "code_inline")
    }


@pytest.mark.parametrize("text", ["``a``", "` a`", "`a", "`<b>`", "`a|b`", "`$x$`", "`a\\`"])
def test_what_may_not_be_code_is_text(text):
    assert sentences(text) == escaped(text)


def test_code_in_a_sentence_is_code_in_html_too():
    page = HtmlPage(width=80)
    page.say("`metric: {impute: latest}` <b>is not</b> `<i>`", style="dim")
    assert str(page).splitlines()[1] == (
        "<p><small><code>metric: {impute: latest}</code> &lt;b&gt;is not&lt;/b&gt; "
        "`&lt;i&gt;`</small></p>"
    )
