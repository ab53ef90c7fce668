"""What runs are called in the answer of `verify`: by name, and by id where several share one."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.analysis.verification.outcome import Verification
    from wbtools.model import Run


class UniqueRunNames:
    """Names that tell the runs of one answer from each other.

    `replicate` calls every continuation of a run `{name}-continued`.
    """

    def __init__(self, verification: Verification) -> None:
        """Learn which names several runs have."""
        by_id = {replica.run.id: replica.run.name for replica in verification.replicas}
        for replica in verification.replicas:
            for part in () if replica.joined is None else replica.joined.parts:
                by_id.setdefault(part.run.id, part.run.name)
        self._shared = {name for name, n in Counter(by_id.values()).items() if n > 1}

    def __call__(self, run: Run) -> str:
        """The name of a run, clean; with its id where another one has the same."""
        name = sanitize(run.name)
        return f"{name} ({sanitize(run.id)})" if run.name in self._shared else name
