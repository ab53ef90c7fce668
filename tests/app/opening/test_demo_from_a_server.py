"""The demo's sweep from a server and from its files: one audit, number for number."""

import json
from datetime import datetime
from importlib import resources
from pathlib import Path

import pytest
import yaml

from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from wbtools.answers.audit.answer import AuditAnswer
from wbtools.app.audit import audit_reference
from wbtools.app.opening.run_names import select_run
from wbtools.sources.local import sweeps
from wbtools.sources.local.run_file import read_run_file

SWEEP = "acme/textures/t3xtur35"
FOLDER = Path(str(resources.files("wbtools.demo"))) / "textures"

NAMES_THE_SOURCE = {
    ".sweep.entity": "the demo was recorded offline, so its files name no entity",
    ".sweep.path": "a sweep on a server has none",
    ".sweep.origin": "says what was read",
    ".sweep.as_of": "when the server was asked, and when the files were read",
    ".question.metric_source": "W&B holds the sweep's own configuration, run files do not",
    ".rule.source": "as above",
}
LONGEST_S = 1.0
WALL_CLOCK = {
    # Servers tell whole seconds of a beginning and of a sign of life, the SDK of a runtime; files
    # hold microseconds. What is counted from them may be off by as much, for each run.
    ".runs[].created_at": LONGEST_S,
    ".runs[].heartbeat_at": LONGEST_S,
    ".runs[].runtime_s": LONGEST_S,
    ".runs[].cost_full_h": LONGEST_S / 3600,
    ".runs[].gain_per_h": 0.2,  # at most 1.2, by a re-run of 10 to 15 s
    ".curve.times_s[]": LONGEST_S,  # counted from the sweep's first run
    ".compute.used_h": 36 * LONGEST_S / 3600,
    ".compute.full_h": 36 * LONGEST_S / 3600,
}


def history_rows(path, metrics):
    """The history rows of one run file."""
    by_step = {}
    for metric, series in read_run_file(path, metrics).series.items():
        columns = (series.steps.tolist(), series.times_s.tolist(), series.values.tolist())
        for step, time_s, value in zip(*columns, strict=True):
            row = by_step.setdefault(step, {"_step": step, "_timestamp": time_s})
            row[metric] = value
    return [by_step[step] for step in sorted(by_step)]


def online(server, *, to_the_microsecond):
    """Put the demo's runs on a server, which does not tell which runs it stopped."""
    (found,) = (sweep for sweep in sweeps.find_sweeps(FOLDER) if sweep.sweep_id is not None)
    metrics = list(sweeps.candidate_metrics(found))
    files = {file.run_id: file.path for file in found.files}
    runs = [
        LoadedRun(
            name=run.id,
            history=RowHistory(history_rows(files[run.id], metrics)),
            config={**run.config, "_wandb": {"cli_version": run.sdk_version}},
            summary={"_runtime": run.runtime_s} if to_the_microsecond else run.summary,
            facts={
                "display_name": run.name,
                "state": str(run.state),
                "exit_code": run.exit_code,
                "stopped": None,
                "should_stop": None,
                "created_at": run.created_at.timestamp(),
                "heartbeat_at": run.heartbeat_at.timestamp(),
                "tags": list(run.tags),
                "host": run.host,
            },
        )
        for run in sweeps.load(found, metrics).runs
    ]
    config = yaml.safe_load((FOLDER / "sweep.yaml").read_text(encoding="utf-8"))
    sweep = server.load_sweep("acme", "textures", "t3xtur35", runs=runs, config=config)
    sweep.created_at = min(run.facts["created_at"] for run in runs) - 5
    server.switches.timespec = "microseconds" if to_the_microsecond else "seconds"


def leaves(value, at="", places=""):
    """Every value of a document: by its place, the place without its list indices, the value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, f"{at}.{key}", f"{places}.{key}")
    elif isinstance(value, list):
        yield at, f"{places}[]", len(value)
        for n, item in enumerate(value):
            yield from leaves(item, f"{at}[{n}]", f"{places}[]")
    else:
        yield at, places, value


def number(value):
    return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else value


def agree(from_server, from_files, *, to_the_microsecond):
    """How many numbers two documents share, which have to agree in all that is no wall clock."""
    codes = [finding["code"] for finding in from_server.pop("findings")]
    # The files are silent on stop flags.
    assert (codes, from_files.pop("findings")) == (["WBT126"], [])
    found, expected = list(leaves(from_server)), list(leaves(from_files))
    assert [leaf[0] for leaf in found] == [leaf[0] for leaf in expected]
    n_compared = 0
    for (place, kind, ours), (_, _, theirs) in zip(found, expected, strict=True):
        if kind in NAMES_THE_SOURCE:
            continue
        if kind in WALL_CLOCK and theirs is not None and not to_the_microsecond:
            assert number(ours) == pytest.approx(number(theirs), rel=0, abs=WALL_CLOCK[kind]), place
        else:
            assert ours == theirs, place
        n_compared += isinstance(theirs, int | float)
    return n_compared


@pytest.mark.parametrize(
    "to_the_microsecond",
    [
        pytest.param(False, id="whole seconds, as W&B tells them"),
        pytest.param(True, id="a server that tells all it was told"),
    ],
)
def test_the_audit_agrees_number_for_number(reach, to_the_microsecond):
    online(reach.server, to_the_microsecond=to_the_microsecond)
    audits = []
    for reference in (SWEEP, "demo"):
        with reach.session() as session:
            audits.append(audit_reference(reference, session=session))
    for run, n_least in ((None, 1_500), ("5", 100), ("34", 100)):  # the sweep, stopped, full
        rows = [None if run is None else select_run(audit, run) for audit in audits]
        documents = [
            json.loads(AuditAnswer.of(audit, run=row).to_json())
            for audit, row in zip(audits, rows, strict=True)
        ]
        assert agree(*documents, to_the_microsecond=to_the_microsecond) > n_least, run
