"""Errors say in a traceback what to do; the command line says it once."""

import pickle
import traceback

import pytest

import wbtools as wb


def test_a_traceback_ends_with_the_hint():
    with pytest.raises(wb.UsageError) as caught:
        wb.audit("./nowhere")
    *_, last = traceback.format_exception(caught.value)
    assert last == f"hint: {caught.value.hint}\n"


def test_an_error_without_a_hint_has_no_note():
    assert not hasattr(wb.UsageError("no"), "__notes__")


def test_a_copy_of_an_error_has_one_hint():
    copied = pickle.loads(pickle.dumps(wb.DataError("no", "do that")))  # noqa: S301 - just made
    assert (copied.message, copied.hint) == ("no", "do that")
    assert copied.__notes__ == ["hint: do that"]


@pytest.mark.parametrize("words", [[], ["-v"]], ids=["plainly", "with a traceback"])
def test_the_command_line_says_the_hint_once(wbtools, words):
    result = wbtools("audit-terminations", "./nowhere", *words)
    assert result.code == 2
    assert result.err.count("hint: ") == 1
    assert result.err.splitlines()[-1].startswith("hint: ")
    assert ("Traceback" in result.err) is bool(words)
