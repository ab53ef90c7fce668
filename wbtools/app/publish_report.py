"""A report as a W&B Report: built of W&B's own classes, sent only by the user's explicit word."""

from __future__ import annotations

import re
import secrets
import warnings
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from wbtools.answers.report.run_links import report_url
from wbtools.answers.report.sectioned_story import story_sections
from wbtools.errors import UsageError
from wbtools.extras import install_command, is_installed
from wbtools.sources.wandb_api import changes
from wbtools.sources.wandb_api.credentials import settings
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.answers.audit.answer import AuditAnswer
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.sectioned_story import StorySection
    from wbtools.app.opening.session import Session

_LONGEST_TITLE: Final = 128
"""W&B's own limit."""
_LONGEST_DESCRIPTION: Final = 300
_MOST_PARAMETERS: Final = 12
_PLACE: Final = re.compile(r"[A-Za-z0-9_.-]+/[^/\\#?%:\x00-\x1f]+")
_SWEEP_ID: Final = re.compile(r"[A-Za-z0-9_-]+")
_WITH_PANELS: Final = "curves"
"""The section below which W&B's own panels stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltReport:
    """A W&B Report that is nowhere yet.

    Attributes:
        entity: Whose project it is for.
        project: In which project.
        base_url: Of the server.
        title: At most 128 characters.
        description: One sentence.
        spec: Its blocks and panels, W&B's JSON.
        n_blocks: How many blocks it has.
        n_panels: How many panels that W&B fills with the sweeps' runs.
    """

    entity: str
    project: str
    base_url: str
    title: str
    description: str
    spec: str
    n_blocks: int
    n_panels: int


def check_publish(place: str | None, *, acts: bool, is_final: bool) -> None:
    """Refuse what cannot be published, before any work is done.

    Args:
        place: `ENTITY/PROJECT`; None where nothing is to be published.
        acts: Whether it really is.
        is_final: Whether as a report that everybody sees, instead of a draft.

    Raises:
        UsageError: The place is none, an option has nothing to act on, or W&B's package is missing.
    """
    if place is None:
        if acts or is_final:
            option = "--yes" if acts else "--final"
            msg = f"{option} is about a report on W&B, and --publish is not given"
            raise UsageError(msg, "pass --publish ENTITY/PROJECT too, or leave it out")
        return
    if not _PLACE.fullmatch(place):
        msg = f"--publish {sanitize(place, limit=60)!r} is no project on W&B"
        raise UsageError(msg, "name it as ENTITY/PROJECT")
    if not is_installed("reports"):
        msg = "--publish needs W&B's package for reports, wandb-workspaces"
        raise UsageError(msg, install_command("reports"))


def wandb_report(report: SweepReport, place: str) -> BuiltReport:
    """Build a W&B Report, without asking any server.

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
    there = [
        audit
        for audit in report.known_audits
        if (audit.sweep.ref.base_url, audit.sweep.ref.entity, audit.sweep.ref.project)
        == (base_url, entity, project)
        and _SWEEP_ID.fullmatch(audit.sweep.ref.sweep_id)
    ]
    title = f"{title} · wbtools"[:_LONGEST_TITLE]
    description = report.clean(report.headline)[:_LONGEST_DESCRIPTION]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of W&B's packages, for who writes reports by hand
        blocks_of: Any = import_module("wandb_workspaces.reports.v2")  # loads all of wandb
        blocks, n_panels = _blocks(sections, there, blocks_of)
        made = blocks_of.Report(
            entity=entity, project=project, title=title, description=description, blocks=blocks
        )
        spec = made._to_model().spec.model_dump_json(by_alias=True, exclude_none=True)  # noqa: SLF001 - as its own save() does, which sends it too
    return BuiltReport(
        entity=entity,
        project=project,
        base_url=base_url,
        title=title,
        description=description,
        spec=spec,
        n_blocks=len(blocks),
        n_panels=n_panels,
    )


def publish(built: BuiltReport, session: Session, *, acts: bool, is_final: bool) -> str | None:
    """Put a W&B Report into its project, or say what would be.

    Args:
        built: The report.
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
    what = f"{kind}, {sanitize(built.title)!r}, {count(built.n_blocks, 'block')}"
    what += f" and {count(built.n_panels, 'panel')}" if built.n_panels else " without panels"
    place = f"{built.entity}/{built.project} on {built.base_url}"
    if not acts:
        session.observer.note(f"would create {what}, in {place}")
        return None
    report_id = changes.publish_report(
        session.server(built.base_url),
        entity=built.entity,
        project=built.project,
        name=secrets.token_hex(6),
        title=built.title,
        description=built.description,
        spec=built.spec,
        is_draft=not is_final,
        base_url=built.base_url,
        note=session.observer.note,
    )
    return report_url(built.base_url, built.entity, built.project, built.title, report_id)


def _blocks(
    sections: Sequence[StorySection],
    audits: Sequence[AuditAnswer],
    blocks_of: Any,  # noqa: ANN401 - a module of W&B's
) -> tuple[list[Any], int]:
    """The story's sections, and W&B's panels below that on the curves."""
    blocks: list[Any] = []
    n_panels = 0
    keys = [section.key for section in sections]
    below = _WITH_PANELS if _WITH_PANELS in keys else (keys[0] if keys else None)
    for section in sections:
        blocks.append(blocks_of.H2(text=section.title))
        blocks.append(blocks_of.MarkdownBlock(text=section.markdown))
        if section.key == below:
            for audit in audits:
                panels = _panels(audit, blocks_of)
                n_panels += len(panels)
                blocks.append(_grid(audit, panels, blocks_of))
    return blocks, n_panels


def _grid(audit: AuditAnswer, panels: list[Any], blocks_of: Any) -> Any:  # noqa: ANN401 - W&B's own
    """Panels over one sweep's runs; without entity and project, which the API would be asked for.

    W&B then takes the project of the report, which is the sweep's.
    """
    sweep_id = audit.sweep.ref.sweep_id
    runs = blocks_of.Runset(name=f"sweep {sweep_id}", filters=f"Metric('Sweep') == '{sweep_id}'")
    return blocks_of.PanelGrid(runsets=[runs], panels=panels)


def _panels(audit: AuditAnswer, blocks_of: Any) -> list[Any]:  # noqa: ANN401 - a module of W&B's
    """Curves, parallel coordinates, and what W&B says of parameters."""
    metric = audit.question.rank_by.name
    config = audit.sweep.runs[0].config if audit.sweep.runs else {}
    values = {
        name: {repr(run.config.get(name)) for run in audit.sweep.runs}
        for name in config
        if not name.startswith("_")
    }
    varied = [name for name, seen in values.items() if len(seen) > 1][:_MOST_PARAMETERS]
    columns = [
        blocks_of.ParallelCoordinatesPlotColumn(metric=blocks_of.Config(name)) for name in varied
    ]
    columns.append(blocks_of.ParallelCoordinatesPlotColumn(metric=blocks_of.SummaryMetric(metric)))
    return [
        blocks_of.LinePlot(x="Step", y=[metric], layout=blocks_of.Layout(0, 0, 24, 10)),
        blocks_of.ParallelCoordinatesPlot(columns=columns, layout=blocks_of.Layout(0, 10, 16, 10)),
        blocks_of.ParameterImportancePlot(
            with_respect_to=metric, layout=blocks_of.Layout(16, 10, 8, 10)
        ),
    ]
