"""What `--set` makes of a run: another configuration, maybe one that its sweep never searched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.model.configuration import same_value
from wbtools.replication.command_finding import command_finding
from wbtools.text.masking import holds_secret, masked_config

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.app.opening.question import WrittenSpec
    from wbtools.findings import Finding
    from wbtools.model import Run
    from wbtools.replication.changes import Changes


def set_words(changes: Changes) -> Iterator[str]:
    """`--set gives lr 0.5, hidden 512`; secrets are masked."""
    if changes.values:
        values = masked_config(changes.values)
        yield f"--set gives {', '.join(f'{name} {value}' for name, value in values.items())}"


def is_other_configuration(changes: Changes, run: Run) -> bool:
    """Whether `--set` or `--unset` makes the replicas runs of another configuration."""
    return bool(changes.unset) or any(
        name not in run.config or not same_value(value, run.config[name])
        for name, value in changes.values.items()
    )


def outside_findings(changes: Changes, written: WrittenSpec | None) -> Iterator[Finding]:
    """Say which values of `--set` lie outside of what the sweep searched."""
    space = {} if written is None else written.spec.space
    for name, value in changes.values.items():
        axis = space.get(name)
        if axis is None or axis.allows(value) or holds_secret(name, value):
            continue
        yield command_finding(
            "WBR315",
            f"--set {name}={value} is outside of what the sweep searched ({axis})",
            f"no run of the sweep tells what to expect there; see that {name!r} is meant so",
            evidence={"name": name},
        )
