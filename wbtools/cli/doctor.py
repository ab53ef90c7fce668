"""`wbtools doctor`: what quietly went wrong in a sweep."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from wbtools.cli.argument_groups import (
    NetworkArguments,
    PlainAnswerArguments,
    SelectionArguments,
    SweepArguments,
)
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups
from wbtools.cli.options import FailOn, Ignore, OptionalSweep, Select
from wbtools.cli.sweep_in_use import sweep_in_use
from wbtools.text.shell_words import next_command


@with_examples(
    (
        "wbtools doctor demo",
        "Examine the sweep that comes with wbtools.",
    ),
    (
        "wbtools doctor ./wandb --fail-on warning",
        "In a script: exit with 1 if something may be wrong.",
    ),
    (
        "wbtools doctor demo --ignore WBD212,WBT1",
        "Leave findings out that you know of.",
    ),
)
@takes_groups
def doctor(
    sweep: OptionalSweep = None,
    *,
    select: Select = "",
    ignore: Ignore = "",
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit with 1 if a finding is at least this severe.")
    ] = FailOn.NEVER,
    looked_at: SelectionArguments,
    sweep_was: SweepArguments,
    answer: PlainAnswerArguments,
    network: NetworkArguments,
) -> None:
    """Say what quietly went wrong in a sweep: names, bands, states, curves, machines, bounds.

    Every finding comes with its numbers; what cannot be judged is listed with the reason.
    `wbtools rule WBD212` explains one. The exit code is 0 whatever is found, unless --fail-on asks
    for a gate; suspicions of low confidence never close it.
    """
    from wbtools.answers.doctor.answer import DoctorAnswer
    from wbtools.app.doctor import (
        LACKING_CELLS,
        DoctorOptions,
        examine_reference,
        rerun_command,
    )
    from wbtools.findings import Codes, Severity, codes_of, gate

    selection = looked_at.selection
    reference = sweep_in_use(sweep, network.archive, selection=selection)
    answer.check(reference)
    rerun = None if selection else rerun_command(reference, sweep_was.sweep_file, network.words)
    options = DoctorOptions(
        about=sweep_was.options(),
        codes=Codes(select=codes_of(select), ignore=codes_of(ignore)),
        selection=selection,
        rerun_command=rerun,
    )
    with network.session(quiet=answer.quiet) as session:
        examination = DoctorAnswer.of(examine_reference(reference, options, session))
    answer.deliver(examination)
    if examination.findings:
        answer.offer(f"wbtools rule {examination.findings[0].code}")
        if examination.context.curves is not None:
            words = [*selection.options(), *network.words]
            given = asdict(options.about)
            answer.offer(next_command("audit-terminations", reference, given, words))
    if rerun is not None and LACKING_CELLS in {finding.code for finding in examination.findings}:
        answer.offer(rerun)
    if fail_on is not FailOn.NEVER and gate(examination.findings, Severity[fail_on.name]):
        raise typer.Exit(1)
