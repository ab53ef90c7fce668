"""The demo sweep as W&B's page would export it: a chart a metric, and the table of its runs."""

import csv

import numpy as np

import wbtools

DEMO = wbtools.load_sweep("demo")


def write_chart(path, metric="val/acc", *, axis="Step", runs=None):
    """A chart of one metric.

    Args:
        path: Of the file.
        metric: One of the demo's.
        axis: "Step", "Relative Time (Process)" or "Wall Time".
        runs: Indices of those that are shown; all if none are given.
    """
    curves = DEMO.curves[metric]
    shown = range(len(DEMO.runs)) if runs is None else runs
    points = []
    for k in shown:
        run = DEMO.runs[k]
        for report in range(curves.n_reports[k]):
            place = {
                "Step": int(curves.steps[k, report]),
                "Relative Time (Process)": float(curves.times_s[k, report]) - began_s(run),
                "Wall Time": float(curves.times_s[k, report]),
            }[axis]
            points.append((place, k, float(curves.values[k, report])))
    rows = {}
    for place, k, value in sorted(points):
        rows.setdefault(place, {})[k] = value
    names = [f"{DEMO.runs[k].name} - {metric}" for k in shown]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(
            [axis, *(f"{name}{end}" for name in names for end in ("", "__MIN", "__MAX"))]
        )
        for place, values in rows.items():
            shown_place = wall_time(place) if axis == "Wall Time" else place
            cells = [values.get(k, "") for k in shown for _ in range(3)]
            writer.writerow([shown_place, *cells])
    return path


def began_s(run):
    """Seconds after the first run began."""
    return (run.created_at - min(run.created_at for run in DEMO.runs)).total_seconds()


def wall_time(seconds):
    start = min(run.created_at for run in DEMO.runs)
    return (start + np.timedelta64(round(seconds * 1e6), "us").item()).isoformat()


def write_runs(path, *, results=True):
    """The table of the runs, with configuration and summary side by side."""
    curves = DEMO.curves["val/acc"]
    parameters = list(dict.fromkeys(name for run in DEMO.runs for name in run.config))
    about = ["Name", "State", "Notes", "User", "Tags", "Created", "Runtime", "Sweep"]
    with path.open("w", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow([*about, *parameters, *(["val/acc", "test_acc"] if results else [])])
        for k, run in enumerate(DEMO.runs):
            last = float(curves.values[k, curves.n_reports[k] - 1])
            state = "finished" if run.exit_code == 0 else "killed"
            writer.writerow(
                [
                    *(run.name, state, "", "me", "", run.created_at.isoformat()),
                    *("" if run.runtime_s is None else run.runtime_s, "t3xtur35"),
                    *(run.config.get(name, "") for name in parameters),
                    *([last, last - 0.01] if results else []),
                ]
            )
    return path
