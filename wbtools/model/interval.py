"""A number, how sure it is, and what it rests on: the one shape in which answers give estimates."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """An estimate between the ends of its interval, all three in the units of what is estimated.

    The number has no direction: where lower or higher is better, whoever holds the interval says
    so. How the ends were found (Student's t, Wilson, percentiles) is told where they are.

    Attributes:
        estimate: The number itself: a mean, a median, a share.
        low: Lower end, at most `high`.
        high: Upper end.
        level: Probability that the interval holds, in (0, 1).
        n: Runs or draws that it rests on; None where that is told elsewhere.
    """

    estimate: float
    low: float
    high: float
    level: float
    n: int | None = None

    def times(self, factor: float) -> Interval:
        """The same in another unit; the factor is positive."""
        return replace(
            self,
            estimate=self.estimate * factor,
            low=self.low * factor,
            high=self.high * factor,
        )

    def complement(self) -> Interval:
        """What a share leaves of a whole: of used, saved."""
        return replace(self, estimate=1 - self.estimate, low=1 - self.high, high=1 - self.low)
