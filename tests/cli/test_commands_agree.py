"""One story: the same sweeps through every command, which must not contradict each other.

Which runs ran their course, which are censored, which is the best, and what a run is called.
"""

import functools
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

import wbtools as wbtools_package
from tests.benchmarks.courses.recording import write_sweep
from tests.benchmarks.courses.sweeps import draw_sweep

TESTS = Path(__file__).parents[1]
SEEDS, CASES = TESTS / "data" / "seeds", TESTS / "data" / "cases"
DEMO = Path(wbtools_package.__file__).parent / "demo" / "textures"
COMPLETIONS = ("full", "censored", "running", "failed", "unknown")
STATES = """\
id,name,state,lr,epochs,acc,reports
a,s-1,finished,0.1,4,0.70,4
b,s-2,killed,0.2,4,0.80,2
c,s-3,crashed,0.3,4,0.60,1
d,s-4,failed,0.4,4,0.50,3
e,s-5,running,0.5,4,0.65,2
f,s-6,finished,0.6,4,0.75,4
"""
NO_STATES = "id,lr,acc\n" + "".join(f"r{k},{k / 10},{0.5 + k / 100}\n" for k in range(1, 7))
SHORT_OF_UNKNOWN_END = "id,lr,epochs,reports,acc\n" + "".join(
    f"r{k},{k / 10},10,{reports},{0.5 + k / 100}\n"
    for k, reports in enumerate((10, 10, 7, 4, 10, 9), start=1)
)
TABLES = {"states": STATES, "no states": NO_STATES, "short": SHORT_OF_UNKNOWN_END}
ACC = ("--metric", "acc", "--goal", "maximize")
SWEEPS = {
    "the demo": ("demo", (), "hidden"),
    "published seeds": (
        SEEDS / "polsess_runs.csv",
        ("--metric", "best_si_sdr_db", "--goal", "maximize"),
        "group",
    ),
    "runs that stopped in a table": (
        SEEDS / "ocr_v5inrfwe_runs.csv",
        ("--metric", "val/hmean", "--goal", "maximize"),
        None,
    ),
    "a table with states": ("states", ACC, "lr"),
    "a table without states": ("no states", ACC, "lr"),
    "a table of unknown ends, some known to be short": ("short", ACC, "lr"),
    "runs that were preempted and resumed": (CASES / "bug-21" / "p", (), "lr"),
    "runs that stop themselves": (CASES / "bug-43" / "p", (), None),
    "runs that stop themselves, and no budget": (CASES / "bug-43" / "nobudget", (), None),
    "reports that depend on the batch size": (CASES / "bug-47" / "p", (), "learning_rate"),
    "other processes of a run": (CASES / "bug-23" / "ownid", (), "lr"),
    "runs that stop themselves, and a patience": (CASES / "bug-43" / "pat", (), None),
    "runs that stop themselves far from their configured end": (
        CASES / "wild-01",
        ("--metric", "val_err", "--goal", "minimize"),
        None,
    ),
    "a metric that is logged once": (
        CASES / "wild-13",
        ("--metric", "final_return", "--goal", "maximize"),
        None,
    ),
    "boosting rounds": (("boosting", 6, False), (), None),
    "boosting rounds, and Hyperband": (("boosting", 0, True), (), None),
    "a report an episode, and Hyperband": (("episodes", 0, True), (), None),
    "evaluation by steps, and Hyperband": (("steps", 11, True), (), None),
}
"""By what they are: where they lie, options, a parameter to group by. Three words are a draw of the
study `tests.benchmarks.courses`: kind, seed, whether there is a rule."""

SPLIT = [name for name, (_, _, group_by) in SWEEPS.items() if group_by is not None]
FOLDERS = [
    name
    for name, (reference, _, _) in SWEEPS.items()
    if reference == "demo" or isinstance(reference, tuple) or Path(reference).is_dir()
]


