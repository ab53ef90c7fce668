"""Which part of a rule decided: the rule inside, a guard that spared a run, or one that stops it.

`decide` answers for the rule as a whole. Who acts on the answer has to be able to say why, and of a
run that is spared, what spared it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from wbtools.model import Verdict

if TYPE_CHECKING:
    from wbtools.model import SweepView
    from wbtools.rules.rule import StoppingRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a run is to be stopped, or why it is not though a part of the rule would stop it.

    Attributes:
        row: The run.
        stops: Whether the rule as a whole stops it.
        by: The outermost part that changed the answer: without the guards around it, the answer
            would be another one.
        value: What the innermost rule compared (lower is better); NaN where no band applies, or
            where another part stops the run for a reason of its own.
        threshold: What it was compared with, likewise.
        band: The band that applied, in reports; 0 where none did.
        n_peers: Runs whose values set the threshold, itself included.
    """

    row: int
    stops: bool
    by: StoppingRule
    value: float
    threshold: float
    band: int
    n_peers: int


def reasons(rule: StoppingRule, view: SweepView) -> list[Reason]:
    """Say of each run that any part of the rule would stop, what becomes of it and why.

    Args:
        rule: With or without guards.
        view: What can be known now.

    Returns:
        By row; runs that no part would stop are left out.

    Raises:
        ValueError: As `decide`.
    """
    verdicts = [(part, part.decide(view)) for part in reversed(rule.parts)]
    innermost, nothing = verdicts[0][1], Verdict.keeping(len(view.values))
    found = []
    for row in np.flatnonzero(np.any([verdict.stop for _, verdict in verdicts], axis=0)).tolist():
        by, stops = rule.innermost, False
        for part, verdict in verdicts:
            if bool(verdict.stop[row]) is not stops:
                by, stops = part, not stops
        compared = nothing if stops and by is not rule.innermost else innermost
        found.append(
            Reason(
                row=row,
                stops=stops,
                by=by,
                value=float(compared.value[row]),
                threshold=float(compared.threshold[row]),
                band=int(compared.band[row]),
                n_peers=int(compared.n_peers[row]),
            )
        )
    return found
