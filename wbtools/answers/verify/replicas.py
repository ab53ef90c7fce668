"""The replicas as rows: what each reached, and how far it is the original."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from wbtools.analysis.diagnosis.termination import Completion
from wbtools.answers.columns import Column, Maybe, Record
from wbtools.answers.parts import run_columns
from wbtools.answers.termination_words import completion_word
from wbtools.answers.verify.joints import JOINED, against_original, joined_reports
from wbtools.answers.verify.sameness import changed_words
from wbtools.text.numbers import count
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from wbtools.analysis.verification.outcome import CheckedReplica
    from wbtools.answers.verify.run_names import UniqueRunNames
    from wbtools.text.numbers import Scale

REPLICA: Final[Record[CheckedReplica]] = Record(
    "Replica",
    *run_columns(lambda replica: replica.run),
    Column("seed", Any, "The seed that its configuration records; null without one."),
    Column(
        "n_reports",
        int,
        "Reports of the metric; of a continued run, with those of the original before it.",
    ),
    Column("completion", Completion, "How far the replica came."),
    Column(
        "is_ended",
        bool,
        "Whether the replica's values count as those of a full run, and it has some.",
        of="ended",
    ),
    Column(
        "best",
        float | None,
        "Best value of the replica, in the metric's units; of a continued run that of the whole.",
    ),
    Column(
        "best_since",
        float | None,
        "Best of what a continued run added to the original; null for a replica.",
    ),
    Column(
        "n_compared",
        int,
        "Reports that both the replica and the original made.",
        of="curve_match.n_compared",
    ),
    Column(
        "first_difference_report",
        int | None,
        "The first report, from 1, that differs in any bit from the original's.",
        of="curve_match.first_difference",
    ),
    Column(
        "largest_difference",
        float | None,
        "The largest difference from the original, in the metric's units.",
        of="curve_match.largest",
    ),
    Column(
        "largest_difference_report",
        int | None,
        "Report of the largest difference, from 1.",
        of="curve_match.largest_at",
    ),
    Column(
        "largest_difference_in_noise",
        float | None,
        "The largest difference in standard deviations between seeds at that report.",
        of="curve_match.in_noise",
    ),
    Column("changed", list[str], "Names of the configuration that differ as they were to."),
    Column(
        "config_differences",
        list[str],
        "Names of the configuration that differ and were not to.",
        of="differences",
    ),
    Column(
        "is_other",
        bool,
        "Whether the run has another configuration than planned, and so counts for nothing.",
    ),
    Column(
        "differs_despite_seed",
        bool,
        "Whether the replica has the original's seed and still differs from the first report on.",
    ),
    Column(
        "is_repeat",
        bool,
        "Whether another replica with the same seed equals it bit for bit: they count once.",
    ),
    Column(
        "equals_despite_seed",
        bool,
        "Whether the replica equals the original bit for bit though its seed, or more, is another.",
    ),
    Column(
        "is_beside",
        bool,
        "Whether the verdict is not over it: a continued run beside replicas, or the reverse.",
    ),
    Column(
        "joined",
        Maybe(JOINED),
        "How a continued run and the original make one curve; null for a replica, which begins "
        "anew.",
        of="joined",
    ),
)


def replica_columns(
    budget: int | None, scale: Scale, called: UniqueRunNames
) -> list[Column[CheckedReplica]]:
    """The columns of the page's table.

    Args:
        budget: Reports of a full run; None if unknown.
        scale: How values of the metric are written.
        called: What runs are called.
    """
    return [
        REPLICA["run_name"].placed(
            title="replica", least=10, show=lambda replica: called(replica.run)
        ),
        REPLICA["seed"].placed(title="seed", keep=2, right=True, least=4, show=_seed),
        REPLICA["n_reports"].placed(
            title="reports", keep=1, show=lambda replica: _reports(replica, budget)
        ),
        REPLICA["best"].placed(title="best", show=lambda replica: scale.show(replica.best)),
        REPLICA["first_difference_report"].placed(
            title="against the original",
            keep=3,
            least=20,
            wraps=True,
            right=False,
            show=lambda replica: _against_original(replica, scale),
        ),
    ]


def _seed(replica: CheckedReplica) -> str:
    return UNKNOWN if replica.seed is None else sanitize(replica.seed, limit=20)


def _reports(replica: CheckedReplica, budget: int | None) -> str:
    joined = replica.joined
    reports = str(replica.n_reports) if joined is None else joined_reports(joined)
    reports = f"{reports}/{budget}" if budget else reports
    is_said = replica.ended or replica.began_anew
    return reports if is_said else f"{reports} ({completion_word(replica.completion)})"


def _against_original(replica: CheckedReplica, scale: Scale) -> str:
    match = replica.curve_match
    if replica.is_other:
        return "another configuration"
    if replica.joined is not None:
        words = against_original(replica.joined)
        if replica.best_before is not None and replica.best_since is not None:
            words += f"; best since then {scale.show(replica.best_since)}"
        return words
    if not match.n_compared:
        return UNKNOWN
    if match.first_difference is None:
        return f"equal over {count(match.n_compared, 'report')}"
    if replica.changed:
        return f"another {changed_words(replica.changed)}"
    return f"differs from report {match.first_difference} on"
