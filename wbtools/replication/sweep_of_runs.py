"""`--to sweep` of several runs: a W&B grid over their places, each started by a line of a shell.

A grid crosses values, and the configurations of several runs are no product. So the sweep has one
parameter, the place of a run among them, and its command holds the command of every run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.replication.posix import Variables
from wbtools.replication.script import SHELLCHECK, case_lines, file_lines, head_lines
from wbtools.replication.yaml_targets import dumped, grid_block, refuse_macro, refuse_same_run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.replication.script import Replication

_PLACE: Final = "replica"


def sweep_of_runs(
    replication: Replication,
    *,
    sweep_name: str,
    metric: Mapping[str, object] | None,
    early_terminate: Mapping[str, object] | None = None,
) -> str:
    """A grid sweep over runs, to be given to `wandb sweep`.

    Args:
        replication: The replicas.
        sweep_name: Of the new sweep.
        metric: The sweep's `metric` block; a grid can do without.
        early_terminate: Its rule, where it is kept.

    Raises:
        DataError: A name or a value cannot be said in the program's style, or would be taken for a
            macro of W&B's; or a run is to be resumed.
    """
    for replica in replication.replicas:
        refuse_same_run(replica)
    variables = Variables()
    cases = case_lines(f"${{1#{_PLACE}=}}", replication, variables, group=None)
    script = "\n".join([SHELLCHECK, "set -eu", *variables.lines, *file_lines(replication), *cases])
    refuse_macro(script)
    programs = {replica.launch.program for replica in replication.replicas}
    program = programs.pop() if len(programs) == 1 else None
    document: dict[str, object] = {
        "name": sweep_name,
        **grid_block(replication, program, metric, early_terminate),
        "command": ["${env}", "sh", "-c", script, "sh", "${args_no_hyphens}"],
        "parameters": {_PLACE: {"values": list(range(len(replication.replicas)))}},
    }
    return "\n".join(head_lines(replication)) + "\n" + dumped(document)
