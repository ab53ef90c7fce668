"""The settings of early-termination rules, as data that writes itself in the rules' grammar.

Hyperband is what W&B itself runs; the other kinds, and the guards that take a rule, are for
`wbtools simulate`. What settings *do* is in `wbtools.rules`, what guards do in
`wbtools.analysis.simulation.guards`; `wbtools.sweepfile.rule` reads them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Settings:
    """What all settings have: their word, and how they are written."""

    __slots__ = ()
    kind: ClassVar[str]
    rarely: ClassVar[tuple[str, ...]] = ()
    """Settings that are written only where they are not as by default."""

    def __str__(self) -> str:
        """The settings in the command line's grammar."""
        return f"{self.kind}({','.join(_words(self))})"


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperbandSettings(_Settings):
    """W&B's `early_terminate` of type hyperband as written: None means that it was not written.

    Values are kept as they came (a float `s`, a text `eta`), because W&B's engine refuses some of
    them and that is worth saying; `wbtools.rules.hyperband.hyperband` checks them.

    Attributes:
        min_iter: First band, in reports.
        max_iter: Reports of a full run; `s` bands lie below it.
        s: Number of bands in the `max_iter` form; ignored in the `min_iter` form.
        eta: Factor between bands; 1/eta of the runs survive a band. Unset means 3.
        strict: Compare the value *at* the band (true) or the best so far (false). Unset means
            true in W&B's engine since April 2024, although the manual says false.
    """

    kind: ClassVar[str] = "hyperband"
    min_iter: Any = None
    max_iter: Any = None
    s: Any = None
    eta: Any = None
    strict: Any = None

    def as_mapping(self) -> dict[str, Any]:
        """The settings as an `early_terminate` block, what was not written left out."""
        written = {setting.name: getattr(self, setting.name) for setting in fields(self)}
        return {"type": self.kind} | {k: v for k, v in written.items() if v is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class MedianSettings(_Settings):
    """Median stopping, of which `wbtools.rules.median` has the definition.

    Attributes:
        grace: A run is judged from this report on.
        interval: Reports from one judgement of a run to its next.
        min_runs: Completed runs that must have got as far; with fewer nobody is stopped.
    """

    kind: ClassVar[str] = "median"
    rarely: ClassVar[tuple[str, ...]] = ("interval", "min_runs")
    grace: int = 5
    interval: int = 1
    min_runs: int = 1

    def __post_init__(self) -> None:
        """Check the numbers."""
        _counts(self, "grace", "interval", "min_runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class AshaSettings(_Settings):
    """Asynchronous successive halving, of which `wbtools.rules.asha` has the definition.

    Attributes:
        min_iter: First rung, in reports.
        eta: Factor between rungs; the best 1/eta of the runs pass a rung.
    """

    kind: ClassVar[str] = "asha"
    min_iter: int = 1
    eta: float = 3

    def __post_init__(self) -> None:
        """Check the numbers."""
        _counts(self, "min_iter")
        _numbers(self, "eta")
        if not self.eta > 1:
            raise _wrong(self, "eta", "a number above 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatienceSettings(_Settings):
    """Stop what no longer improves, of which `wbtools.rules.patience` has the definition.

    Attributes:
        n: Reports without improvement after which a run is stopped.
        min_delta: What counts as an improvement must be larger; metric's own units.
    """

    kind: ClassVar[str] = "patience"
    rarely: ClassVar[tuple[str, ...]] = ("min_delta",)
    n: int = 10
    min_delta: float = 0

    def __post_init__(self) -> None:
        """Check the numbers."""
        _counts(self, "n")
        _numbers(self, "min_delta")
        if self.min_delta < 0:
            raise _wrong(self, "min_delta", "a number from 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSettings(_Settings):
    """Stop every run after the same number of reports.

    Attributes:
        n: Reports.
    """

    kind: ClassVar[str] = "fixed"
    n: int

    def __post_init__(self) -> None:
        """Check the number."""
        _counts(self, "n")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreserveSettings(_Settings):
    """A guard: a run whose best so far is at least this good is not stopped.

    Attributes:
        rule: What is guarded; None for `none`.
        value: Metric's own units and direction.
    """

    kind: ClassVar[str] = "preserve"
    rule: RuleSettings | None
    value: float

    def __post_init__(self) -> None:
        """Check the number."""
        _numbers(self, "value")


@dataclass(frozen=True, slots=True, kw_only=True)
class TopSettings(_Settings):
    """A guard: the k runs with the best values so far are not stopped.

    Attributes:
        rule: What is guarded; None for `none`.
    """

    kind: ClassVar[str] = "top"
    rule: RuleSettings | None
    k: int = 3

    def __post_init__(self) -> None:
        """Check the number."""
        _counts(self, "k")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectedSettings(_Settings):
    """A guard: a run that may still beat the best completed run is not stopped.

    Attributes:
        rule: What is guarded; None for `none`.
        p: A run lives if its projection beats the bar with at least this probability.
    """

    kind: ClassVar[str] = "projected"
    rule: RuleSettings | None
    p: float = 0.1

    def __post_init__(self) -> None:
        """Check the number."""
        _numbers(self, "p")
        if not 0 < self.p <= 1:
            raise _wrong(self, "p", "a probability above 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class DivergedSettings(_Settings):
    """What else is stopped: a run is at its first NaN or infinite report.

    Attributes:
        rule: What stops the others; None for `none`.
    """

    kind: ClassVar[str] = "diverged"
    rule: RuleSettings | None


PlainSettings: TypeAlias = (
    HyperbandSettings | MedianSettings | AshaSettings | PatienceSettings | FixedSettings
)
GuardSettings: TypeAlias = PreserveSettings | TopSettings | ProjectedSettings | DivergedSettings
RuleSettings: TypeAlias = PlainSettings | GuardSettings


def rule_text(settings: RuleSettings | None) -> str:
    """A rule in the grammar; `parse_rule` reads it back."""
    return "none" if settings is None else str(settings)


def _words(settings: _Settings) -> Iterator[str]:
    for setting in fields(settings):  # type: ignore[arg-type]  # each kind is a dataclass
        value = getattr(settings, setting.name)
        if setting.name == "rule":
            yield rule_text(value)
        elif value is not None and not (
            setting.name in settings.rarely and value == setting.default
        ):
            yield f"{setting.name}={_word(value)}"


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


def _wrong(settings: _Settings, name: str, wanted: str) -> UsageError:
    msg = f"{name} of {settings.kind} must be {wanted}, not {getattr(settings, name)!r}"
    return UsageError(msg, "correct the rule")


def _counts(settings: _Settings, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise _wrong(settings, name, "a whole number from 1")


def _numbers(settings: _Settings, *names: str) -> None:
    for name in names:
        value = getattr(settings, name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value):
            raise _wrong(settings, name, "a finite number")
