"""What a fetch brought, in all forms."""

from tests.answers.forms import HOSTILE, check_all_forms
from tests.archive.sweeps import KEY
from wbtools.answers.fetch.answer import FetchAnswer
from wbtools.archive import Fetched, SweepHeader


def fetched(**more):
    head = SweepHeader(key=KEY, display_name=HOSTILE, state="FINISHED", config="method: bayes\n")
    facts = {"head": head, "metrics": (HOSTILE,), "n_runs": 5, "n_asked": 2, "n_rows": 1234}
    return Fetched(**(facts | more))


def test_every_form_is_written_and_runs_nothing():
    check_all_forms(FetchAnswer(sweeps=()))
    check_all_forms(FetchAnswer(sweeps=(fetched(), fetched(metrics=(), n_asked=0))))


def test_what_is_missing_is_said_and_counted():
    cut = fetched(n_incomplete=2, n_too_large=1, listed_all=False)
    answer = FetchAnswer(sweeps=(fetched(), cut))
    assert not answer.is_whole
    assert answer.to_frame()["is_whole"].tolist() == [True, False]
    text = " ".join(answer.to_text().split())
    assert "2 curves are incomplete" in text
    assert "left out as too large: 1 run" in text
    assert "more runs than it lists" in text
    assert answer.headline == "2 sweeps, 10 runs, 4 fetched"
