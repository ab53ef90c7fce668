"""What `rank` holds of its sweeps, and of what is wrong with their recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.alignment import Link
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.findings.record import FINDING

if TYPE_CHECKING:
    from wbtools.analysis.ranking.ranking import Source
    from wbtools.findings import Finding

_JOINED: Final[Record[tuple[str, tuple[Link, str | None], int]]] = Record(
    "JoinedMetric",
    Column("metric", str, "One of the further metrics.", lambda row: row[0]),
    Column("by", Link, "What joins its report to the first metric's best.", lambda row: row[1][0]),
    Column("counter", str | None, "The counter, where that is one.", lambda row: row[1][1]),
    Column("n_runs", int, "In how many runs.", lambda row: row[2]),
)

SOURCE: Final[Record[Source]] = Record(
    "Source",
    Column("sweep_id", str, "Its id, or as the user called it where two have the same.", of="name"),
    Column("reference", str, "As the user called it."),
    Column("origin", str, "What was read, in a sentence."),
    Column("n_runs", int, "Runs that were read."),
    Column(
        "joined_metrics",
        Rows(_JOINED),
        "How the further metrics were read at the first one's best.",
        lambda source: [
            (alignment.metric, link, n)
            for alignment in source.alignments
            for link, n in sorted(alignment.n_runs.items(), key=str)
        ],
    ),
)

FINDING_IN_SWEEP: Final[Record[tuple[Source, Finding]]] = Record(
    "FindingInSweep",
    SOURCE["sweep_id"].inside(lambda row: row[0]),
    *(column.inside(lambda row: row[1]) for column in FINDING.columns),
)