class Story:
    """What each command says of one sweep, asked when it is needed and once for all tests."""

    def __init__(self, wbtools, reference, options, group_by, known):
        self.group_by = group_by
        folder = DEMO if reference == "demo" else Path(reference)
        self.folder = folder if folder.is_dir() else None
        self._words = (reference, *options)
        self._wbtools, self._known = wbtools, known

    def _ask(self, command, *more):
        if (command, more) not in self._known:
            self._known[command, more] = self._wbtools(command, *self._words, *more, "-q")
        return self._known[command, more]

    def result(self, command, *more):
        return self._ask(command, *more, "--format", "json")

    def page(self, command, *more):
        """The text of an answer, with single spaces."""
        return " ".join(self._ask(command, *more).out.split())

    def script(self, *more):
        result = self._ask("replicate", *more)
        assert result.code == 0, result.err
        return result.out

    def answer(self, command, *more):
        result = self.result(command, *more)
        assert result.code in {0, 1}, result.err
        return json.loads(result.out)

    @functools.cached_property
    def audited(self):
        return self.answer("audit-terminations")["runs"]

    def counts(self, holds=bool):
        """How many runs came how far, by the audit."""
        found = Counter(run["completion"] for run in self.audited if holds(run))
        return {completion: found[completion] for completion in COMPLETIONS}


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Where the sweeps lie, and what the commands said of them so far, by their names."""
    folder = tmp_path_factory.mktemp("sweeps")

    def place(name):
        reference = SWEEPS[name][0]
        here = folder / str(list(SWEEPS).index(name))
        if isinstance(reference, tuple):
            kind, seed, with_rule = reference
            write_sweep(draw_sweep(kind, seed, with_rule=with_rule), here / "drawn")
            return here / "drawn", {}
        if reference in TABLES:
            here.mkdir()
            (here / "runs.csv").write_text(TABLES[reference])
            return here / "runs.csv", {}
        if isinstance(reference, Path) and reference.is_dir():
            return shutil.copytree(reference, here / "project"), {}
        return reference, {}

    return functools.cache(place)


@pytest.fixture(params=SWEEPS)
def story(request, wbtools, places):
    reference, known = places(request.param)
    _, options, group_by = SWEEPS[request.param]
    return Story(wbtools, reference, options, group_by, known)


WORDS = {"censored": "cut short", "failed": "failed", "running": "still running"}


def has_value(run):
    return run["best"] is not None


def test_rank_says_of_every_run_what_the_audit_says(story):
    ranking = story.answer("rank", "--limit", "0")
    assert ranking["n_by_completion"] == story.counts()
    audited = {run["run_id"]: run for run in story.audited}
    entries = ranking["configurations"]
    ranked = [run for e in entries for run in (*e["runs"], *e["runs_apart"], *e["copies"])]
    assert {run["run_id"] for run in ranked} == set(audited)
    for run in ranked:
        same = audited[run["run_id"]]
        for key in ("completion", "run_name", "run_number"):
            assert run[key] == same[key]
        assert run["values"][0] == pytest.approx(same["best"])
    in_a_mean = {run["run_id"] for entry in entries for run in entry["runs"]}
    counting = {
        run["run_id"]
        for run in story.audited
        if run["completion"] in {"full", "unknown"} and has_value(run)
    }
    copies = {run["run_id"] for entry in entries for run in entry["copies"]}
    assert in_a_mean | copies == counting
    page = story.page("rank")
    for completion, words in WORDS.items():
        n = ranking["n_by_completion"][completion]
        assert (f"{n} {words}" in page) == bool(n)


def test_where_no_end_is_known_the_audit_denies_nothing(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text(NO_STATES)
    page = " ".join(wbtools("audit-terminations", table, *ACC).out.split())
    assert "Nobody can tell: nothing says whether any run was stopped before its time." in page
    assert "No run was stopped" not in page


@pytest.mark.parametrize(
    ("states", "said"),
    [
        (["finished", "unknown"], "1 run was stopped before its time."),
        (["finished", "unknown", "unknown"], "2 runs were stopped before their time."),
    ],
)
def test_runs_of_unknown_end_are_one_or_several(wbtools, tmp_path, states, said):
    table = tmp_path / "runs.csv"
    rows = "".join(f"r{k},{state},{k},0.{k}\n" for k, state in enumerate(states))
    table.write_text(f"id,state,lr,acc\n{rows}")
    page = " ".join(wbtools("audit-terminations", table, *ACC).out.split())
    assert f"Nobody can tell: nothing says whether {said}" in page


def test_means_over_all_runs_say_whom_that_is_unfair_to(wbtools, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text(STATES.replace("0.3,", "0.2,").replace("0.6,", "0.1,"))
    split = ("--group-by", "lr", "--stopped", "as-is")
    page = " ".join(wbtools("compare", table, *ACC, *split).out.split())
    assert "Means take them at what they reached, which is unfair to a side" in page


@pytest.mark.parametrize("story", SPLIT, indirect=True)
def test_compare_says_the_same(story):
    sides = story.answer("compare", "--group-by", story.group_by)["sides"]
    total = Counter()
    for side in sides:
        total.update(side["n_by_completion"])
        n = side["n_by_completion"]
        assert side["n_completed"] == n["full"]
        assert side["n_ended"] == n["full"] + n["censored"] + n["failed"]
    page = story.page("compare", "--group-by", story.group_by)
    assert bool(re.search("they count as full runs|it counts as a full run", page)) == bool(
        total["unknown"]
    )
    assert {completion: total[completion] for completion in COMPLETIONS} == story.counts()
    best = max(story.audited, key=lambda run: -(run["rank"] or len(story.audited) + 1))
    leading = [side["best_run_id"] for side in sides if side["best_run_id"] is not None]
    values = {run["run_id"]: run["best"] for run in story.audited}
    assert best["best"] in {values[run_id] for run_id in leading}


@pytest.mark.usefixtures("small_forests")
def test_importance_says_the_same(story):
    found = story.answer("importance")
    counts = story.counts(has_value)
    assert found["n_by_completion"] == counts
    censored = counts["censored"] + counts["running"] + counts["failed"]
    assert found["n_projected"] + found["n_bounds"] == censored
    page = story.page("importance")
    for completion, words in WORDS.items():
        said = re.search(rf"\b{counts[completion]} {words}\b", page)
        assert (said is not None) == bool(counts[completion])


def test_the_doctor_says_the_same(story):
    assert story.answer("doctor")["n_by_completion"] == story.counts()


def test_simulate_says_the_same_or_says_why_it_cannot(story):
    result = story.result("simulate", "--orders", "2", "--rule", "none")
    if story.folder is None:
        assert (result.code, "holds no curves of" in result.err) == (3, True)
        return
    assert result.code == 0, result.err
    (sweep,) = json.loads(result.out)["sweeps"]
    with_reports = story.counts(lambda run: run["n_reports"] or run["n_nonfinite"])
    assert sweep["n_by_completion"] == with_reports


def test_a_run_is_called_the_same_by_the_audit_and_by_replicate(story):
    best = next(run for run in story.audited if run["rank"] == 1)
    number = best["run_id"] if best["run_number"] is None else str(best["run_number"])
    (zoomed,) = story.answer("audit-terminations", "--run", number)["runs"]
    assert zoomed["run_id"] == best["run_id"]
    words = ("--program", "train.py", "--style", "argparse")
    scripts = [story.script("--run", name, *words) for name in (number, "best")]
    assert scripts[0] == scripts[1]
    assert best["run_id"] in scripts[0]


@pytest.mark.parametrize("story", FOLDERS, indirect=True)
def test_verify_says_of_a_replica_what_an_audit_of_it_says(story):
    # No rule stops replicas, so an exit code that is a program's way of obeying one is a failure.
    ended_early = {"censored": "ended early", "failed": "ended early"}
    audited = {run["run_id"]: run["completion"] for run in story.audited}
    best = next(run for run in story.audited if run["rank"] == 1)
    result = story.result("verify", "--run", best["run_id"], "--replica", story.folder)
    replicas = {run["run_id"]: run["completion"] for run in json.loads(result.out)["replicas"]}
    assert {run_id: ended_early.get(word, word) for run_id, word in replicas.items()} == {
        run_id: ended_early.get(word, word) for run_id, word in audited.items()
    }
