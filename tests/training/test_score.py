"""The score tool: figures of a known scorer, cases counted by hand, comparisons that can lose."""

import gzip
import json
import math
import random
from dataclasses import replace

import numpy as np
import pytest

from tests.benchmarks import gem_table
from tests.training import score as command
from tests.training import score_run
from tests.training.score_draws import BETTER, NOT_WORSE, UNKNOWN, WORSE, compare, draws, score
from tests.training.score_metrics import (
    auc,
    average_precision,
    calibration_error,
    join,
    macro,
    poisson_interval,
)
from tests.training.score_tables import gem_cells, number
from wbtools.analysis.projection import Projector
from wbtools.app.model_weights import load_weights

N_SWEEPS, N_RUNS, BUDGET = 4, 9, 6
GOALS = {"a_loss": ("minimize", "log"), "b_score": ("maximize", "none")}


def benchmark() -> tuple[list[dict], list[dict]]:
    """Eight small sweeps of two tasks, and their truth; the same on every machine."""
    rng = random.Random(4)  # noqa: S311 - no secrets here
    sweeps, truth = [], []
    for task, (goal, transform) in GOALS.items():
        sign = 1.0 if goal == "minimize" else -1.0
        for k in range(N_SWEEPS):
            runs, actual, gaps, finals = [], {}, [], []
            for r in range(N_RUNS):
                end = 0.2 + rng.random()
                curve = [sign * (end + 2 * rng.random() / (t + 1)) for t in range(BUDGET)]
                n = BUDGET if r < 3 else rng.randint(1, BUDGET - 1)
                state = "finished" if r < 3 else "killed" if r == 4 else "stopped"
                best = sign * min(sign * value for value in curve)
                seen = sign * min(sign * value for value in curve[:n])
                gaps += [abs(seen - best)] if r >= 3 else []
                finals += [sign * best] if r < 3 else []
                runs.append(
                    {
                        "run_id": f"r{r}",
                        "config": {"lr": 0.1 / (r + 1)},
                        "state": state,
                        "history": curve[:n],
                    }
                )
                actual[f"r{r}"] = {"best": best}
            bar = min(finals)
            for run in runs:
                found = actual[run["run_id"]]
                found["gem"] = int(run["state"] != "finished" and sign * found["best"] < bar)
            name = f"{task}{k}"
            sweeps.append(
                {"sweep_id": name, "task": task, "goal": goal, "budget": BUDGET, "runs": runs}
            )
            truth.append(
                {
                    "sweep_id": name,
                    "scale": sum(gaps) / len(gaps),
                    "transform": transform,
                    "best_finished": sign * bar,
                    "best_all": sign * min(sign * entry["best"] for entry in actual.values()),
                    "runs": actual,
                }
            )
    return sweeps, truth


SWEEPS, TRUTH = benchmark()


def candidates(sweep: dict) -> list[dict]:
    return [run for run in sweep["runs"] if run["state"] in {"stopped", "killed"}]


def guesses(seed: int = 7) -> list[dict]:
    """Records of a method that knows little: some with quantiles, some with equal P(gem)."""
    rng = random.Random(seed)  # noqa: S311 - no secrets here
    records = []
    for sweep, actual in zip(SWEEPS, TRUTH, strict=True):
        predictions = {}
        for run in candidates(sweep):
            middle = actual["runs"][run["run_id"]]["best"] + rng.uniform(-0.3, 0.3)
            low, high = middle - 0.4 * rng.random(), middle + 0.4 * rng.random()
            prediction = {
                "p_gem": round(rng.random() / 2, 1),
                "mean": middle,
                "lo90": low,
                "hi90": high,
            }
            if rng.random() < 0.5:
                prediction["q"] = {"0.1": low, "0.5": middle, "0.9": high}
            predictions[run["run_id"]] = prediction
        records.append({"sweep_id": sweep["sweep_id"], "seconds": 0.25, "predictions": predictions})
    return records


def oracle() -> list[dict]:
    """Records of a method that knows the future."""
    return [
        {
            "sweep_id": sweep["sweep_id"],
            "predictions": {
                run["run_id"]: {
                    "p_gem": float(actual["runs"][run["run_id"]]["gem"]),
                    **dict.fromkeys(
                        ("mean", "lo90", "hi90"), actual["runs"][run["run_id"]]["best"]
                    ),
                }
                for run in candidates(sweep)
            },
        }
        for sweep, actual in zip(SWEEPS, TRUTH, strict=True)
    ]


