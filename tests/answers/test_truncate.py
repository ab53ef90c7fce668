from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from wbtools.answers.layout import truncate
from wbtools.text.sanitize import sanitize


@given(st.text(max_size=40), st.integers(1, 30))
def test_a_clipped_text_fits(raw, width):
    assert cell_len(truncate(sanitize(raw), width)) <= width
