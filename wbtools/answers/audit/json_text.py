"""The whole audit as one JSON document, `wbtools.audit/1`, for scripts.

Its shape is `schemas/audit.schema.json`. Beside the texts that a person reads it holds the runs'
configurations and programs (secrets masked unless asked for), but neither summaries, command lines
nor host names.
"""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import UTC
from typing import TYPE_CHECKING

from wbtools.answers.findings.record import FINDING
from wbtools.answers.json_document import json_document
from wbtools.text.masking import masked_config, masked_text, to_jsonable

if TYPE_CHECKING:
    from datetime import datetime

    from wbtools.analysis.audit import Audit, RunAudit
    from wbtools.analysis.diagnosis.budget import Budget
    from wbtools.analysis.diagnosis.explain import Explanation, ModeVerdict, RuleFit
    from wbtools.analysis.gems import Outcome, Projection
    from wbtools.model import Metric, Run
    from wbtools.rules.hyperband import Hyperband

SCHEMA = "wbtools.audit/1"


def render_json(audit: Audit, *, run: RunAudit | None = None, show_secrets: bool = False) -> str:
    """Write an audit as JSON: sorted keys, ASCII only, NaN and infinities as null.

    Args:
        audit: The answer.
        run: The one run that is asked for; it then comes alone, and with its curve.
        show_secrets: Mask nothing in configurations and command lines.
    """
    rows = audit.rows if run is None else (run,)
    runs = [_row(audit, row, show_secrets=show_secrets) for row in rows]
    if run is not None:
        runs[0]["curve"] = _curve(audit, run)
    document = {
        "schema": SCHEMA,
        "sweep": _sweep(audit),
        "question": _question(audit),
        "budget": _budget(audit.budget),
        "rule": _rule(audit),
        "bar": None if audit.incumbent is None else _bar(audit),
        "outcome": _outcome(audit.outcome),
        "values": {
            "n": audit.values.n,
            "mean": audit.values.mean,
            "sd": audit.values.sd,
            "outlier_run_ids": list(audit.values.outliers),
            "mean_without_outliers": audit.values.mean_without,
            "sd_without_outliers": audit.values.sd_without,
        },
        "compute": {
            "used_reports": audit.compute.used_reports,
            "full_reports": audit.compute.full_reports,
            "used_h": audit.compute.used_h,
            "full_h": audit.compute.full_h,
            "n_untimed_runs": audit.compute.n_untimed,
        },
        "gem_run_ids": [row.run.id for row in audit.gems],
        "runs": runs,
        "findings": [FINDING.to_dict(finding) for finding in audit.findings],
    }
    return json_document(document)


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _sweep(audit: Audit) -> dict[str, object]:
    sweep = audit.sweep
    return {
        "id": sweep.ref.sweep_id,
        "entity": sweep.ref.entity,
        "project": sweep.ref.project,
        "path": sweep.ref.path,
        "name": audit.question.sweep_name,
        "method": audit.question.method,
        "n_runs": len(sweep.runs),
        "as_of": _time(sweep.as_of),
        "origin": sweep.origin,
    }


def _metric(metric: Metric) -> dict[str, object]:
    return {"name": metric.name, "goal": str(metric.goal), "target": metric.target}


def _question(audit: Audit) -> dict[str, object]:
    question = audit.question
    return {
        "metric": _metric(question.metric),
        "metric_source": question.metric_source,
        "rank_by": _metric(question.rank_by),
        "target": question.target,
        "budget_reports": question.budget,
    }


def _budget(budget: Budget) -> dict[str, object]:
    ratio = budget.reports_per_unit
    return {
        "source": budget.source,
        "typical_reports": budget.typical or None,
        "key": budget.key,
        "parameters": list(budget.parameters),
        "progress": budget.progress,
        "reports_per_unit": None if ratio is None else float(ratio),
        "n_before": budget.n_before,
        "n_support": budget.n_support,
    }


def _settings(settings: Hyperband) -> dict[str, object]:
    return {
        name: to_jsonable(getattr(settings, name))
        for name in ("min_iter", "max_iter", "s", "eta", "strict")
    }


def _rule(audit: Audit) -> dict[str, object]:
    written, ruled, guess = audit.question.rule, audit.verdicts, audit.guess
    most = max((row.n_reports or 0 for row in audit.rows), default=0)
    most = max(most, audit.budget.typical)
    return {
        "status": str(written.status),
        "source": written.source,
        "settings": None if written.settings is None else _settings(written.settings),
        "judged": ruled.rule is not None,
        "why_not_judged": ruled.why_not,
        "strict_written": ruled.strict_written,
        "strict_used": None if ruled.rule is None else ruled.rule.strict,
        "eta": None if ruled.rule is None else float(ruled.rule.eta),
        "bands_reports": []
        if ruled.rule is None
        else [band for band in ruled.rule.bands if band <= most],
        "strict_fit": _fit(audit.strict_fit),
        "lenient_fit": _fit(audit.lenient_fit),
        "guess": None
        if guess is None
        else {
            "settings": _settings(guess.settings),
            "n_explained": guess.n_explained,
            "n_stops": guess.n_stops,
            "n_contradicted": guess.n_contradicted,
            "n_others": guess.n_others,
            "n_equal": guess.n_equal,
        },
    }


