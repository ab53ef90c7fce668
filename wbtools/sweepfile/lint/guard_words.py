"""What can run a rule that W&B cannot, as hints on `early_terminate` say it."""

from __future__ import annotations

from dataclasses import MISSING
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import DataError, UsageError
from wbtools.rules.grammar import parse_runnable_rule
from wbtools.rules.hyperband import Hyperband
from wbtools.rules.none import NoRule
from wbtools.rules.registry import RULES
from wbtools.rules.rule import Guard
from wbtools.rules.threshold_guard import ThresholdGuard
from wbtools.sweepfile.kinds import is_number
from wbtools.sweepfile.numbers_in_yaml import yaml_value
from wbtools.text.shell_words import command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wbtools.rules.rule import StoppingRule

_INSIDE: Final = "hyperband(min_iter=10,eta=3)"
_LONGEST: Final = 500


def guarded_by(rule: StoppingRule, *, by_scheduler: bool = False) -> str:
    """The command that stops a sweep's runs by a rule, in backticks."""
    way = ["--scheduler"] if by_scheduler else []
    return f"`{command_line(['wbtools', 'guard', 'SWEEP', *way, '--rule', str(rule)])}`"


def rule_meant(written: object, block: Mapping[Any, Any] | None = None) -> StoppingRule | None:
    """The rule that a text names, as a whole or by its word; None for a text that names none.

    Args:
        written: Where a rule's name should stand.
        block: What else is written there: settings of the rule, or of Hyperband under a guard.
    """
    if not isinstance(written, str) or len(written) > _LONGEST:
        return None
    kind = RULES.get(written.strip().lower())
    try:
        if kind is None:
            return parse_runnable_rule(written)
        return _of_block(kind, block or {})
    except UsageError:
        return None


def _of_block(kind: type[StoppingRule], block: Mapping[Any, Any]) -> StoppingRule:
    """A rule with the settings of a block; as its example has them where these cannot be."""
    inside = _runnable(Hyperband, block) or parse_runnable_rule(_INSIDE)
    given: dict[str, Any] = {"rule": inside} if issubclass(kind, Guard) else {}
    return _runnable(kind, block, **given) or parse_runnable_rule(
        kind.example.replace("RULE", str(inside))
    )


def _runnable(
    kind: type[StoppingRule],
    block: Mapping[Any, Any],
    **given: Any,  # noqa: ANN401 - what a guard guards
) -> StoppingRule | None:
    numbers = {
        setting.name: block[setting.name]
        for setting in kind.settings()
        if is_number(block.get(setting.name)) or isinstance(block.get(setting.name), bool)
    }
    needed = {setting.name for setting in kind.settings() if setting.default is MISSING}
    if not (numbers and needed <= numbers.keys()):
        return None
    try:
        rule = kind(**given, **numbers)
        rule.refuse_unless_runnable()
    except (UsageError, DataError):
        return None
    return rule


def hint_on_type(written: object, block: Mapping[Any, Any] | None = None) -> str:
    """What to do about a type that W&B's engine does not have; arguments as of `rule_meant`."""
    rule = rule_meant(written, block)
    if isinstance(rule, NoRule):
        return "leave early_terminate out, and no run is stopped"
    if isinstance(rule, Hyperband):
        return f"write early_terminate: {yaml_value(rule.as_block())}"
    if rule is not None:
        return f"leave early_terminate out: {guarded_by(rule)} stops runs by such a rule"
    return "`wbtools rule` lists the rules by which `wbtools guard SWEEP --rule RULE` stops runs"


def hint_on_preserving(block: Mapping[Any, Any], key: object) -> str | None:
    """What never stops a run beyond a value, where a setting of Hyperband seems to ask for that."""
    value, rule = block.get(key), _runnable(Hyperband, block)
    if not (isinstance(key, str) and "preserve" in key.lower() and is_number(value) and rule):
        return None
    kept = ThresholdGuard(rule=rule, value=value)
    return f"leave early_terminate out: {guarded_by(kept)} keeps such runs"


def hint_beside_scheduler(block: object) -> str:
    """What stops runs of a sweep that W&B's own scheduler runs."""
    rule = _runnable(Hyperband, block) if isinstance(block, dict) else None
    if rule is None:
        return "leave early_terminate out: `wbtools guard SWEEP --scheduler --rule RULE` stops runs"
    guard = guarded_by(rule, by_scheduler=True)
    return f"leave early_terminate out: {guard} stops runs by this rule"
