"""What an archive holds, in all forms, whatever sweeps and folders are called."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.answers.forms import CORPUS, check_all_forms
from tests.archive.sweeps import HEAD
from wbtools.answers.archive.answer import ArchiveAnswer
from wbtools.archive import ArchivedSweep, ArchiveLocation, ChosenBy


def archived(name="lr", **more):
    facts = {
        "head": replace(HEAD, display_name=name, state=name),
        "n_runs": 5,
        "n_missing": 1,
        "metrics": (name, "loss"),
        "n_rows": 1234,
        "n_bytes": 56_789,
        "as_of": datetime(2026, 11, 30, tzinfo=UTC),
        "unfinished": None,
        "complete": True,
    }
    return ArchivedSweep(**(facts | more))


def answer_of(*sweeps, **place):
    facts = {"path": Path(".wbtools/archive.sqlite"), "chosen_by": ChosenBy.OPTION, "note": None}
    return ArchiveAnswer(place=ArchiveLocation(**(facts | place)), sweeps=sweeps)


@pytest.mark.parametrize("name", CORPUS, ids=ascii)
def test_names_of_every_kind_are_text_in_every_form(name):
    check_all_forms(answer_of(archived(name), archived(), note=name))


def test_how_much_is_kept_is_said_in_every_state():
    answer = answer_of(archived(), archived(complete=False), archived(as_of=None))
    check_all_forms(answer)
    check_all_forms(answer_of())
    assert answer.to_frame()["kept"].tolist() == ["whole", "incomplete", "unfinished"]
    assert answer.to_frame()["as_of"].isna().tolist() == [False, False, True]
