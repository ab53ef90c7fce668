"""A report as a W&B Report: built of W&B's own classes, sent only by the user's explicit word."""

from __future__ import annotations

import re
import secrets
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.report.run_json import varying_parameters
from wbtools.answers.report.run_links import report_url
from wbtools.answers.report.sectioned_story import story_sections
from wbtools.errors import UsageError
from wbtools.extras import install_command, is_installed
from wbtools.sources.wandb_api import changes
from wbtools.sources.wandb_api.credentials import settings
from wbtools.text.masking import masked_config
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.sectioned_story import StorySection
    from wbtools.app.opening.session import Session

_LONGEST_TITLE: Final = 128
"""W&B's own limit."""
_LONGEST_DESCRIPTION: Final = 300
_MOST_PARAMETERS: Final = 12
_PLACE: Final = re.compile(r"[A-Za-z0-9_.-]+/(?! )[^/\\#?%:]{1,128}(?<! )")
"""As W&B's own package takes the names of projects, and nothing that cannot be seen."""
_PANELS_A_SWEEP: Final = 3
_SWEEP_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_WITH_PANELS: Final = "curves"
"""The section below which W&B's own panels stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedReport:
    """A W&B Report that is nowhere yet.

    Attributes:
        entity: Whose project it is for.
        project: In which project.
        base_url: Of the server.
        title: At most 128 characters.
        description: One sentence.
        sections: The story, each a heading and a text.
        panelled: The sweeps for whose runs W&B fills panels.
        why_no_panels: Why none is, where there is no such sweep.
        is_public: Whether a name may be shown.
    """

    entity: str
    project: str
    base_url: str
    title: str
    description: str
    sections: Sequence[StorySection]
    panelled: Sequence[AuditAnswer]
    why_no_panels: str
    is_public: Callable[[str], bool]

    @property
    def n_panels(self) -> int:
        """How many panels that W&B fills with the sweeps' runs."""
        return _PANELS_A_SWEEP * len(self.panelled)

    def spec(self) -> str:
        """Its blocks and panels, W&B's JSON, written by W&B's own classes."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of W&B's packages, for who writes reports by hand
            blocks_of: Any = import_module("wandb_workspaces.reports.v2")  # loads all of wandb
            report = blocks_of.Report(
                entity=self.entity,
                project=self.project,
                title=self.title,
                description=self.description,
                blocks=_blocks(self, blocks_of),
            )
            spec: str = report._to_model().spec.model_dump_json(by_alias=True, exclude_none=True)  # noqa: SLF001 - as its own save() does, which sends it too
        return spec


def check_publish(place: str | None, *, acts: bool, is_final: bool) -> None:
    """Refuse what cannot be published, before any work is done.

    Args:
        place: `ENTITY/PROJECT`; None where nothing is to be published.
        acts: Whether it really is.
        is_final: Whether as a report that everybody sees, instead of a draft.

    Raises:
        UsageError: The place is none, an option has nothing to act on, or W&B's package, which only
            creating it needs, is missing.
    """
    if place is None:
        if acts or is_final:
            option = "--yes" if acts else "--final"
            msg = f"{option} is about a report on W&B, and --publish is not given"
            raise UsageError(msg, "pass --publish ENTITY/PROJECT too, or leave it out")
        return
    if not _PLACE.fullmatch(place) or not place.isprintable():
        msg = f"--publish {sanitize(place, limit=60)!r} is no project on W&B"
        raise UsageError(msg, "name it as ENTITY/PROJECT")
    if acts and not is_installed("reports"):
        msg = "--publish needs W&B's package for reports, wandb-workspaces"
        raise UsageError(msg, install_command("reports"))


def wandb_report(report: SweepReport, place: str) -> PlannedReport:
    """Plan a W&B Report, without asking any server.

    Panels show the runs of those sweeps that lie in its own project on W&B: runs of another one
    would have to be looked up there first.

    Args:
        report: What it tells.
        place: `ENTITY/PROJECT`.
    """
    entity, project = place.split("/")
    base_urls = [audit.sweep.ref.base_url for audit in report.known_audits]
    base_url = next((url for url in base_urls if url is not None), None) or settings().base_url
    title, sections = story_sections(report)
    clean = report.clean
    there = [
        audit
        for audit in report.known_audits
        if (audit.sweep.ref.base_url, audit.sweep.ref.entity, audit.sweep.ref.project)
        == (base_url, entity, project)
        and _SWEEP_ID.fullmatch(audit.sweep.ref.sweep_id)
    ]
    shown = [audit for audit in there if clean(_metric(audit)) == _metric(audit)]
    why = "" if shown else "the metric's name is private"
    if not there:
        is_on_wandb = any(url is not None for url in base_urls)
        elsewhere = f"no sweep of the report lies in {place}"
        why = elsewhere if is_on_wandb else "the runs were not read from W&B"
    return PlannedReport(
        entity=entity,
        project=project,
        base_url=base_url,
        title=f"{title} · wbtools"[:_LONGEST_TITLE],
        description=clean(report.headline)[:_LONGEST_DESCRIPTION],
        sections=sections,
        panelled=shown,
        why_no_panels=why,
        is_public=lambda name: clean(name) == name,
    )


def publish(planned: PlannedReport, session: Session, *, acts: bool, is_final: bool) -> str | None:
    """Put a W&B Report into its project, or say what would be.

    Args:
        planned: The report.
        session: How to reach the server; its observer is told what is changed, and where.
        acts: Whether to change anything.
        is_final: Whether as a report that everybody sees; else as a draft of whoever is signed in.

    Returns:
        Its page; None where nothing was changed.

    Raises:
        UsageError: The session is offline.
        SignInError: There are no credentials for the server.
        DataError: W&B refuses, or cannot be reached.
    """
    kind = "a report" if is_final else "a draft of a report"
    place = f"{planned.entity}/{planned.project} on {planned.base_url}"
    if not acts:
        titles = [sanitize(section.title) for section in planned.sections]
        panels = f"without panels: {planned.why_no_panels}"
        if planned.n_panels:
            panels = f"and {count(planned.n_panels, 'panel')} of W&B's"
        session.observer.note(
            f"would create {kind}, {sanitize(planned.title)!r}, in {place}: "
            f"{count(len(titles), 'section')} ({'; '.join(titles)}), {panels}"
        )
        return None
    report_id = changes.publish_report(
        session.server(planned.base_url),
        entity=planned.entity,
        project=planned.project,
        name=secrets.token_hex(6),
        title=planned.title,
        description=planned.description,
        spec=planned.spec(),
        is_draft=not is_final,
        base_url=planned.base_url,
        note=session.observer.note,
    )
    return report_url(planned.base_url, planned.entity, planned.project, planned.title, report_id)


def _metric(audit: AuditAnswer) -> str:
    return audit.question.rank_by.name


def _blocks(planned: PlannedReport, blocks_of: Any) -> list[Any]:  # noqa: ANN401 - a module of W&B's
    """The story's sections, and W&B's panels below that on the curves."""
    blocks: list[Any] = []
    keys = [section.key for section in planned.sections]
    below = _WITH_PANELS if _WITH_PANELS in keys else next(iter(keys), None)
    for section in planned.sections:
        blocks.append(blocks_of.H2(text=section.title))
        blocks.append(blocks_of.MarkdownBlock(text=section.markdown))
        if section.key == below:
            blocks += [
                _grid(audit, _panels(audit, planned.is_public, blocks_of), blocks_of)
                for audit in planned.panelled
            ]
    return blocks


def _grid(audit: AuditAnswer, panels: list[Any], blocks_of: Any) -> Any:  # noqa: ANN401 - W&B's own
    """Panels over one sweep's runs; without entity and project, which the API would be asked for.

    W&B then takes the project of the report, which is the sweep's.
    """
    sweep_id = audit.sweep.ref.sweep_id
    runs = blocks_of.Runset(name=f"sweep {sweep_id}", filters=f"Metric('Sweep') == '{sweep_id}'")
    return blocks_of.PanelGrid(runsets=[runs], panels=panels)


def _panels(
    audit: AuditAnswer,
    is_public: Callable[[str], bool],
    blocks_of: Any,  # noqa: ANN401 - a module of W&B's
) -> list[Any]:
    """Curves, parallel coordinates, and what W&B says of parameters; none with a private name."""
    metric = _metric(audit)
    varying = varying_parameters([masked_config(run.config) for run in audit.sweep.runs])
    varied = [name for name in varying if not name.startswith("_") and is_public(name)]
    columns = [
        blocks_of.ParallelCoordinatesPlotColumn(metric=blocks_of.Config(name))
        for name in varied[:_MOST_PARAMETERS]
    ]
    columns.append(blocks_of.ParallelCoordinatesPlotColumn(metric=blocks_of.SummaryMetric(metric)))
    return [
        blocks_of.LinePlot(x="Step", y=[metric], layout=blocks_of.Layout(0, 0, 24, 10)),
        blocks_of.ParallelCoordinatesPlot(columns=columns, layout=blocks_of.Layout(0, 10, 16, 10)),
        blocks_of.ParameterImportancePlot(
            with_respect_to=metric, layout=blocks_of.Layout(16, 10, 8, 10)
        ),
    ]
