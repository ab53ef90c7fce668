"""Values that say the same but for each run's own id, name or folder."""

import pytest

from wbtools.model import Run
from wbtools.model.own_words import in_words_of

ORIGINAL = ("ab12cd34", "dashing-sweep-3")
REPLICA = ("ef56gh78", "dashing-sweep-3-continued")


def as_recorded(value, again, original=ORIGINAL, replica=REPLICA):
    """The value of the replica, as the original would have recorded it."""
    runs = [
        Run(id=run_id, name=name, number=None, number_from=None, config={"where": where})
        for (run_id, name), where in ((original, value), (replica, again))
    ]
    return in_words_of(*runs)["where"]


@pytest.mark.parametrize(
    ("value", "again"),
    [
        ("out/ab12cd34", "out/ef56gh78"),
        ("ab12cd34", "ef56gh78"),
        ("out/trial_ab12cd34.pt", "out/trial_ef56gh78.pt"),
        ("C:\\out\\ab12cd34\\ckpt", "C:\\out\\ef56gh78\\ckpt"),
        ("out/dashing-sweep-3", "out/dashing-sweep-3-continued"),
        ("dashing-sweep-3/last.pt", "dashing-sweep-3-continued/last.pt"),
        (
            "/w/offline-run-20260101_000001-ab12cd34/files",
            "/w/run-20260202_112233-ef56gh78/files",
        ),
        (["a", "out/ab12cd34"], ["a", "out/ef56gh78"]),
        ({"to": "out/ab12cd34", "n": 1}, {"to": "out/ef56gh78", "n": 1.0}),
    ],
)
def test_own_words_at_the_same_place_are_no_difference(value, again):
    assert as_recorded(value, again) == value


@pytest.mark.parametrize(
    ("value", "again"),
    [
        ("out/ab12cd34", "new/ef56gh78"),
        ("out/ab12cd34", "out/other"),
        ("out/other", "out/ef56gh78"),
        ("xab12cd34", "xef56gh78"),
        ("dashing-sweep-3", "dashing-sweep-3-continued"),
        ("a dashing-sweep-3", "a dashing-sweep-3-continued"),
        (["out/ab12cd34", 1], ["out/ef56gh78", 2]),
        ("x" * 5000 + "/ab12cd34", "x" * 5000 + "/ef56gh78"),
        (3, 4),
    ],
)
def test_other_values_stay_what_they_are(value, again):
    assert as_recorded(value, again) == again


def test_a_value_that_was_passed_on_as_it_was_stays():
    assert as_recorded("out/ab12cd34", "out/ab12cd34") == "out/ab12cd34"


@pytest.mark.parametrize(
    ("value", "again", "is_same"),
    [
        ("adam", "sgd", False),
        ("use adam", "use sgd", False),
        ("out/adam/x", "out/sgd/x", True),
    ],
)
def test_ids_and_names_that_are_words_count_in_paths_alone(value, again, is_same):
    said = as_recorded(value, again, ("adam", "adam"), ("sgd", "sgd"))
    assert said == (value if is_same else again)


def test_a_repeated_id_is_the_one_that_the_program_knew():
    original, again = "out/ab12cd34", "out/ef56gh78"
    assert as_recorded(original, again, ORIGINAL, ("ef56gh78~2", "x")) == original


def test_empty_ids_and_names_are_nowhere():
    assert as_recorded("/", "//", ("", ""), ("", "")) == "//"
