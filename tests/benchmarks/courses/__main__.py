"""The study: `python -m tests.benchmarks.courses --half dev|held-out`.

Draws sweeps of small programs, runs them, writes their files, audits these as the command does, and
prints a Markdown table: of how many runs it said confidently what is not true, of how many it could
not say how they ended, and how many runs that ran their course it promised as gems where nothing
was stopped. `--show KIND` lists those runs with their reasons. Half of the draws, `held-out`, is
only looked at when the work on the audit is over.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import traceback
from pathlib import Path

import wbtools
from tests.benchmarks.courses.recording import write_sweep
from tests.benchmarks.courses.scoring import Score, score_sweep, table, what_was_said
from tests.benchmarks.courses.sweeps import KINDS, RecordedSweep, draw_sweep

N_DRAWS = 12
HALVES = {"dev": range(N_DRAWS), "held-out": range(N_DRAWS, 2 * N_DRAWS)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--half", choices=HALVES, default="dev")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only such sweeps")
    parser.add_argument("--show", choices=KINDS, help="list what was wrong or unknown of a kind")
    parser.add_argument("--without-sdk", action="store_true", help="record nothing by W&B's SDK")
    arguments = parser.parse_args()
    groups: dict[tuple[str, ...], list[list[Score]]] = {}
    n_refused = 0
    with tempfile.TemporaryDirectory() as name:
        for kind in arguments.kind or ([arguments.show] if arguments.show else KINDS):
            for with_rule in (False, True):
                for sweep in _drawn(
                    kind, arguments.half, with_rule=with_rule, by_sdk=not arguments.without_sdk
                ):
                    title = f"{sweep.id} {sweep.rule or 'no rule'}"
                    try:
                        write_sweep(sweep, Path(name) / sweep.id)
                        scores = score_sweep(sweep, Path(name) / sweep.id)
                    except wbtools.WbtoolsError:
                        n_refused += 1
                        print(f"{title}: {traceback.format_exc(limit=0)}", file=sys.stderr)
                        continue
                    groups.setdefault(_words(sweep), []).append(scores)
                    if arguments.show == kind:
                        print(what_was_said(title, scores), flush=True)
    print(table(dict(sorted(groups.items(), key=lambda item: _place(item[0])))))
    print(f"\n{n_refused} sweeps were refused.")


def _drawn(kind: str, half: str, *, with_rule: bool, by_sdk: bool) -> list[RecordedSweep]:
    seeds = HALVES[half]
    sweeps = [draw_sweep(kind, seed, with_rule=with_rule) for seed in seeds]
    if by_sdk:
        sweeps.append(draw_sweep(kind, seeds[0], with_rule=with_rule, by_sdk=True))
    return sweeps


def _place(words: tuple[str, ...]) -> tuple[int, bool, str]:
    kind, rule, file = words
    return list(KINDS).index(kind), rule != "none", file


def _words(sweep: RecordedSweep) -> tuple[str, ...]:
    return (
        sweep.kind,
        "none" if sweep.rule is None else "hyperband",
        "beside it" if sweep.file else "missing",
    )


if __name__ == "__main__":
    main()
