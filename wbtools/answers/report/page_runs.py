"""The runs of a page: what each is called there, and where it stands on W&B.

A run's id is other people's text: in a table it may be a name, a path or an address, and two sweeps
may have the same. So a page knows a run by its place alone, and shows its id only as cleaned text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from wbtools.answers.report.report import Refusal
from wbtools.answers.report.run_json import runs_json
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.answers.report.report import SweepReport

_LONGEST_ID = 40


class PageRuns:
    """The runs of all audits on a page.

    Attributes:
        known: What the page's script knows of each run, by its key: the place of its sweep and its
            own in it, `s0r12`.
    """

    def __init__(self, report: SweepReport) -> None:
        """Give each run its key."""
        clean = report.clean
        self.known: dict[str, dict[str, Any]] = {}
        self._keys: dict[tuple[int, str], str] = {}
        self._ids: dict[tuple[int, str], str] = {}
        for sweep, audit in enumerate(report.audits):
            if isinstance(audit, Refusal):
                continue
            for place, (run_id, run) in enumerate(runs_json(audit, clean)):
                self._keys[sweep, run_id] = f"s{sweep}r{place}"
                self._ids[sweep, run_id] = clean(sanitize(run_id, limit=_LONGEST_ID))
                self.known[f"s{sweep}r{place}"] = run

    def key(self, sweep: int, run_id: str) -> str | None:
        """What the page calls a run; None where it knows nothing of it.

        Args:
            sweep: The place of its sweep among those that the report is of.
            run_id: Its id there.
        """
        return self._keys.get((sweep, run_id))

    def url(self, sweep: int, run_id: str) -> str:
        """The run's page on W&B; empty where there is none."""
        key = self.key(sweep, run_id)
        return "" if key is None else self.known[key]["url"] or ""

    def shown_id(self, sweep: int, run_id: str) -> str:
        """The run's id as text that may be shown; empty where the page knows nothing of it."""
        return self._ids.get((sweep, run_id), "")
