"""What every stopping rule has: its settings, what it decides, and how it is written.

A rule is a frozen dataclass. Its fields are its settings: the grammar reads and writes them by
name, and `__post_init__` checks them. A guard is a rule that takes another one and changes who is
stopped. W&B's engine knows Hyperband alone; the others are for `wbtools simulate` and
`wbtools guard`.
"""

from __future__ import annotations

import inspect
import math
import re
from abc import ABC, abstractmethod
from dataclasses import Field, dataclass, fields
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.errors import UsageError
from wbtools.rules.registry import register
from wbtools.rules.tracking import Deciding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any, Self

    from wbtools.model import SweepView, Verdict
    from wbtools.rules.tracking import RuleTracker

_MOST: Final = 10**12
"""More reports or runs than there are anywhere; larger numbers would not fit into arrays."""


@dataclass(frozen=True, kw_only=True)
class StoppingRule(ABC):
    """A rule. A class with a `word` is known to the grammar from its definition on."""

    word: ClassVar[str]
    """Its name in the grammar."""
    example: ClassVar[str]
    """How the command line's help writes it."""
    rarely: ClassVar[tuple[str, ...]] = ()
    """Settings that are written only where they are not as by default."""
    unwritten: ClassVar[tuple[str, ...]] = ()
    """Fields that are no settings."""
    counts_reports: ClassVar[tuple[str, ...]] = ()
    """Settings that are numbers of reports."""
    counts_runs: ClassVar[tuple[str, ...]] = ()
    """Settings that are numbers of runs."""
    compares_reports: ClassVar[bool] = False
    """Whether it compares reports of one run with each other."""
    keeps_words: ClassVar[bool] = False
    """Whether a setting that YAML takes for a word stays one, though people read a number: 1e-3."""

    def __init_subclass__(cls) -> None:
        """Register what has a word."""
        if "word" in cls.__dict__:
            register(cls)

    @abstractmethod
    def decide(self, view: SweepView) -> Verdict:
        """Say which active runs to stop, judged on `view` alone."""

    def tracker(self, recorded: SweepView) -> RuleTracker:
        """What answers as `decide` does while a sweep goes on, report by report.

        Args:
            recorded: All reports that the runs will make if nobody stops them.
        """
        return Deciding(self, recorded)

    @classmethod
    def grid(cls, horizon: int) -> Sequence[Self]:  # noqa: ARG003 - for those that are tried
        """What `simulate` tries where nobody names a rule; `horizon`: reports of a full run."""
        return ()

    @classmethod
    def settings(cls) -> tuple[Field[Any], ...]:
        """The fields that are written, in order."""
        return tuple(setting for setting in fields(cls) if setting.name not in cls.unwritten)

    @property
    def innermost(self) -> StoppingRule:
        """The rule inside all guards."""
        return self

    @property
    def projects(self) -> bool:
        """Whether it, or a guard around it, asks for projections."""
        return False

    @property
    def parts(self) -> tuple[StoppingRule, ...]:
        """The rule itself, and then what it guards, inwards."""
        return (self,)

    @property
    def bands(self) -> tuple[int, ...]:
        """Reports at which runs are compared, ascending; empty for a rule without bands."""
        return ()

    @property
    def first_stop(self) -> int | None:
        """The first report at which a run can be stopped; None where none ever is."""
        return 1

    @property
    def goes_by_order(self) -> bool:
        """Whether this part needs nothing of the metric but the order of its values."""
        return False

    @property
    def in_words(self) -> str:
        """Which run it stops, or which it spares, with these settings; nothing of a rule inside."""
        return " ".join((inspect.getdoc(self) or "").partition("\n\n")[0].split())

    @classmethod
    def settings_in_words(cls) -> dict[str, str]:
        """What the class's docstring says of each setting, under `Attributes:`."""
        attributes = (inspect.getdoc(cls) or "").partition("\nAttributes:\n")[2]
        entries = re.split(r"\n(?=\w+:)", inspect.cleandoc(attributes.partition("\n\n")[0]))
        said = dict(entry.split(":", 1) for entry in entries if ":" in entry)
        names = [setting.name for setting in cls.settings()]
        return {name: " ".join(said.get(name, "").split()) for name in names}

    def refuse_unless_runnable(self) -> None:  # noqa: B027 - most rules run once they are made
        """Complain of settings that can be written and yet not run.

        Raises:
            DataError: Hyperband settings on which W&B's engine raises.
        """

    @property
    def alone(self) -> str:
        """The rule in the grammar, without the one inside it: `top(k=3)`."""
        words = ",".join(StoppingRule._words(self))
        return f"{self.word}({words})" if words else self.word

    def __str__(self) -> str:
        """The rule in the grammar; `parse_rule` reads it back."""
        return f"{self.word}({','.join(self._words())})" if fields(self) else self.word

    def _words(self) -> Iterator[str]:
        for setting in self.settings():
            value = getattr(self, setting.name)
            if value is None or (setting.name in self.rarely and value == setting.default):
                continue
            yield f"{setting.name}={_word(value)}"

    def require_counts(self, *names: str) -> None:
        """Check settings that are whole numbers from 1.

        Raises:
            UsageError: One is not.
        """
        for name in names:
            value = getattr(self, name)
            is_whole = isinstance(value, int) and not isinstance(value, bool)
            if not is_whole or not 1 <= value <= _MOST:
                raise wrong_setting(self, name, "a whole number from 1")

    def require_numbers(self, *names: str) -> None:
        """Check settings that are finite numbers.

        Raises:
            UsageError: One is not.
        """
        for name in names:
            value = getattr(self, name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not math.isfinite(value):
                raise wrong_setting(self, name, "a finite number")


@dataclass(frozen=True, kw_only=True)
class Guard(StoppingRule):
    """A rule around another one, which the grammar writes first: `top(RULE,k=3)`.

    Attributes:
        rule: What is guarded.
    """

    unwritten: ClassVar[tuple[str, ...]] = ("rule",)
    rule: StoppingRule

    @property
    def innermost(self) -> StoppingRule:
        """The rule inside all guards."""
        return self.rule.innermost

    @property
    def parts(self) -> tuple[StoppingRule, ...]:
        """The guard itself, and then what it guards, inwards."""
        return (self, *self.rule.parts)

    @property
    def bands(self) -> tuple[int, ...]:
        """Those of what is guarded."""
        return self.rule.bands

    @property
    def first_stop(self) -> int | None:
        """Not before what is guarded stops."""
        return self.rule.first_stop

    @property
    def projects(self) -> bool:
        """Whether it, or what it guards, asks for projections."""
        return self.rule.projects

    def refuse_unless_runnable(self) -> None:
        """A guard runs if what it guards does.

        Raises:
            DataError: Hyperband settings on which W&B's engine raises.
        """
        self.rule.refuse_unless_runnable()

    def _words(self) -> Iterator[str]:
        yield str(self.rule)
        yield from super()._words()


def _word(value: object) -> str:
    """A value as YAML reads it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
        if value == int(value) and abs(value) < 10**15:
            return f"{value:.1f}"
        digits, e, power = repr(value).partition("e")
        return repr(value) if not e or "." in digits else f"{digits}.0e{power}"
    return str(value)


def wrong_setting(rule: StoppingRule, name: str, wanted: str) -> UsageError:
    """The complaint that a setting is not what it must be."""
    msg = f"{name} of {rule.word} must be {wanted}, not {getattr(rule, name)!r}"
    return UsageError(msg, "correct the rule")


def first_of(reports: Sequence[int]) -> str:
    """Bands in words, however many there are: `10, 30, 90, …`."""
    return ", ".join([*map(str, reports[:3]), *("…" for _ in reports[3:4])])


def shares_of(horizon: int, *shares: float) -> list[int]:
    """These shares of a full run in whole reports, at least one; none comes twice."""
    return list(dict.fromkeys(max(1, round(share * horizon)) for share in shares))
