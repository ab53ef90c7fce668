"""Every command that reads an archive, on archives that somebody made to harm."""

import pytest

from tests.archive import hostile
from tests.cli.site import SWEEP
from tests.cli.test_fetch import put

COMMANDS = [
    ("archive", "export", "-q"),
    ("archive", "export", "--runs", "-q"),
    ("audit-terminations", SWEEP, "--offline"),
    ("rank", SWEEP, "--offline"),
    ("fetch", SWEEP),
]


@pytest.fixture
def fetched(site, wbtools):
    put(site)
    assert wbtools("fetch", SWEEP).code == 0
    return site.work / ".wbtools"


@pytest.mark.parametrize("spoil", hostile.REFUSED)
def test_another_file_than_wbtools_makes_is_one_error(fetched, wbtools, spoil):
    spoil(fetched)
    for words in (("archive", "ls"), *COMMANDS):
        result = wbtools(*words)
        assert (result.code, result.out) == (3, ""), words
        error, hint = result.err.splitlines()[-2:]
        assert error.startswith("error: ")
        assert "internal error" not in error
        assert hint.startswith("hint: ")


@pytest.mark.parametrize("spoil", hostile.DAMAGED)
def test_values_that_no_archive_holds_are_no_internal_error(fetched, wbtools, spoil):
    spoil(fetched)
    codes = set()
    for words in (("archive", "ls"), *COMMANDS):
        result = wbtools(*words)
        codes.add(result.code)
        assert "internal error" not in result.err, words
        assert "Traceback" not in result.err
    assert 3 in codes


def test_a_hostile_cursor_is_shown_harmless(fetched, wbtools):
    text = "1\x1b[2J\u202e" + "x" * 1_000_000
    hostile.sql(fetched, ("UPDATE sweeps SET cursor = ?, whole_at = NULL", (text,)))
    for words in (("archive", "ls"), *COMMANDS):
        result = wbtools(*words)
        assert "internal error" not in result.err
        for said in (result.out, result.err):
            assert not {"\x1b", "\u202e"} & set(said)
            assert len(said) < 100_000
