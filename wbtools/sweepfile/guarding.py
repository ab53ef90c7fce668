"""A sweep file for a sweep that `wbtools guard` watches: W&B's scheduler, and no rule of its own.

W&B's schema takes `scheduler` and `early_terminate` not together, and no rule within `scheduler`,
so the rule stands in a comment, in the command that starts the guard.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.rules.grammar import parse_runnable_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.text.shell_words import command_line, option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.rules.rule import StoppingRule
    from wbtools.sweepfile.draft import Draft
    from wbtools.sweepfile.making import MakeOptions

SWEEP_ID: Final = "ENTITY/PROJECT/SWEEP_ID"
"""What stands in a command for a sweep that is not registered yet."""


def guarding_rule(options: MakeOptions) -> StoppingRule | None:
    """The rule by which `wbtools guard` is to stop runs; None where it is not asked for.

    Raises:
        UsageError: It is no rule that can run, or W&B is to stop runs too.
    """
    if options.guard is None:
        return None
    rule = parse_runnable_rule(options.guard)
    if options.early_terminate is not None:
        msg = "--guard and --early-terminate are both given, and W&B's schema takes only one"
        hint = (
            f"leave --early-terminate out: `wbtools guard` stops runs by {rule}"
            if not isinstance(rule, Hyperband)
            else "leave one of them out: --early-terminate for W&B's own Hyperband, --guard for "
            "`wbtools guard`"
        )
        raise UsageError(msg, hint)
    if options.preserve is not None:
        msg = "--preserve only notes a wish, and --guard can fulfil it"
        raise UsageError(msg, f"write --guard 'preserve({rule},value={options.preserve:g})'")
    return rule


def put_under_guard(draft: Draft, rule: StoppingRule) -> None:
    """Give the file a `scheduler`, and say at its head how the guard is started."""
    data = draft.data
    if "scheduler" not in data:
        data["scheduler"] = {"engine": "optuna" if data.get("method") == "custom" else "wandb"}
    draft.head = [*_head(rule), *([""] if draft.head else []), *draft.head]


def guard_command(
    sweep: str, rule: StoppingRule, *, by_scheduler: bool = True, acts: bool = True
) -> str:
    """The command that starts the guard, ready to paste.

    Args:
        sweep: What the guard is to watch.
        rule: By which it stops runs.
        by_scheduler: As the optimizer of W&B's own scheduler.
        acts: Stop runs; else only say which would be stopped.
    """
    way, yes = ["--scheduler"] if by_scheduler else [], ["--yes"] if acts else []
    return command_line(["wbtools", "guard", sweep, *way, *option("rule", str(rule)), *yes])


def _head(rule: StoppingRule) -> Iterator[str]:
    yield f"Runs are stopped by wbtools guard, by the rule {rule}"
    yield "Once the sweep is registered, start beside its agents:"
    yield f"  {guard_command(SWEEP_ID, rule)}"
    yield "If W&B's server has no local schedulers, remove the block scheduler, and start:"
    yield f"  {guard_command(SWEEP_ID, rule, by_scheduler=False)}"
