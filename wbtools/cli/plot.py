"""`wbtools plot`: one figure of a sweep, for a paper or a talk, and the numbers in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import typer

from wbtools.cli import completion
from wbtools.cli.argument_groups import NetworkArguments, SelectionArguments, SweepArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import Force, Quiet, RankBy, Sweeps, Verbose
from wbtools.cli.output import check_figure, check_targets, note, write_answer, write_figure
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.errors import UsageError

_KINDS = Literal[
    "curves", "timeline", "gems", "thresholds", "distribution", "importance", "parallel",
    "slices", "pairs", "front", "race", "leaderboard",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _FigureArguments:
    """Where the figure and its numbers go."""

    TITLE: ClassVar[str] = "Figure"

    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            help="Draw the figure to this file: .svg, .pdf or .png.",
        ),
    ] = None
    data: Annotated[
        Path | None,
        typer.Option(
            "--data", metavar="FILE", help="Write the numbers that the figure shows: a .csv file."
        ),
    ] = None
    width: Annotated[
        Literal["single", "double"],
        typer.Option(
            "--width",
            help="How wide the figure is: single is a journal's column of 3.5 inches, double its "
            "page of 7.2.",
        ),
    ] = "double"
    force: Force = False
    quiet: Quiet = False
    verbose: Verbose = 0

    def check(self, *sources: str) -> None:
        """Refuse what must not be written, before any work is done.

        Raises:
            UsageError: Nothing is to be written, or a file that must not be, or in a format that
                its name does not say.
        """
        if self.output is None and self.data is None:
            msg = "nothing says where the figure is to go"
            raise UsageError(msg, "name a file with -o: figure.svg, or figure.pdf for a paper")
        check_figure(self.output)
        if self.data is not None and self.data.suffix.lower() != ".csv":
            msg = f"{self.data} is not the name of a CSV file"
            raise UsageError(msg, f"let the name end in .csv: {self.data.stem}.csv")
        for source in sources:
            check_targets(self.output, self.data, source=source, force=self.force)


@with_examples(
    (
        "wbtools plot curves demo -o curves.svg",
        "Draw the curves of the recorded sweep that comes with wbtools.",
    ),
    (
        "wbtools plot parallel demo -o parallel.pdf --width single",
        "Draw its parameters as parallel coordinates, for a column of a paper.",
    ),
    (
        "wbtools plot race demo --group-by hidden -o race.png --data race.csv",
        "Draw which side was ahead after how much compute, and write the numbers.",
    ),
)
@takes_groups
def plot(
    kind: Annotated[
        _KINDS,
        typer.Argument(metavar="KIND", help="Which figure.", show_default=False),
    ],
    sweeps: Sweeps = None,
    *,
    run: Annotated[
        str | None,
        typer.Option(
            "--run",
            metavar="RUN",
            help="Let one run stand out in curves, timeline or thresholds: by its number, name or "
            "id; `best`, `gem` and `gem:2` as in audit-terminations.",
        ),
    ] = None,
    zoom: Annotated[
        bool,
        typer.Option("--zoom", help="Show only what matters of the curves: where runs compete."),
    ] = False,
    group_by: Annotated[
        str | None,
        typer.Option(
            "--group-by",
            metavar="NAME",
            help="Make a side of a race, or a configuration of a leaderboard, of every value of a "
            "parameter or a column.",
        ),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(
            "--against",
            metavar="NAME[:GOAL]",
            help="Set a leaderboard's values against cost, which is the time of a run, or against "
            "a parameter or a number in the summaries: the figure shows the Pareto front.",
            autocompletion=completion.metrics,
        ),
    ] = None,
    rank_by: RankBy = None,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    figure: _FigureArguments,
    network: NetworkArguments,
) -> None:
    """Draw one figure of a sweep, and write the numbers in it.

    KIND is one of: curves, with bands and stops; timeline, who ran when; gems, which stopped runs
    may have won; thresholds, what each band asked for; distribution, best values by how runs ended;
    importance, parallel, slices and pairs, about parameters; front, what other rules would have
    cost; race, best so far against compute; leaderboard, means over seeds. The last three take
    several sweeps.
    """
    from wbtools.answers.csv_cells import csv_table
    from wbtools.app.plot import FigureKind, PlotOptions, check_plot, figure_of

    selection = looked_at.selection
    chosen = FigureKind(kind)
    options = PlotOptions(
        question=sweep_was.options(rank_by=rank_by),
        run=run,
        is_zoomed=zoom,
        group_by=group_by,
        against=against,
    )
    check_plot(chosen, sweeps or (), options)
    references = sweeps or [sweep_in_use(None, network.archive, selection=selection)]
    figure.check(*references)
    with network.session(quiet=figure.quiet) as session:
        data = figure_of(chosen, references, options, session, selection)
    if figure.output is not None:
        from wbtools.answers.figures.draw import drawn

        write_figure(figure.output, drawn(data, width=figure.width))
    if figure.data is not None:
        from wbtools.answers.figures.data_rows import data_rows

        write_answer(csv_table(*data_rows(data)), figure.data)
    if not figure.quiet:
        note(f"{data.title}\n")
