"""`wbtools verify` with other seeds, and what it says to do next."""

import json
import re

from tests.cli import test_verify
from tests.cli.test_verify import replica
from wbtools.archive import keep_outcome
from wbtools.model import Verified

project = test_verify.project  # the fixture


def offered(result):
    return result.err.splitlines()[-1]


def test_with_other_seeds_nobody_asks_whether_it_is_the_same_run(wbtools, project):
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2,3")
    for k, gain in enumerate((0.0, 0.02, 0.01)):
        replica(project, [v + gain for v in (0.15, 0.3, 0.45, 0.5, 0.55)], seed=k + 1, at=10 + k)
    page = " ".join(wbtools("verify", ".", "--run", "1").out.split())
    assert "same run" not in page
    assert "3 replicas have another seed: no report has to equal the original's" in page
    assert page.count("another seed") == 4
    answer = json.loads(wbtools("verify", ".", "--run", "1", "--format", "json").out)
    assert [each["changed"] for each in answer["replicas"]] == [["seed"]] * 3
    # The first one has another seed and the original's reports: the program may not read it.
    assert [each["equals_despite_seed"] for each in answer["replicas"]] == [True, False, False]
    assert [each["n_compared"] for each in answer["replicas"]] == [3, 3, 3]
    assert answer["next"]["step"] == "look_at_program"
    assert answer["next"].keys() == {"step", "seeds", "n_seeds", "n_missing"}


def test_as_many_seeds_are_offered_as_were_said_to_be_needed(wbtools, project):
    words = ("--success", "0.6", "--acceptable", "0.56")
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2,3", *words)
    for k, last in enumerate((0.45, 0.54, 0.60)):
        replica(project, (0.15, 0.3, 0.45, 0.4, last), seed=k + 1, at=10 + k)
    result = wbtools("verify", ".", "--run", "1")
    assert result.code == 3
    said = re.findall(r"about (\d+) (?:seeds|of each) would", result.out, re.IGNORECASE)
    line = offered(result)
    n = max(int(number) for number in said if int(number) <= 50)
    assert f"{n} in all" in line
    seeds = line.split("--seeds ")[1].split()[0].split(",")
    assert len({*seeds, "1", "2", "3"}) == len(seeds) + 3 == n


def test_planned_replicas_come_before_more_of_them(wbtools, project):
    words = ("--success", "0.6", "--acceptable", "0.55")
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2,3", *words)
    replica(project, (0.15, 0.3, 0.45, 0.4, 0.45), seed=1)
    result = wbtools("verify", ".", "--run", "1")
    assert offered(result) == "Run the 2 replicas still missing, then verify again."


def test_a_replica_that_broke_off_is_not_waited_for(wbtools, project):
    words = ("--success", "0.6", "--acceptable", "0.55")
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2", *words)
    replica(project, (0.16, 0.3, 0.45, 0.5, 0.4), seed=1)
    replica(project, (0.15, 0.3), seed=2, at=11, code=1)
    result = wbtools("verify", ".", "--run", "1")
    line = "next, run again what broke off: wbtools replicate . --run 1 --seeds 2 | sh"
    assert (result.code, offered(result)) == (3, line)


def test_a_success_that_something_else_certainly_beats_says_so(wbtools, project):
    words = ("--success", "0.3", "--acceptable", "0.3")
    wbtools("replicate", ".", "--run", "1", "--program", "t.py", "--seeds", "1,2,3", *words)
    for k in range(3):
        replica(project, (0.15, 0.3, 0.31, 0.31, 0.31 + k / 1000), seed=k + 1, at=10 + k)
    result = wbtools("verify", ".", "--run", "1")
    better = "Take run 2, which is better with at least 95 % probability."
    assert (result.code, offered(result)) == (0, better)


def test_the_audit_says_of_a_run_that_was_verified_what_came_out(wbtools, home):
    audit = ("audit-terminations", "demo")
    assert "was run again" not in wbtools(*audit).err
    known = {"sweep": "t3xtur35", "run_id": "cdflcn5a", "verdict": "success", "n_replicas": 3}
    keep_outcome(home / "here", Verified(metric="val/acc", mean=0.57171, **known))
    result = wbtools(*audit, "--archive", "here", "--method", "learned")
    said, *lines = result.err.splitlines()
    assert said == "run 5 was run again already: success (3 replicas, mean 0.5717)"
    assert lines[-1] == "next: wbtools verify demo --run 5 --archive here"
    assert "was run again" not in wbtools(*audit, "--archive", "here", "-q").err
    hostile = {**known, "verdict": "\x1b[2Jsuccess"}
    keep_outcome(home / "here", Verified(metric="val/acc", mean=0.57171, **hostile))
    assert "\x1b" not in wbtools(*audit, "--archive", "here").err
    other = wbtools(*audit, "--archive", "here", "--rank-by", "train/loss:min")
    assert "was run again" not in other.err
