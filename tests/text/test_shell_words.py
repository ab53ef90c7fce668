"""What is printed to be pasted is, for a real shell, exactly those words."""

import os
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wbtools.text.shell_words import command_line

WORDS = [
    "plain",
    "with space",
    "it's",
    '"$HOME" `id` $(id)',
    "\x1b]0;owned\x07",
    "a\nb",
    "ü\u202eé",
    os.fsdecode(b"bytes-\xff"),
    "",
    "-x",
]


def echoed(line: str) -> list[bytes]:
    result = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True
    )
    return result.stdout.split(b"\0")[:-1]


@pytest.mark.parametrize("word", WORDS, ids=ascii)
def test_a_word_survives_the_shell(word):
    line = command_line([word])
    assert line.isprintable()
    assert echoed(line) == [os.fsencode(word)]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1)
)
def test_any_words_survive_the_shell(words):
    assert echoed(command_line(words)) == [os.fsencode(word) for word in words]
