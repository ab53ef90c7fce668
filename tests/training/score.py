r"""Score projections on replayed sweeps, and compare methods in pairs.

A benchmark is a folder with `sweeps.jsonl.gz` (what users could see after each sweep) and
`truth.jsonl.gz` (what became of its runs). Predictions are files of one record a sweep.

    python -m tests.training.score run --data FOLDER --method catch-up --out catch-up.jsonl
    python -m tests.training.score run --data FOLDER --weights 'DIR/fold-{fold}.npz' --out out.jsonl
    python -m tests.training.score score --data dev=FOLDER --predictions dev:new=out.jsonl --by task
    python -m tests.training.score compare --data dev=FOLDER --data wild=FOLDER \
        --predictions dev:new=… dev:catch-up=… wild:new=… wild:catch-up=… --method new

`run` projects with the package's `Projector`: by the learned model of `--weights`, in whose name
`{fold}` stands for the fold of a sweep's task (`folds.py`), or else by the plain `--method`.
`score` writes a table of metrics, with a bootstrap over sweeps within tasks (5th and 95th
percentile); `--by` adds the parts. `compare` puts one method beside each other one on the same
draws of sweeps: better or worse beyond its interval means that the 90 % interval of the difference
excludes 0. With several benchmarks it ends with all tasks.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tests.training.folds import fold
from tests.training.score_draws import compare, score
from tests.training.score_metrics import Joined, join
from tests.training.score_run import read, run, write
from tests.training.score_tables import by_method, by_metric, by_part
from wbtools.analysis.projection import Method, Projector
from wbtools.app.model_weights import SHIPPED, load_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ALL = "all benchmarks"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Benchmark:
    """Replayed sweeps, their truth, and predictions by method."""

    folder: Path
    sweeps: list[dict]
    truth: list[dict]
    joined: dict[str, Joined]


def project_of(task: str) -> str:
    """The project that a task is from: its name up to the first `_`."""
    return task.partition("_")[0]


def lines_of(folder: Path, name: str) -> list[dict]:
    """`NAME.jsonl.gz` of a folder, or `NAME.jsonl`."""
    paths = [folder / f"{name}.jsonl.gz", folder / f"{name}.jsonl"]
    for path in paths:
        if path.is_file():
            return read(path)
    msg = f"{folder} holds neither {paths[0].name} nor {paths[1].name}"
    raise SystemExit(msg)


def benchmarks(
    data: Sequence[str], predictions: Sequence[str], *, allow_missing: bool = False
) -> dict[str, Benchmark]:
    """Read what `--data NAME=FOLDER` and `--predictions BENCHMARK:METHOD=FILE` name."""
    read_in = {}
    for name, folder in (_pair(words, "NAME=FOLDER") for words in data):
        sweeps, truth = (lines_of(Path(folder), part) for part in ("sweeps", "truth"))
        read_in[name] = Benchmark(folder=Path(folder), sweeps=sweeps, truth=truth, joined={})
    for key, file in (_pair(words, "BENCHMARK:METHOD=FILE") for words in predictions):
        name, colon, method = key.partition(":")
        if name not in read_in or not colon or not method:
            msg = f"{key}={file}: write BENCHMARK:METHOD=FILE, with a benchmark that --data names"
            raise SystemExit(msg)
        benchmark = read_in[name]
        benchmark.joined[method] = join(
            benchmark.sweeps, benchmark.truth, read(Path(file)), allow_missing=allow_missing
        )
    return read_in


def together(joined: Sequence[Joined]) -> Joined:
    """The sweeps of several benchmarks."""
    return Joined(
        sweeps=np.concatenate([each.sweeps for each in joined]),
        candidates=np.concatenate([each.candidates for each in joined]),
    )


def parts_of(joined: Joined, part_of: Callable[[str], str]) -> dict[str, Joined]:
    """The sweeps by a part that their tasks belong to."""
    rows: dict[str, list[np.ndarray]] = defaultdict(list)
    for task, of_task in joined.by_task().items():
        rows[part_of(task)].append(of_task)
    parts = {part: joined.take(np.concatenate(some)) for part, some in rows.items()}
    return {part: some for part, some in parts.items() if len(some.candidates)}


def run_command(given: argparse.Namespace) -> None:
    """Project each sweep, and write the records."""
    method = given.method or (Method.CATCH_UP if given.weights is None else Method.LEARNED)
    weights = given.weights or str(SHIPPED)
    by_fold = "{fold}" in weights

    def projector_of(sweep: Mapping) -> Projector:
        if method is not Method.LEARNED:
            return Projector(method=method)
        path = weights.replace("{fold}", str(fold(sweep["task"]))) if by_fold else weights
        return Projector(method=method, weights=load_weights(Path(path)))

    write(given.out, run(lines_of(given.data, "sweeps"), projector_of))


def score_command(given: argparse.Namespace) -> None:
    """Write tables of metrics."""
    kinds = {} if given.kinds is None else json.loads(given.kinds.read_text())
    part_of = {"task": str, "kind": lambda task: kinds.get(task, project_of(task))}
    answer: dict[str, dict] = {}
    found = benchmarks(given.data, given.predictions, allow_missing=given.allow_missing)
    for name, benchmark in found.items():
        scores = {method: score(joined, given.draws) for method, joined in benchmark.joined.items()}
        answer[name] = {
            method: {
                "overall": each.overall,
                "missing": int(benchmark.joined[method].sweeps["missing"].sum()),
                "by_task": each.by_task,
                "intervals": {metric: each.interval(metric) for metric in each.overall},
            }
            for method, each in scores.items()
        }
        print(f"\n{name}\n\n{by_method(scores)}")
        for part in given.by:
            for method, joined in benchmark.joined.items():
                parts = {
                    key: score(some, given.draws)
                    for key, some in parts_of(joined, part_of[part]).items()
                }
                print(f"\n{name}, {method}\n\n{by_part(part, parts)}")
    _keep(given.json, answer)


def compare_command(given: argparse.Namespace) -> None:
    """Write how a method differs from each other one."""
    answer: dict[str, dict] = {}
    found = {
        name: benchmark.joined
        for name, benchmark in benchmarks(given.data, given.predictions).items()
    }
    if len(found) > 1:
        everywhere = set.intersection(*(set(joined) for joined in found.values()))
        found[ALL] = {
            method: together([joined[method] for joined in found.values()])
            for method in next(iter(found.values()))
            if method in everywhere
        }
    for name, joined in found.items():
        chosen = given.method or next(iter(joined), None)
        if chosen not in joined:
            if name == ALL:
                continue
            msg = f"{name} has no predictions of {chosen!r}; it has {', '.join(joined) or 'none'}"
            raise SystemExit(msg)
        scores = {method: score(each, given.draws) for method, each in joined.items()}
        for other in (method for method in scores if method != chosen):
            differences = compare(scores[chosen], scores[other])
            answer.setdefault(name, {})[other] = [asdict(each) for each in differences]
            print(f"\n{name}\n\n{by_metric(chosen, other, differences)}")
            for method in (chosen, other):
                if share := scores[method].overall["abstain"]:
                    print(f"{method} does not rank in {100 * share:.0f} % of the sweeps")
    _keep(given.json, answer)


def _pair(words: str, form: str) -> tuple[str, str]:
    name, equals, rest = words.partition("=")
    if not name or not equals or not rest:
        msg = f"{words!r} is not of the form {form}"
        raise SystemExit(msg)
    return name, rest


def _keep(path: Path | None, answer: dict) -> None:
    if path is not None:
        path.write_text(json.dumps(answer, indent=1))


def add_inputs(parser: argparse.ArgumentParser, draws: int) -> None:
    """The options that say what is scored."""
    parser.add_argument("--data", action="append", required=True, metavar="NAME=FOLDER")
    parser.add_argument(
        "--predictions", nargs="+", required=True, metavar="BENCHMARK:METHOD=FILE", action="extend"
    )
    parser.add_argument("--draws", type=int, default=draws, help="draws of the bootstrap")


def main(words: Sequence[str] | None = None) -> None:
    """Run, score or compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    running = commands.add_parser("run", help="project each sweep of a benchmark")
    running.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    running.add_argument("--method", type=Method, choices=list(Method))
    running.add_argument("--weights", help="the learned model; may hold {fold}")
    running.add_argument("--out", type=Path, required=True)
    running.set_defaults(command=run_command)
    scoring = commands.add_parser("score", help="metrics of each method")
    add_inputs(scoring, 0)
    scoring.add_argument("--by", action="append", choices=["task", "kind"], default=[])
    scoring.add_argument("--kinds", type=Path, help="JSON object of task: kind; else the project")
    scoring.add_argument("--allow-missing", action="store_true")
    scoring.add_argument("--json", type=Path)
    scoring.set_defaults(command=score_command)
    comparing = commands.add_parser("compare", help="one method beside each other one, in pairs")
    add_inputs(comparing, 1000)
    comparing.add_argument("--method", help="the one that is compared; else the first")
    comparing.add_argument("--json", type=Path)
    comparing.set_defaults(command=compare_command)
    given = parser.parse_args(words)
    given.command(given)


if __name__ == "__main__":
    main(sys.argv[1:])