RECORDED = {
    "sweeps": 8.0,
    "cand": 48.0,
    "gems": 9.0,
    "base": 0.1875,
    "mae": 0.7293906366958882,
    "medae": 0.5404633797832852,
    "mae_top": 1.4201211840197947,
    "crps": 0.5805473857441663,
    "cov90": 0.6041666666666666,
    "width90": 1.1682972256055413,
    "wis90": 5.718987843047543,
    "cov90_top": 0.5277777777777778,
    "gem_sweeps": 5.0,
    "auc": 0.6145833333333333,
    "ap": 0.628125,
    "p@3": 0.3611111111111111,
    "hit@3": 0.8333333333333333,
    "recall@5": 1.0,
    "recall@5micro": 1.0,
    "rescue@3": 0.754121115258743,
    "auc_pool": 0.6590608465608466,
    "ap_pool": 0.35520451770451766,
    "logloss": 0.4785583826031852,
    "brier": 0.16041666666666668,
    "ece": 0.10416666666666666,
    "gems_pred": 13.4,
    "llskill": 0.00832857319496949,
    "bss": -0.052991452991453025,
    "gem_ratio": 1.4888888888888892,
    "sec": 0.25,
}
RECORDED_BY_TASK = {
    "a_loss": {
        "cand": 24,
        "gems": 3,
        "base": 0.125,
        "ece": 0.14166666666666666,
        "gems_pred": 6.0,
        "auc_pool": 0.7301587301587302,
        "ap_pool": 0.4047619047619047,
        "rescue@3": 0.5175250384785285,
        "wis90": 8.517649212697428,
    },
    "b_score": {
        "cand": 24,
        "gems": 6,
        "base": 0.25,
        "ece": 0.18333333333333335,
        "gems_pred": 7.4,
        "auc_pool": 0.587962962962963,
        "ap_pool": 0.3056471306471306,
        "rescue@3": 0.9907171920389575,
        "wis90": 2.920326473397658,
    },
}


def test_figures_are_those_of_the_scorer_that_was_in_use_before():
    overall, by_task = macro(join(SWEEPS, TRUTH, guesses()))
    assert {name: overall[name] for name in RECORDED} == pytest.approx(RECORDED, abs=1e-12)
    for task, figures in RECORDED_BY_TASK.items():
        found = {name: by_task[task][name] for name in figures}
        assert found == pytest.approx(figures, abs=1e-12)


def test_who_knows_the_future_has_nothing_left_to_gain():
    overall, _ = macro(join(SWEEPS, TRUTH, oracle()))
    for name in ("mae", "medae", "crps", "wis90", "width90", "ece", "brier"):
        assert overall[name] == pytest.approx(0, abs=1e-9), name
    for name in ("cov90", "auc", "ap", "hit@3", "recall@5", "rescue@3", "gem_ratio", "bss"):
        assert overall[name] == pytest.approx(1), name


def test_no_further_gain_has_an_error_of_one():
    joined = join(SWEEPS, TRUTH, [], allow_missing=True)
    plain = joined.take(np.flatnonzero(joined.sweeps["task"] == "b_score"))
    assert macro(plain)[0]["mae"] == pytest.approx(1, abs=0.05)
    assert macro(plain)[0]["gems_pred"] == 0
    assert joined.sweeps["missing"].sum() == N_SWEEPS * 2 * (N_RUNS - 3)
    with pytest.raises(SystemExit, match="no usable prediction for run r3"):
        join(SWEEPS, TRUTH, [])
    broken = oracle()
    broken[0]["predictions"]["r3"]["hi90"] = math.nan
    with pytest.raises(SystemExit, match="sweep a_loss0"):
        join(SWEEPS, TRUTH, broken)


def test_small_cases_by_hand():
    gem = np.array([True, False, True, False])
    assert auc(np.array([3.0, 2.0, 2.0, 1.0]), gem) == (1 + 1 + 0.5 + 1) / 4
    assert math.isnan(auc(np.ones(2), np.array([True, True])))
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), gem) == (1 + 2 / 3) / 2
    tied = (1 + 1 + 1 / 3 + 1 / 2) / 4
    assert average_precision(np.ones(4), gem) == pytest.approx(tied)
    assert calibration_error(np.array([0.1, 0.1, 0.9, 0.9]), gem, 2) == pytest.approx(0.4)
    assert poisson_interval(4) == (1, 8)
    assert poisson_interval(0) == (0, 0)
    assert gem_cells(9, 4.0) == ["9", "4 (1 to 8)", "more"]
    assert [number(x) for x in (0.126, -0.5, 0.0512, 1.5, -1e-9, math.nan)] == [
        *(".13", "-.50", ".051", "1.50", ".000", "-"),
    ]


