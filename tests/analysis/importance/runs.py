"""Small cohorts and audits for tests: a configuration and a value a run."""

from itertools import count

import numpy as np

from tests.analysis.sweeps import FINISHED, question, sweep
from wbtools.analysis.audit import Audit, audit
from wbtools.analysis.diagnosis.censored import CensoredOutcomes, CensoredRun
from wbtools.analysis.importance.imputed_outcomes import ImputedOutcomes, imputed_outcomes
from wbtools.analysis.importance.parameters import VariedParameter, read_parameters
from wbtools.model import Goal, Run


def tried(value, config=None, *, number, likely=None, best=None, least=None) -> CensoredRun:
    """A run, lower is better; cut short where `best` is given, which may be minus infinity."""
    run = Run(
        id=f"run{number:04d}",
        name="",
        number=number,
        number_from="order",
        config=config or {},
    )
    return CensoredRun(
        run=run,
        worst=value,
        likely=value if likely is None else likely,
        best=value if best is None else best,
        censored=best is not None,
        value=value,
        least=least,
    )


def cohort_of(values, *, likely=None, best=None, least=None, configs=None) -> ImputedOutcomes:
    """Runs in the order of their values."""
    n = len(values)
    rows = zip(
        values,
        configs or [{}] * n,
        likely or [None] * n,
        best or [None] * n,
        least or [None] * n,
        count(1),
        strict=False,
    )
    runs = [tried(v, c, number=k, likely=mid, best=b, least=e) for v, c, mid, b, e, k in rows]
    return imputed_outcomes(CensoredOutcomes(tried=tuple(runs), n_silent=0), 1.0)


def columns(configs, space=None, **more) -> dict[str, VariedParameter]:
    """The parameters that vary, by name."""
    read = read_parameters(configs, space, results=("loss",), **more)
    return {parameter.name: parameter for parameter in read.varied}


def audited(values, configs, *, goal=Goal.MINIMIZE, facts=None) -> Audit:
    """Completed runs of two reports each; None is a run that reports NaN only."""
    curves = [[np.nan, np.nan] if v is None else [v, v] for v in values]
    facts_by_run = facts or [{}] * len(values)
    return audit(
        sweep(
            *curves,
            facts=[
                FINISHED | {"config": c} | f for c, f in zip(configs, facts_by_run, strict=True)
            ],
        ),
        question("none", goal),
    )
