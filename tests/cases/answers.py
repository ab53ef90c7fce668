"""What an answer says, as facts: the one place that knows the names of its fields.

Whatever is not there is an AssertionError, so that a wrong answer is never an error of a test.
"""

import json
import re
from typing import Any, NamedTuple


class Answer(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def text(self):
        return f"{self.out}\n{self.err}"


class Finding(NamedTuple):
    code: str
    severity: str
    subject: str
    text: str


class Run(NamedTuple):
    id: str
    name: str
    number: int
    cause: str
    n_reports: int | None
    best: float | None
    band: int | None
    value_at_band: float | None


class Ranked(NamedTuple):
    parameters: dict[str, Any]
    n: int
    means: tuple[float, ...]


COMPLETED = "completed"
OWN_EARLY_STOP = "own_early_stop"
WITHOUT_A_CAUSE = {"unexplained", "unknown"}


def document(answer):
    """The JSON answer."""
    if "internal error" in answer.err:
        raise RuntimeError(answer.err)  # no wrong answer that a case could be about
    assert answer.out.startswith("{"), answer.text
    return json.loads(answer.out)


def field(part, *path):
    """What stands below some names, one in the other."""
    for name in path:
        assert isinstance(part, dict), f"nothing holds {name!r} of {path}"
        assert name in part, f"no {name!r} of {path} among {sorted(part)}"
        part = part[name]
    return part


def findings(answer):
    return [
        Finding(
            code=field(entry, "code"),
            severity=field(entry, "severity"),
            subject=str(field(entry, "subject")),
            text=" ".join(
                [
                    str(field(entry, "title")),
                    str(entry.get("hint") or ""),
                    json.dumps(entry.get("evidence")),
                ]
            ),
        )
        for entry in field(document(answer), "findings")
    ]


def codes(answer, *severities):
    """The codes of the findings, of some severities or of all."""
    return {
        finding.code
        for finding in findings(answer)
        if not severities or finding.severity in severities
    }


def complaints(answer):
    """The codes of errors and warnings."""
    return codes(answer, "error", "warning")


def mentions(found, pattern):
    """Whether a finding says something, in whatever words."""
    return any(re.search(pattern, finding.text) for finding in found)


def audited_runs(answer):
    return [
        Run(
            id=field(entry, "run_id"),
            name=field(entry, "run_name"),
            number=field(entry, "run_number"),
            cause=field(entry, "cause"),
            n_reports=field(entry, "n_reports"),
            best=field(entry, "best"),
            band=field(entry, "band_reports"),
            value_at_band=field(entry, "value_strict"),
        )
        for entry in field(document(answer), "runs")
    ]


def causes(answer):
    return {run.cause for run in audited_runs(answer)}


def value_at_band(run, band):
    """What a run had reported by a band, in reports, where the rule judged it last."""
    assert run.band == band
    return run.value_at_band


def bar(answer):
    return field(document(answer), "bar", "value")


def gems(answer):
    """The ids of the runs for which a chance of beating the bar is given."""
    return field(document(answer), "gem_run_ids")


def reports_per_epoch(answer):
    return field(document(answer), "budget", "reports_per_unit")


def ranked(answer):
    """The configurations that have a rank, the best first."""
    return [
        Ranked(
            parameters=field(entry, "config"),
            n=field(entry, "n_values"),
            means=(field(entry, "mean"), *field(entry, "other_means").values()),
        )
        for entry in field(document(answer), "configurations")
        if field(entry, "rank") is not None
    ]


def n_configurations(answer):
    return field(document(answer), "n_configurations")


def n_cut_short(answer):
    """How many runs the ranking leaves out of its means as cut short."""
    return field(document(answer), "n_by_completion", "censored")


def n_without_value(answer):
    return field(document(answer), "n_without_value")


def parameters(answer):
    """The parameters that were judged, by name, the one that matters most first."""
    return {field(entry, "parameter"): entry for entry in field(document(answer), "parameters")}


def surely_matters(parameter):
    return field(parameter, "is_significant")


def association_at_most(parameter):
    """The upper end of the interval of how much a parameter goes with the result, if it has one."""
    return field(parameter, "association_high")


def main_effect(parameter):
    return field(parameter, "main_effect")


def pairs(answer):
    return field(document(answer), "interactions")


def at_a_bound(answer):
    return [field(entry, "parameter") for entry in field(document(answer), "boundary_optima")]


def budget_of_forecast(answer):
    (sweep,) = field(document(answer), "sweeps")
    return field(sweep, "budget_reports")


def runs_reaching(answer, band):
    """How many runs of a forecast get to a band on average; none where it is not listed."""
    (sweep,) = field(document(answer), "sweeps")
    bands = field(sweep, "bands")
    listed = {field(entry, "band_reports"): field(entry, "n_runs") for entry in bands}
    return listed.get(band, 0)