def test_a_method_beside_itself_is_nowhere_better_or_worse():
    scores = score(join(SWEEPS, TRUTH, guesses()), 30)
    differences = compare(scores, scores)
    assert len(differences) > 15
    for each in differences:
        assert each.verdict == NOT_WORSE
        assert (each.difference, each.low, each.high, each.share_better) == (0, 0, 0, 0)


def test_a_comparison_knows_which_way_each_metric_is_better():
    known, guessed = (score(join(SWEEPS, TRUTH, records), 60) for records in (oracle(), guesses()))
    verdicts = {each.metric: each for each in compare(known, guessed)}
    back = {each.metric: each for each in compare(guessed, known)}
    for name in ("mae", "crps", "wis90", "ap", "llskill", "brier", "gem_ratio"):
        assert (verdicts[name].verdict, back[name].verdict) == (BETTER, WORSE), name
        assert verdicts[name].share_better == 1
        assert back[name].difference == -verdicts[name].difference
    assert verdicts["mae"].high < 0 < verdicts["ap"].low
    assert "hit@3_ranked" not in verdicts
    # An interval that always holds is as far from nine in ten as one that holds eight in ten.
    names = {**guessed.overall, "cov90": 0.8}
    wide = replace(known, overall={**known.overall, "cov90": 1.0})
    (coverage,) = [
        each for each in compare(wide, replace(guessed, overall=names)) if each.metric == "cov90"
    ]
    assert coverage.difference == pytest.approx(0)
    with pytest.raises(ValueError, match="same draws"):
        compare(known, score(join(SWEEPS, TRUTH, guesses()), 5))


def test_sweeps_are_drawn_within_their_task():
    joined = join(SWEEPS, TRUTH, guesses())
    for rows in draws(joined, 20):
        assert sorted(joined.sweeps["task"][rows].tolist()) == sorted(joined.sweeps["task"])
    twice = joined.take(np.array([2, 5, 2]))
    n = joined.sweeps["n"]
    before = int(n[:2].sum())
    first = joined.candidates[before : before + int(n[2])]
    assert twice.candidates[: int(n[2])].tolist() == first.tolist()
    assert twice.candidates[-int(n[2]) :].tolist() == first.tolist()


def test_abstention_is_counted_and_what_is_left_scored_apart():
    records = guesses()
    joined = join(SWEEPS, TRUTH, records)
    has_gem = joined.sweeps["gems"] > 0
    missed = [k for k in np.flatnonzero(has_gem) if not joined.sweeps["hit@3"][k]]
    assert 0 < len(missed) < has_gem.sum()
    for k in missed:
        records[k]["can_rank"] = False
    scores = score(join(SWEEPS, TRUTH, records), 20)
    overall = scores.overall
    assert overall["abstain"] == len(missed) / len(SWEEPS)
    assert overall["hit@3_ranked"] == 1 > overall["hit@3"]
    assert overall["rescue@3_ranked"] > overall["rescue@3"]
    plain = score(join(SWEEPS, TRUTH, guesses()), 20)
    compared = {each.metric: each for each in compare(scores, plain)}
    assert compared["hit@3"].difference == 0
    assert compared["hit@3_ranked"].difference > 0
    silent = score(join(SWEEPS, TRUTH, [{**each, "can_rank": False} for each in records]), 20)
    unknown = {each.metric: each.verdict for each in compare(silent, plain)}
    assert unknown["hit@3_ranked"] == UNKNOWN
    assert unknown["hit@3"] == NOT_WORSE


