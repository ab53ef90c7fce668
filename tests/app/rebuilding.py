"""Commands that are rebuilt from what is known of a run."""

from tests.replication.launches import run_of
from tests.replication.test_scripts import texts
from wbtools.app.opening.question import WrittenSpec
from wbtools.app.reconstruct_command import LaunchEvidence, reconstruct_command
from wbtools.model import LaunchRecord
from wbtools.sweepfile.spec import parse_spec

CONFIG = {"lr": 0.1, "model.depth": 3, "own": 1}
SPEC = "parameters: {lr: {min: 0, max: 1}, model: {parameters: {depth: {value: 3}}}}"


def rebuilt(record=None, spec=None, config=None, program=None, style=None, **more):
    written = None
    if spec is not None:
        written = WrittenSpec(spec=parse_spec(spec, "s"), place="sweep.yaml", why="it is")
    evidence = LaunchEvidence(
        run=run_of(config=CONFIG if config is None else config),
        record=LaunchRecord(**(record or {})),
        written=written,
        **more,
    )
    launch, findings = reconstruct_command(evidence, program=program, style=style)
    return texts(launch.words()), {finding.code for finding in findings}, launch


def found_in(record=None, spec=None, **more):
    """The launch, and the findings as texts by their code."""
    written = None if spec is None else WrittenSpec(spec=parse_spec(spec, "s"), place="s", why="")
    evidence = LaunchEvidence(
        run=run_of(config={"lr": 0.1}), record=LaunchRecord(**(record or {})), written=written
    )
    launch, findings = reconstruct_command(evidence, **({"program": None, "style": None} | more))
    return launch, {found.code: f"{found.title} ({found.hint})" for found in findings}


STARTER = "import wandb\nwandb.agent(wandb.sweep({}), print)\n"
