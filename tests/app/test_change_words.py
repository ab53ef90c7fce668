"""What people type after --set, --seeds and --folds, as values."""

import pytest

from wbtools.app.change_words import fold_values, one_of, seed_values, set_values
from wbtools.errors import UsageError
from wbtools.replication.styles import Style

VALUES = {
    "1e-5": 1e-5,
    "6.797303101020006e-05": 6.797303101020006e-05,
    "22": 22,
    "0.5": 0.5,
    "true": True,
    "null": None,
    "[1, a]": [1, "a"],
    "2024-01-01": "2024-01-01",
    "a=b": "a=b",
    "{": "{",
    "# x": "# x",
    "--- x": "x",
    "": None,
}


@pytest.mark.parametrize(("text", "value"), VALUES.items())
def test_values(text, value):
    assert repr(set_values([f"name={text}"])) == repr({"name": value})


@pytest.mark.parametrize("text", ["name", "=1", ""])
def test_a_change_without_a_name_or_a_value_is_refused(text):
    with pytest.raises(UsageError, match="NAME=VALUE"):
        set_values([text])


def test_seeds_and_folds():
    assert seed_values("42, 123,x") == (42, 123, "x")
    assert seed_values(None) == ()
    assert fold_values("5") == (0, 1, 2, 3, 4)
    assert fold_values("1,2,3") == (1, 2, 3)
    assert fold_values(None) == ()
    for text in ("0", "99999", "9" * 5000):
        with pytest.raises(UsageError, match="not a number of folds"):
            fold_values(text)


def test_a_word_of_a_few():
    assert one_of(Style, "hydra", "--style") is Style.HYDRA
    with pytest.raises(UsageError, match="--style 'hidra'") as caught:
        one_of(Style, "hidra", "--style")
    assert "'hydra'" in caught.value.hint