def test_a_sweep_that_an_audit_cannot_rank_counts_as_abstained():
    """Rewards that rise alike in all runs, with so much noise that report 3 says nothing."""
    drawn = np.random.default_rng(3).normal(size=(80, 20)) + 6 * np.arange(20) / 20
    runs = [
        {
            "run_id": f"r{k}",
            "config": {},
            "state": "finished" if k % 2 else "stopped",
            "history": curve.tolist() if k % 2 else curve[:3].tolist(),
        }
        for k, curve in enumerate(drawn)
    ]
    sweep = {"sweep_id": "s", "goal": "maximize", "budget": 20, "runs": runs}
    projections = score_run.project(sweep, Projector())
    assert len(projections) == 40
    assert not score_run.can_rank(sweep, replace(projections, by_row={}))
    for p_gems, ranks in (([0.1, 0.1], False), ([0.02, 0.4], True)):
        changed = {
            row: replace(best, p_gem=p_gems[row // 2 % 2]) for row, best in projections.items()
        }
        assert score_run.can_rank(sweep, replace(projections, by_row=changed)) == ranks


@pytest.fixture
def folder(tmp_path):
    for name, lines in (("sweeps", SWEEPS), ("truth", TRUTH)):
        with gzip.open(tmp_path / f"{name}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return tmp_path


def test_the_commands_run_score_and_compare(folder, capsys, monkeypatch):
    catch_up, last = folder / "catch-up.jsonl", folder / "last.jsonl"
    for method, out in (("catch-up", catch_up), ("last", last)):
        command.main(["run", "--data", str(folder), "--method", method, "--out", str(out)])
    records = [json.loads(line) for line in catch_up.read_text().splitlines()]
    assert [record["sweep_id"] for record in records] == [sweep["sweep_id"] for sweep in SWEEPS]
    assert all(record["can_rank"] and len(record["predictions"]) == 6 for record in records)
    inputs = ["--data", f"one={folder}", "--data", f"two={folder}", "--predictions"]
    inputs += [f"{name}:{method}={folder / method}.jsonl" for name in ("one", "two")
               for method in ("catch-up", "last")]  # fmt: skip
    command.main(["score", *inputs, "--by", "task", "--by", "kind", "--json", str(folder / "s")])
    text = capsys.readouterr().out
    assert "| macro over tasks | catch-up | last |" in text
    assert "| a_loss | 4 | 24 |" in text
    assert "| a | 4 | 24 |" in text
    kept = json.loads((folder / "s").read_text())["one"]["last"]
    assert kept["overall"]["mae"] == macro(join(SWEEPS, TRUTH, command.read(last)))[0]["mae"]
    words = ["compare", *inputs, "--method", "last", "--draws", "20", "--json", str(folder / "c")]
    command.main(words)
    compared = json.loads((folder / "c").read_text())
    assert list(compared) == ["one", "two", command.ALL]
    verdicts = {each["metric"]: each["verdict"] for each in compared["one"]["catch-up"]}
    assert verdicts["cov90"] == WORSE
    assert f"| {WORSE} |" in capsys.readouterr().out
    page = folder / "page.md"
    page.write_text("".join(f"<!-- table: {name} -->\nold\n<!-- end -->\n\nkept\n" for name in
                            ("gems", "tasks", "widths")))  # fmt: skip
    monkeypatch.setattr(gem_table, "HOW_SURE", page)
    gem_table.main([*inputs, "--draws", "5"])
    written = page.read_text()
    assert written.count("**one**") == written.count("**two**") == written.count("kept") == 3
    assert "\nold\n" not in written
    assert "| macro over 2 tasks | catch-up | last |" in written


def test_a_sweep_is_projected_by_the_model_that_was_fitted_without_its_fold(folder, monkeypatch):
    tasks = ("parity_mlp", "s46_g65_reward_200")
    lines = [{**sweep, "task": task} for sweep, task in zip(SWEEPS, tasks, strict=False)]
    with gzip.open(folder / "sweeps.jsonl.gz", "wt") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    shipped, asked = load_weights(), []
    monkeypatch.setattr(command, "load_weights", lambda path: asked.append(path.name) or shipped)
    words = ["--data", str(folder), "--weights", "DIR/fold-{fold}.npz", "--out", str(folder / "o")]
    command.main(["run", *words])
    assert asked == ["fold-4.npz", "fold-3.npz"]
    assert len(command.read(folder / "o")) == 2


def test_the_commands_say_what_they_lack(folder):
    for words, complaint in (
        (["score", "--data", "one", "--predictions", "x"], "NAME=FOLDER"),
        (["score", "--data", f"one={folder}", "--predictions", "two:x=y"], "BENCHMARK:METHOD=FILE"),
        (["run", "--data", str(folder / "none"), "--out", "x"], "holds neither sweeps.jsonl.gz"),
    ):
        with pytest.raises(SystemExit, match=complaint):
            command.main(words)
