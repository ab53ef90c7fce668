"""What the sections of every report share: titles, figures, commands, and why an answer lacks."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from wbtools.answers.report.figures import figure_of
from wbtools.answers.report.report import Refusal
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.answers.report.report import SweepReport
    from wbtools.answers.report.story_page import StoryPage


def title_of(report: SweepReport) -> str:
    """What the report is about: `Sweep t3xtur35`."""
    named = [sanitize(PurePath(reference).name or reference) for reference in report.references]
    for place, audit in enumerate(report.audits):
        if not isinstance(audit, Refusal):
            named[place] = sanitize(audit.sweep.ref.sweep_id)
    return f"{'Sweep' if len(named) == 1 else 'Sweeps'} {', '.join(named)}"


def refusal_words(refusal: Refusal) -> str:
    """Why there is no answer, and what to do about it."""
    hint = f" ({sanitize(refusal.hint, limit=0)})" if refusal.hint else ""
    return f"No answer: {sanitize(refusal.why, limit=0)}{hint}."


def show(report: SweepReport, page: StoryPage, *names: str) -> None:
    """Show figures, or say why one cannot be drawn; none of an answer that is not there."""
    shown: list[str] = []
    for name in names:
        figure = figure_of(report, name)
        if isinstance(figure, Refusal):
            page.say(f"No figure of {name}: {sanitize(figure.why, limit=0)}.", style="dim")
        elif figure is not None and any(panel.marks for panel in figure.panels):
            page.chart(figure, report.plot_command(name, "--data", "csv"))
            shown.append(name)
        elif figure is not None:
            page.say(f"{figure.title}.", style="dim")
    if shown:
        page.drawn_by(report.plot_command(shown[0], "-o", "svg"), shown[1:])


def write_commands(report: SweepReport, page: StoryPage) -> None:
    """Write what to run next, ready to paste."""
    for command in report.commands:
        page.command(command.line, command.purpose)


def capitalized(words: str) -> str:
    """Words as the beginning of a sentence."""
    return f"{words[:1].upper()}{words[1:]}"
