"""One reading of the times that other people wrote."""

from datetime import UTC, datetime

import pytest

from wbtools.sources.timestamps import utc_time

NOON = datetime(2024, 5, 6, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["2024-05-06T12:00:00Z", "2024-05-06T12:00:00", "2024-05-06T14:00:00.000000000+02:00"],
)
def test_a_time_is_utc_where_it_names_no_zone(text):
    assert utc_time(text) == NOON
    assert utc_time(text).utcoffset() == NOON.utcoffset()


@pytest.mark.parametrize(
    "text", [None, 1715000000, "", "noon", "2024-13-01", "0001-01-01T00:00:00+23:59"]
)
def test_what_is_no_time_is_none(text):
    assert utc_time(text) is None
