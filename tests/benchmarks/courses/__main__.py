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
from typing import TYPE_CHECKING

import wbtools
from tests.benchmarks.courses.recording import write_sweep
from tests.benchmarks.courses.scoring import Score, score_sweep, table, what_was_said
from tests.benchmarks.courses.sweeps import KINDS, RecordedSweep, draw_sweep

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

N_DRAWS = 12
HALVES = {"dev": range(N_DRAWS), "held-out": range(N_DRAWS, 2 * N_DRAWS)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--half", choices=HALVES, default="dev")
    parser.add_argument("--kind", choices=KINDS, action="append", help="only such sweeps")
    parser.add_argument("--show", choices=KINDS, help="list what was wrong or unknown of a kind")
    parser.add_argument("--without-sdk", action="store_true", help="record nothing by W&B's SDK")
    arguments = parser.parse_args()
    kinds = arguments.kind or ([arguments.show] if arguments.show else KINDS)
    groups: dict[tuple[str, ...], list[list[Score]]] = {}
    n_refused = 0
    with tempfile.TemporaryDirectory() as name:
        for sweep in _drawn(kinds, HALVES[arguments.half], by_sdk=not arguments.without_sdk):
            scores = _scored(sweep, Path(name) / sweep.id)
            if scores is None:
                n_refused += 1
                continue
            groups.setdefault(_words(sweep), []).append(scores)
            if arguments.show == sweep.kind:
                print(what_was_said(_title(sweep), scores), flush=True)
    print(table(dict(sorted(groups.items(), key=lambda item: _place(item[0])))))
    print(f"\n{n_refused} sweeps were refused.")


def _drawn(kinds: Iterable[str], seeds: range, *, by_sdk: bool) -> Iterator[RecordedSweep]:
    """Draw the sweeps of some kinds, without a rule and with one; `by_sdk` adds one to each."""
    for kind in kinds:
        for with_rule in (False, True):
            for seed in seeds:
                yield draw_sweep(kind, seed, with_rule=with_rule)
            if by_sdk:
                yield draw_sweep(kind, seeds[0], with_rule=with_rule, by_sdk=True)


def _scored(sweep: RecordedSweep, folder: Path) -> list[Score] | None:
    """Write and audit a sweep; None where the audit refuses it, which is told on stderr."""
    try:
        write_sweep(sweep, folder)
        return score_sweep(sweep, folder)
    except wbtools.WbtoolsError:
        print(f"{_title(sweep)}: {traceback.format_exc(limit=0)}", file=sys.stderr)
        return None


def _title(sweep: RecordedSweep) -> str:
    return f"{sweep.id} {sweep.rule or 'no rule'}"


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
