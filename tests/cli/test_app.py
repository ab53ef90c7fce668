"""The door itself: no words, help, versions."""

import pytest


@pytest.mark.parametrize("words", [(), ("archive",)])
def test_no_command_shows_the_help_and_is_no_answer(wbtools, words):
    done = wbtools(*words)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("Usage: wbtools")
    assert "\\n" not in done.err
