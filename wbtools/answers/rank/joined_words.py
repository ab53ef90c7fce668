"""What joins metrics that do not stand in one row, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from wbtools.analysis.alignment import Link
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.ranking.ranking import Ranking

_IN_WORDS = {
    Link.COUNT: "at the report of the same number, as both have equally many",
    Link.BEFORE: "at the last report before it",
    Link.AFTER: "at the first report after it",
}


def joined_words(ranking: Ranking) -> Iterator[str]:
    """How each metric was read at the first one's best; nothing of those in one row with it."""
    n_runs: dict[str, Counter[tuple[Link, str | None]]] = {}
    for source in ranking.sources:
        for alignment in source.alignments:
            n_runs.setdefault(alignment.metric, Counter()).update(alignment.n_runs)
    lead = sanitize(ranking.question.metrics[0].name)
    for metric, links in n_runs.items():
        joined = []
        for (link, counter), n in sorted(links.items(), key=str):
            if counter is not None:
                joined.append(f"where {sanitize(counter)} is the same ({count(n, 'run')})")
            elif link in _IN_WORDS:
                joined.append(f"{_IN_WORDS[link]} ({count(n, 'run')})")
        if joined:
            rows = f"{sanitize(metric)} stands in other rows than the best {lead}"
            yield f"{rows}: it is read {listed(joined)}."
        if n := links[Link.NONE, None]:
            which = f"which report of {sanitize(metric)} belongs to the best {lead}"
            yield f"Nothing tells {which} in {count(n, 'run')}: no value there."
