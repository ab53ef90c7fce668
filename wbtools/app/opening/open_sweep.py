"""Open what the user calls SWEEP."""

from __future__ import annotations

from importlib import resources
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from wbtools.analysis.ranking.configurations import varying
from wbtools.app.opening.here import with_fetched_names
from wbtools.app.opening.on_disk import LocalSource, TableSource
from wbtools.app.opening.open_named import open_named
from wbtools.app.opening.reference import DEMO, Reference, parse_reference
from wbtools.app.opening.where_looked import absent
from wbtools.errors import DataError, UsageError
from wbtools.sources.local import sweeps
from wbtools.sources.local.folder_walk import may_hold_runs
from wbtools.sources.tables.chart_sweep import charts_in, read_charts
from wbtools.sources.tables.exported import read_exported
from wbtools.text.numbers import count

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.opening.session import Session
    from wbtools.app.opening.source import SweepSource
    from wbtools.model import Run
    from wbtools.sources.local.kept_reads import KeptReads
    from wbtools.sources.local.sweeps import LocalSweep

_DEMO_FOLDER = "textures"
_MOST_LOOKED_INTO = 500
"""Run files that are read to tell which sets of runs there are outside sweeps."""
_NO_PROGRAM = "<"
"""So begins what the SDK writes where there is none, as in `<python with no main file>`."""
_MOST_SETS = 3
_MOST_NAMES = 4


def open_sweep(text: str, session: Session, *, takes_selection: bool = False) -> SweepSource:
    """Find the sweep that a reference means.

    Args:
        text: What the user typed.
        session: How to reach W&B's servers, if that is where it is.
        takes_selection: Whether the command takes runs outside sweeps by options, which are named
            where there is no sweep.

    Raises:
        UsageError: It names nothing that exists, or several sweeps.
        SignInError: It is nowhere here, and there are no credentials for its server.
        DataError: What it names cannot be read or reached, or holds no sweep.
    """
    reference, again = parse_reference(text), text
    if reference.is_called:
        source, again = open_named(reference, session)
    else:
        source = _find(reference, session, takes_selection=takes_selection)
    session.opened.append(again)
    return source


def _find(reference: Reference, session: Session, *, takes_selection: bool) -> SweepSource:
    if reference.is_demo:
        folder = Path(str(resources.files("wbtools.demo"))) / _DEMO_FOLDER
        return LocalSource(_only(sweeps.find_sweeps(folder), DEMO, None), DEMO, session.kept_reads)
    if reference.path is None:
        raise absent(reference, session)
    if reference.table is not None:
        session.observer.stage("reading the table")
        return TableSource(
            read_exported(reference.table, reference.sweep_id), reference.table.parent
        )
    charts = charts_in(reference.path) if reference.path.is_dir() else []
    if charts and not may_hold_runs(reference.path):
        return TableSource(read_charts(charts, reference.sweep_id), reference.path)
    on_file = session.observer.stage("looking for runs")
    found = sweeps.find_sweeps(reference.path, on_file=on_file)
    if takes_selection and not any(sweep.sweep_id for sweep in found):
        raise _no_sweep(found, reference.path_text, _outside_sweeps(found, session.kept_reads))
    sweep = _only(found, reference.path_text, reference.sweep_id)
    return LocalSource(with_fetched_names(sweep, session), reference.text, session.kept_reads)


def _only(found: Sequence[LocalSweep], text: str, sweep_id: str | None) -> LocalSweep:
    sweeps = [sweep for sweep in found if sweep.sweep_id is not None]
    if not sweeps:
        raise _no_sweep(found, text)
    names = [f"{text}#{sweep.sweep_id} ({count(sweep.n_runs, 'run')})" for sweep in sweeps]
    if sweep_id is not None:
        match = [sweep for sweep in sweeps if sweep.sweep_id == sweep_id]
        lost = sweeps[0].lost_sweeps.get(sweep_id)
        if not match and lost:
            left = count(len(lost), "configuration")
            msg = (
                f"no run file of the sweep {sweep_id} lies in {text}, only {left} that agents took"
            )
            raise DataError(
                msg,
                "their programs ended before W&B began, or the runs were moved or deleted here;"
                f" else it has {', '.join(names)}",
            )
        if not match:
            msg = f"no sweep {sweep_id!r} in {text}"
            raise UsageError(msg, f"it has {', '.join(names)}")
        return match[0]
    if len(sweeps) > 1:
        msg = f"{text} holds {len(sweeps)} sweeps"
        raise UsageError(msg, f"name one: {', '.join(names)}")
    return sweeps[0]


def _no_sweep(found: Sequence[LocalSweep], text: str, way_out: str = "") -> DataError:
    n_runs = sum(sweep.n_runs for sweep in found)
    n_silent = len({file.path for sweep in found for file in sweep.unidentified})
    who = "the run" if n_runs == 1 else f"none of the {n_runs} runs"
    known = "is not known" if n_runs == 1 else "is known"
    msg = f"{who} in {text} {known} to belong to a sweep"
    why = (
        "runs of `wandb agent` carry their sweep's id; a run that is killed in its first 15 "
        "seconds leaves an empty file"
    )
    return DataError(
        f"{msg}; {n_silent} run files hold nothing that would tell" if n_silent else msg,
        f"{way_out}; {why}" if way_out else why,
    )


def _outside_sweeps(found: Sequence[LocalSweep], kept: KeptReads | None) -> str:
    """How runs outside sweeps are taken, and which sets of them there are, by their programs."""
    way_out = (
        "take them with --all, or some with --group, --tag or --filter, and add --metric "
        "NAME:max or NAME:min where runs are judged"
    )
    files = [file for sweep in found for file in sweep.files]
    if len(files) > _MOST_LOOKED_INTO:
        return way_out
    by_program: dict[str, list[Run]] = {}
    for sweep in found:
        for run in sweeps.load(sweep, (), with_summary=False, kept=kept).runs:
            if run.program is not None and not run.program.startswith(_NO_PROGRAM):
                by_program.setdefault(PurePath(run.program).name, []).append(run)
    sets = [
        f"{count(len(runs), 'run')} of {program} that differ in {_listed(names)}"
        for program, runs in by_program.items()
        if (names := varying([run.config for run in runs]))
    ]
    return f"{way_out}: {'; '.join(sets[:_MOST_SETS])}" if sets else way_out


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _MOST_NAMES
    return ", ".join(names[:_MOST_NAMES]) + (f" and {rest} more" if rest > 0 else "")
