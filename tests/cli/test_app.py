"""The door itself: no words, help, versions."""

import pytest


@pytest.mark.parametrize("words", [(), ("archive",)])
def test_no_command_shows_the_help_and_is_no_answer(wbtools, words):
    result = wbtools(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("Usage: wbtools")
    assert "\\n" not in result.err
