"""The commands that validate a ranking's diverse choice: each runs one of them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.app.rank import run_to_repeat
from wbtools.text.shell_words import next_command

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.analysis.ranking.ranking import Ranking
    from wbtools.app.rank import RankOptions


def validation_commands(
    ranking: Ranking, options: RankOptions, seeds: str, where: Sequence[str]
) -> tuple[str, ...]:
    """A whole command for each configuration of the diverse choice; none without one.

    Args:
        ranking: What was ranked.
        options: What the user said.
        seeds: As `--seeds` of `replicate` takes them.
        where: The options by which they work on what this one worked on.
    """
    if ranking.diverse is None:
        return ()
    lead = ranking.question.metrics[0]
    given: dict[str, object] = {
        "seeds": seeds,
        "seed_key": next(iter(options.seed_keys), None),
        "metric": lead.option_text if options.metrics or options.goal else None,
        "sweep_file": options.sweep_file,
    }
    commands = []
    for pick in ranking.diverse.picks:
        reference = ranking.sources[pick.row.configuration.stage].reference
        run_option = {"run": run_to_repeat(ranking, pick.row)}
        commands.append(next_command("replicate", reference, run_option | given, where))
    return tuple(commands)
