"""Every command that reads an archive, on archives that somebody made to harm."""

import pytest

from tests.archive import hostile
from tests.cli.site import SWEEP
from tests.cli.test_fetch import put

LISTING = ("archive", "ls")
RUNS = ("archive", "export", "--runs", "-q")
FETCH = ("fetch", SWEEP)
COMMANDS = [
    ("archive", "export", "-q"),
    RUNS,
    ("audit-terminations", SWEEP, "--offline"),
    ("rank", SWEEP, "--offline"),
    FETCH,
]
# The list reads no run; the runs' table no curve; a fetch reads what it needs to go on.
ANSWERING = {
    hostile.large_blob: {LISTING},
    hostile.deep_json: {LISTING, FETCH},
    hostile.wide_json: {LISTING, FETCH},
    hostile.bomb: {LISTING, RUNS, FETCH},
    hostile.one_bomb: {LISTING, RUNS, FETCH},
    hostile.texts_for_numbers: set(),
    hostile.numbers_for_texts: {LISTING, FETCH},
    hostile.odd_times: {FETCH},
    hostile.naive_times: {LISTING, FETCH},
    hostile.huge_numbers: {FETCH},
}
"""The commands that do not read what is spoilt; all others end with one error."""


@pytest.fixture
def fetched(site, wbtools):
    put(site)
    assert wbtools("fetch", SWEEP).code == 0
    return site.work / ".wbtools"


@pytest.mark.parametrize("spoil", hostile.REFUSED)
def test_another_file_than_wbtools_makes_is_one_error(fetched, wbtools, spoil):
    spoil(fetched)
    for words in (LISTING, *COMMANDS):
        result = wbtools(*words)
        assert (result.code, result.out) == (3, ""), words
        error, hint = result.err.splitlines()[-2:]
        assert error.startswith("error: ")
        assert "internal error" not in error
        assert hint.startswith("hint: ")


@pytest.mark.slow
@pytest.mark.parametrize("spoil", hostile.DAMAGED)
def test_values_that_no_archive_holds_end_the_commands_that_read_them(fetched, wbtools, spoil):
    spoil(fetched)
    answering = set()
    for words in (LISTING, *COMMANDS):
        result = wbtools(*words)
        assert result.code in {0, 3}, words
        if result.code == 0:
            answering.add(words)
        else:
            error, hint = result.err.splitlines()[-2:]
            assert error.startswith("error: "), words
            assert "internal error" not in error, words
            assert hint.startswith("hint: "), words
    assert answering == ANSWERING[spoil]


def test_a_hostile_cursor_is_shown_harmless(fetched, wbtools):
    text = "1\x1b[2J\u202e" + "x" * 1_000_000
    hostile.sql(fetched, ("UPDATE sweeps SET cursor = ?, whole_at = NULL", (text,)))
    for words in (LISTING, *COMMANDS):
        result = wbtools(*words)
        assert "internal error" not in result.err
        for said in (result.out, result.err):
            assert not {"\x1b", "\u202e"} & set(said)
            assert len(said) < 100_000
