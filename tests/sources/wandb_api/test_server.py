"""What a server lists is bounded in length, and said to be short where it is."""

from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from tests.sources.wandb_api.hostile import edges, project
from wbtools.errors import DataError
from wbtools.sources.wandb_api.memory import LARGEST_SHARE, MemoryBudget
from wbtools.sources.wandb_api.server import Server

LONG = "x" * 5_000_000


@dataclass
class Pages:
    """A transport whose server says these answers, one after the other."""

    answers: list
    asked: list = field(default_factory=list)
    budget: MemoryBudget = field(default_factory=MemoryBudget)

    def ask(self, _document, variables, **_):
        # None of the shares before may still be held.
        shares = [self.budget.take(LARGEST_SHARE, self.complain) for _ in range(2)]
        shares.pop().release()
        self.asked.append(variables)
        return SimpleNamespace(data=self.answers[len(self.asked) - 1], share=shares.pop())

    def complain(self):
        msg = "a share is held while another is waited for"
        raise AssertionError(msg)


def runs_page(k, *, more, n_first=0, **facts):
    nodes = [{"name": f"r{k}", "state": "finished", **facts}]
    first = [{"name": f"r{k}-{j}", "config": "{}"} for j in range(n_first)]
    info = {"hasNextPage": more, "endCursor": str(k)}
    return project({"runs": edges(nodes, **info), "first": edges(first), "sweep": {"name": "s"}})


def listing(answers):
    return Server(Pages(answers)).listing("acme", "ocr", sweep="s", filters={})


def test_runs_are_looked_into_on_the_first_page_alone_and_only_a_few():
    found = listing([runs_page(k, more=k < 9, n_first=50) for k in range(10)])
    assert [run.run.id for run in found.looked_into] == ["r0-0", "r0-1", "r0-2", "r0-3"]
    assert len(found.runs) == 10


def test_long_texts_of_listed_runs_are_shortened_or_left_aside():
    found = listing(
        [
            runs_page(0, more=True, displayName=LONG, updatedAt=LONG),
            runs_page(1, more=False, displayName="short"),
        ]
    )
    assert [len(run.name) for run in found.runs] == [4_096, 5]
    assert len(found.runs[0].updated_at) == 4_096
    assert [run.id for run in listing([runs_page(1, more=False, name=LONG)]).runs] == []


@pytest.mark.parametrize("end", ["", None, 7])
def test_more_without_a_word_how_to_ask_for_it_is_an_incomplete_list(end):
    page = runs_page(0, more=True)
    page["project"]["runs"]["pageInfo"]["endCursor"] = end
    found = listing([page] * 3)
    assert (len(found.runs), found.complete) == (1, False)


def test_a_project_that_vanishes_between_pages_leaves_an_incomplete_list():
    found = listing([runs_page(0, more=True), project(None)] * 3)
    assert (len(found.runs), found.complete) == (1, False)


def sweeps_page(*names, more, cursor, config=""):
    nodes = [{"name": name, "config": config} for name in names]
    return project({"sweeps": edges(nodes, hasNextPage=more, endCursor=cursor)})


@pytest.mark.parametrize(
    "last",
    [
        sweeps_page("b", more=True, cursor=None),
        sweeps_page("a", more=True, cursor="2"),
        project(None),
    ],
    ids=["no cursor", "nothing new", "no project any more"],
)
def test_sweeps_that_are_not_all_listed_are_said_not_to_be(last):
    with pytest.raises(DataError, match=r"listed \d of the sweeps of acme/ocr, said that there"):
        Server(Pages([sweeps_page("a", more=True, cursor="1"), last])).sweeps("acme", "ocr")


def test_sweeps_are_listed_to_their_end_and_none_of_no_project():
    pages = [sweeps_page("a", more=True, cursor="1"), sweeps_page("b", more=False, cursor=None)]
    assert [sweep.name for sweep in Server(Pages(pages)).sweeps("acme", "ocr")] == ["a", "b"]
    assert Server(Pages([project(None)])).sweeps("acme", "ocr") is None


def test_configurations_of_sweeps_take_so_much_memory_and_no_more():
    pages = [sweeps_page(f"s{k}", more=True, cursor=f"{k}", config=LONG) for k in range(99)]
    transport = Pages(pages)
    with pytest.raises(DataError, match="texts of more than 67,108,864 characters"):
        Server(transport).sweeps("acme", "ocr")
    assert len(transport.asked) == 14


def test_projects_and_the_entity_hold_no_memory_while_more_is_asked_for():
    projects = {"models": edges([{"name": f"p{k}"} for k in range(300)] + [{"name": LONG}])}
    found = {"p0": {"sweep": {"name": "s"}}, "p1": {"sweep": None}, "p2": None}
    transport = Pages([projects, found, {"viewer": {"entity": "acme"}}])
    server = Server(transport)
    assert server.projects_with("acme", "s") == ["p0"]
    assert len(transport.asked[1]) == 2 + 100
    assert server.default_entity() == "acme"