def _fit(fit: RuleFit | None) -> dict[str, object] | None:
    if fit is None:
        return None
    return {
        "n_stops": fit.n_stops,
        "n_explained": fit.n_explained,
        "n_ambiguous": fit.n_ambiguous,
    }


def _bar(audit: Audit) -> dict[str, object] | None:
    return (
        None
        if audit.incumbent is None
        else {"value": audit.incumbent.value, "run_id": audit.incumbent.run_id}
    )


def _outcome(outcome: Outcome) -> dict[str, object]:
    return {
        "p_any": outcome.p_any,
        "expected_gems": outcome.expected_gems,
        "n_candidates": outcome.n_candidates,
        "n_abstained": outcome.n_abstained,
        "seed_noise": outcome.seed_noise,
        "seed_noise_from": outcome.seed_noise_from or None,
        "fell_back_because": outcome.fell_back_because,
        "recovery": [
            {"k": recovery.k, "share": recovery.share}
            for recovery in outcome.recovery
            if math.isfinite(recovery.share)
        ],
    }


def _row(audit: Audit, row: RunAudit, *, show_secrets: bool) -> dict[str, object]:
    return {
        **_run(row.run, show_secrets=show_secrets),
        "rank": row.rank,
        "gem_rank": row.gem_rank,
        "n_reports": row.n_reports,
        "n_nonfinite": row.n_nonfinite,
        "budget_reports": row.budget,
        "best": row.best,
        "best_at_report": row.best_at,
        "last": row.last,
        "termination": {
            "completion": str(row.completion),
            "cause": str(row.termination.cause),
            "confidence": row.termination.confidence.name.lower(),
            "because": row.termination.because,
        },
        "explanation": None if row.explanation is None else _explanation(audit, row.explanation),
        "projection": None if row.projection is None else _projection(row.projection),
        "report_s": row.report_s,
        "cost_remaining_reports": row.cost_remaining_reports,
        "cost_remaining_h": row.cost_remaining_h,
        "cost_full_h": row.cost_full_h,
        "gain_per_h": row.gain_per_h,
    }


def _run(run: Run, *, show_secrets: bool) -> dict[str, object]:
    program = run.program
    return {
        "id": run.id,
        "name": run.name,
        "number": run.number,
        "number_from": run.number_from,
        "state": str(run.state),
        "created_at": _time(run.created_at),
        "heartbeat_at": _time(run.heartbeat_at),
        "runtime_s": run.runtime_s,
        "exit_code": run.exit_code,
        "stopped": run.stopped,
        "should_stop": run.should_stop,
        "config": masked_config(run.config, show_secrets=show_secrets),
        "program": program if program is None or show_secrets else masked_text(program),
        "git_commit": run.git_commit,
        "gpu": run.gpu,
        "tags": list(run.tags),
        "group": run.group,
        "job_type": run.job_type,
        "sdk_version": run.sdk_version,
        "attempts": run.attempts,
    }


def _explanation(audit: Audit, explanation: Explanation) -> dict[str, object]:
    sign = audit.question.metric.goal.sign

    def mode(verdict: ModeVerdict, *, strict: bool) -> dict[str, object]:
        return {
            "ruling": str(verdict.ruling),
            "value": verdict.value,
            "margin": explanation.margin(strict=strict, sign=sign),
            "n_stop": verdict.n_stop,
            "n_stop_before": verdict.n_stop_before,
        }

    return {
        "band_reports": explanation.band,
        "band_step": explanation.band_step,
        "band_units": explanation.band_epoch,
        "n_moments": explanation.n_moments,
        "threshold": explanation.threshold,
        "threshold_low": explanation.threshold_low,
        "threshold_high": explanation.threshold_high,
        "n_peers": explanation.n_peers,
        "set_by_run_id": explanation.set_by,
        "strict": mode(explanation.strict, strict=True),
        "lenient": mode(explanation.lenient, strict=False),
    }


def _projection(projection: Projection) -> dict[str, object]:
    return {
        "horizon_reports": projection.horizon,
        "level": projection.level,
        "median": projection.median,
        "low": projection.low,
        "high": projection.high,
        "p_gem": projection.p_gem,
        "p_repeat": projection.p_repeat,
        "expected_gain": projection.expected_gain,
        "method": str(projection.method),
        "n_support": projection.n_support,
        "gain_low": projection.gain_low,
        "gain_high": projection.gain_high,
        "reasons": None if projection.reasons is None else asdict(projection.reasons),
        "abstained_because": projection.abstained_because,
    }


def _curve(audit: Audit, row: RunAudit) -> dict[str, object] | None:
    curves = audit.sweep.curves.get(audit.question.rank_by.name)
    if curves is None:
        return None
    place = curves.run_ids.index(row.run.id)
    n = int(curves.n_reports[place])
    return {
        "metric": curves.metric,
        "values": curves.values[place, :n].tolist(),
        "steps": curves.steps[place, :n].tolist(),
        "times_s": curves.times_s[place, :n].tolist(),
    }
