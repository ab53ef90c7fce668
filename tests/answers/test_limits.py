"""How many rows a table shows, and what is said of the others."""

from __future__ import annotations

import pytest

from wbtools.answers.limits import limit_of_secondary, limit_rows, rows_left


@pytest.mark.parametrize(
    ("n_rows", "limit", "n_shown"),
    [
        pytest.param(5, 10, 5, id="fewer than the limit"),
        pytest.param(12, 10, 12, id="two beyond it are shown too"),
        pytest.param(13, 10, 10, id="three beyond it are counted"),
        pytest.param(1000, 0, 1000, id="0 shows all"),
        pytest.param(0, 10, 0, id="none at all"),
    ],
)
def test_first(n_rows: int, limit: int, n_shown: int) -> None:
    assert list(limit_rows(range(n_rows), limit)) == list(range(n_shown))


@pytest.mark.parametrize(
    ("n", "noun", "said"),
    [
        pytest.param(0, "finding", "", id="no others: nothing"),
        pytest.param(3, "", "… and 3 more (--limit 0 shows all)", id="rows without a name"),
        pytest.param(1, "rule", "… and 1 more rule (--limit 0 shows all)", id="one"),
        pytest.param(1200, "rule", "… and 1200 more rules (--limit 0 shows all)", id="many"),
    ],
)
def test_rest(n: int, noun: str, said: str) -> None:
    assert rows_left(n, noun) == said


@pytest.mark.parametrize(("limit", "fewer"), [(0, 0), (1, 1), (5, 3), (10, 3), (30, 9)])
def test_tables_below_the_main_one_show_fewer(limit: int, fewer: int) -> None:
    assert limit_of_secondary(limit) == fewer
