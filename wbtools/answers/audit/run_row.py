"""A run among the others of its audit, and how its facts are said."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from wbtools.analysis.audit import RunAudit
from wbtools.analysis.continue_or_rerun import hours_to_go_on
from wbtools.analysis.diagnosis.termination import Decision
from wbtools.answers.audit.words import RunNames, rule_scale_of, scale_of
from wbtools.text.masking import masked_config, masked_text
from wbtools.text.sanitize import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from wbtools.analysis.audit import Audit
    from wbtools.analysis.diagnosis.explain import Explanation, ModeVerdict
    from wbtools.model import Checkpoint
    from wbtools.text.numbers import Scale


@dataclass(frozen=True, kw_only=True, eq=False)
class RunRow(RunAudit):
    """A run among the others of its audit.

    Attributes:
        audit: The whole answer.
        names: What runs are called.
        scale: How values of the metric that ranks are written.
        rule_scale: How those are that the rule compared.
        show_secrets: Mask nothing in configurations and programs.
        checkpoint: From which it can go on, where one was looked for and found.
        is_looked_for: Whether one was looked for.
    """

    audit: Audit
    names: RunNames
    scale: Scale
    rule_scale: Scale
    show_secrets: bool
    checkpoint: Checkpoint | None
    is_looked_for: bool

    @property
    def cost_continue_h(self) -> float | None:
        """Hours to go on with it: from its checkpoint, else what was left."""
        return hours_to_go_on(self.audit.budget, self, self.checkpoint)

    @property
    def runs_of_sweeps(self) -> tuple[tuple[int, str]]:
        """The run alone, of the one sweep that an audit is about."""
        return ((0, self.run.id),)

    @property
    def judged(self) -> ModeVerdict | None:
        """The rule's answer in the mode that was used."""
        rule = self.audit.verdicts.rule
        if rule is None or self.explanation is None:
            return None
        return self.explanation.judged(strict=rule.strict)

    @cached_property
    def config(self) -> Mapping[str, object]:
        """Its configuration, secrets masked unless they are asked for."""
        return masked_config(self.run.config, show_secrets=self.show_secrets)

    @property
    def program(self) -> str | None:
        """Its program likewise."""
        program = self.run.program
        return program if program is None or self.show_secrets else masked_text(program)

    def margin(self, *, strict: bool | None = None) -> float | None:
        """Distance to the threshold in a mode; in the one that was used if none is named."""
        rule = self.audit.verdicts.rule
        if rule is None or self.explanation is None:
            return None
        sign = self.audit.question.metric.goal.sign
        return self.explanation.margin(strict=rule.strict if strict is None else strict, sign=sign)


def run_rows(
    audit: Audit,
    rows: Iterable[RunAudit],
    checkpoints: Mapping[str, Checkpoint] | None = None,
    *,
    looked_for: Collection[str] = (),
    show_secrets: bool = False,
) -> list[RunRow]:
    """Runs of an audit as rows.

    Args:
        audit: The answer.
        rows: Those of its runs that are meant.
        checkpoints: From which they can go on, by the run's id, where one was found.
        looked_for: Ids of the runs whose checkpoints were looked for.
        show_secrets: Mask nothing in configurations and programs.
    """
    shown: dict[str, Any] = {
        "audit": audit,
        "names": RunNames(audit),
        "scale": scale_of(audit),
        "rule_scale": rule_scale_of(audit),
        "show_secrets": show_secrets,
    }
    names = [field.name for field in fields(RunAudit)]
    found = checkpoints or {}
    return [
        RunRow(
            **{name: getattr(row, name) for name in names},
            **shown,
            checkpoint=found.get(row.run.id),
            is_looked_for=row.run.id in looked_for,
        )
        for row in rows
    ]


def reports_made(row: RunAudit) -> str:
    """`10/22`; `10` where the budget is unknown."""
    if row.n_reports is None:
        return UNKNOWN
    return f"{row.n_reports}/{row.budget}" if row.budget else str(row.n_reports)


def band_words(explanation: Explanation | None) -> str:
    """`10 (5)`: the band in reports, and in epochs where those are known."""
    if explanation is None or explanation.band is None:
        return UNKNOWN
    if explanation.band_epoch is None:
        return str(explanation.band)
    return f"{explanation.band} ({explanation.band_epoch:g})"


def ruling_words(judged: ModeVerdict | None) -> str:
    """`stop`, `keep`, `ambiguous`; a dash before the first band."""
    return UNKNOWN if judged is None or judged.ruling is Decision.NO_BAND else str(judged.ruling)
