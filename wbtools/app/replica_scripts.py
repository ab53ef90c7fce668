"""Replicas as a text: a shell script, a job for Slurm, a sweep of W&B's, or plain YAML.

Those that the sweep's own agents are given (`--to enqueue`) have none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from wbtools.app.slurm_settings import with_settings
from wbtools.findings import Confidence, Finding, Severity
from wbtools.planning.slurm import SlurmJob, SlurmOptions
from wbtools.replication.command_finding import command_finding
from wbtools.replication.script import all_words, ambiguous_secrets
from wbtools.replication.shell_target import shell_script
from wbtools.replication.slurm_target import task_lines
from wbtools.replication.sweep_of_runs import sweep_of_runs
from wbtools.replication.words import secrets_in, variables_in
from wbtools.replication.yaml_targets import plain_yaml, sweep_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from wbtools.replication.script import Replication
    from wbtools.sweepfile.spec import SweepSpec


class Target(StrEnum):
    """What is written."""

    SHELL = "shell"
    SLURM = "slurm"
    SWEEP = "sweep"
    YAML = "yaml"
    ENQUEUE = "enqueue"

    @property
    def is_bare(self) -> bool:
        """Whether the configuration is all that is wanted, and no command."""
        return self in {Target.YAML, Target.ENQUEUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepBlocks:
    """What a new sweep takes over from the one whose runs are replicated.

    Attributes:
        name: Of the new sweep.
        metric: Its `metric` block; None where nothing says by which metric runs are judged.
        early_terminate: Its rule, where it is kept.
    """

    name: str
    metric: Mapping[str, object] | None
    early_terminate: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaScript:
    """What is written.

    Attributes:
        job: The same as a job, where it is one for Slurm.
    """

    text: str
    job: SlurmJob | None = field(default=None)


def replica_script(
    replication: Replication, target: Target, slurm: SlurmOptions, sweep: SweepBlocks
) -> ReplicaScript:
    """Write the replicas down.

    Raises:
        DataError: A name or a value cannot be said in the program's style, or in a sweep.
        UsageError: The options of Slurm do not fit the job.
    """
    if target is Target.SHELL:
        return ReplicaScript(text=shell_script(replication))
    if target is Target.YAML:
        return ReplicaScript(text=plain_yaml(replication))
    if target is Target.ENQUEUE:
        return ReplicaScript(text="")
    if target is Target.SLURM:
        job = slurm_job(replication, slurm)
        return ReplicaScript(text=str(job), job=job)
    goes_on = any(replica.continuation is not None for replica in replication.replicas)
    write = sweep_of_runs if goes_on or replication.group is None else sweep_yaml
    return ReplicaScript(
        text=write(
            replication,
            sweep_name=sweep.name,
            metric=sweep.metric,
            early_terminate=sweep.early_terminate,
        )
    )


def slurm_job(replication: Replication, options: SlurmOptions) -> SlurmJob:
    """One task a replica.

    Raises:
        DataError: A name or a value cannot be said in the program's style.
    """
    lines = task_lines(replication)
    return SlurmJob(
        name=replication.job_name,
        n_tasks=lines.n_tasks,
        options=with_settings(options),
        comments=lines.comments,
        body=lines.body,
    )


def target_findings(
    target: Target, replication: Replication, spec: SweepSpec | None
) -> Iterator[Finding]:
    """What the user should know before the replicas run.

    Args:
        target: What is written.
        replication: The replicas.
        spec: The configuration that W&B holds of their sweep; None where there is none.
    """
    if target is Target.ENQUEUE and spec is not None and spec.has_rule:
        rule = "its early_terminate block" if spec.rule is None else str(spec.rule)
        yield command_finding(
            "WBR320",
            f"the sweep's own rule stops enqueued runs too: {rule}",
            "--to shell and --to slurm run a replica to its end",
            subject="sweep",
        )
    if not target.is_bare:
        yield from _environment_findings(replication)


def _environment_findings(replication: Replication) -> Iterator[Finding]:
    """The variables that a user has to set before a script runs."""
    words = all_words(replication)
    kinds = (
        (
            "WBR305",
            Severity.WARNING,
            Confidence.MEDIUM,
            "values that look like secrets are left to the environment",
            secrets_in(words),
        ),
        (
            "WBR308",
            Severity.INFO,
            Confidence.HIGH,
            "the sweep's command reads the environment",
            variables_in(words),
        ),
    )
    for code, severity, confidence, title, names in kinds:
        if names:
            yield command_finding(
                code,
                f"{title}: {', '.join(f'${name}' for name in names)}",
                "set them before you run the script",
                severity=severity,
                confidence=confidence,
                evidence={"names": list(names)},
            )
    shared = ambiguous_secrets(replication)
    if shared:
        yield command_finding(
            "WBR305",
            f"the runs recorded different values of {', '.join(f'${name}' for name in shared)}, "
            "and one variable holds one of them",
            "run those whose values differ by scripts of their own",
            evidence={"names": list(shared)},
        )
