"""A run that went on, as data and in words: where it does, and what differs there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from wbtools.analysis.verification.joined_curve import (
    JoinedPart,
    JoinedRun,
    Joint,
    JointEvidence,
)
from wbtools.answers.columns import Column, Record, Rows
from wbtools.answers.parts import run_columns
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.verification.outcome import CheckedReplica
    from wbtools.answers.verify.run_names import UniqueRunNames
    from wbtools.text.numbers import Scale

_MOST_NAMED: Final = 6
_PART: Final[Record[JoinedPart]] = Record(
    "JoinedPart",
    *run_columns(lambda part: part.run),
    Column("n_reports", int, "Reports of this run that are in the joined curve."),
    Column(
        "first_report",
        int,
        "Which report of the whole its first is, from 1; reports that nobody made count.",
        of="first",
    ),
)

_JOINT: Final[Record[Joint]] = Record(
    "Joint",
    Column("after_report", int, "The report after which the run goes on, from 1.", of="after"),
    Column(
        "evidence", JointEvidence, "What says where the run goes on; `assumed` where nothing does."
    ),
    Column("counter", str, "The logged series that counts training, where that says so."),
    Column("n_missing", int, "Reports between the two that neither holds."),
    Column(
        "is_unrecorded",
        bool,
        "Whether the checkpoint shows that those were made, and W&B had not written them when "
        "the run was stopped.",
    ),
    Column(
        "n_compared", int, "Reports that both made, and that are compared.", of="match.n_compared"
    ),
    Column(
        "first_difference_report",
        int | None,
        "The first of those, from 1, that differs in any bit.",
        of="match.first_difference",
    ),
    Column(
        "largest_difference",
        float | None,
        "The largest difference between them, in the metric's units.",
        of="match.largest",
    ),
    Column(
        "jump",
        float | None,
        "Difference of the first report after the joint from the last one before it.",
    ),
    Column(
        "usual_jump",
        float | None,
        "The largest difference between neighbouring reports among the ten before the joint; null "
        "with fewer than four.",
    ),
    Column("has_large_jump", bool, "Whether the jump is more than three times as large as that."),
    Column("is_anew", bool, "Whether the program began with report 1, as without a checkpoint."),
    Column(
        "counter_restarts",
        bool,
        "Whether the count of training begins again though the run goes on.",
    ),
    Column(
        "falls_back",
        bool,
        "Whether the first report after the joint jumps back near the original's first.",
    ),
)

JOINED: Final[Record[JoinedRun]] = Record(
    "JoinedRun",
    Column("is_same_run", bool, "Whether the parts are one run of W&B's, which was resumed."),
    Column("is_doubted", bool, "Whether something at a joint speaks against it."),
    Column("parts", Rows(_PART), "The runs whose curves are joined, the original first."),
    Column("joints", Rows(_JOINT), "Where each goes on with the one before; one fewer."),
)


def joined_reports(joined: JoinedRun) -> str:
    """`12 + 15`, or `12 + 2 missing + 13`: the reports of each run in the curve."""
    words, reached = [], 0
    for part in joined.parts:
        if part.first - 1 > reached:
            words.append(f"{part.first - 1 - reached} missing")
        words.append(str(part.n_reports))
        reached = part.first - 1 + part.n_reports
    return " + ".join(words)


def against_original(joined: JoinedRun) -> str:
    """What is said of a run that went on in the table's last column."""
    if joined.is_anew:
        return "began anew"
    if not joined.joints:
        return "goes on"
    if joined.is_silent:
        return "made no report"
    joint = joined.joints[0]
    if joint.evidence is JointEvidence.NO_REPORTS:
        return "goes on with unknown reports"
    words = f"goes on after report {joint.after}"
    n = joint.match.n_compared
    if joint.is_equal:
        return f"{words}, equal over {count(n, 'report')}"
    if joint.match.first_difference is not None:
        return f"{words}, differs from report {joint.match.first_difference} on"
    return words


def joint_words(replica: CheckedReplica, scale: Scale, called: UniqueRunNames) -> Iterator[str]:
    """Where a run goes on, and how that compares with the original; nothing of a replica."""
    joined = replica.joined
    if joined is None:
        return
    for place, joint in enumerate(joined.joints):
        part = joined.parts[place + 1]
        what = "It" if joined.is_same_run else called(part.run)
        before = "the original" if place == 0 else called(joined.parts[place].run)
        if joint.is_anew:
            continue
        if not part.n_reports:
            yield _silent(part, called)
            continue
        yield _where(joint, what, before)
        if joint.counter_restarts:
            yield f"{what} counts its training from the beginning again."
        if joint.n_missing and joint.is_unrecorded:
            yield _unrecorded(joint, before)
        yield from _repeated(joint, scale)
        if joint.has_large_jump and joined.changed:
            names = listed(map(sanitize, joined.changed), most=_MOST_NAMED)
            yield f"It begins with a jump of {scale.signed(joint.jump)}, with another {names}."
        elif not joint.match.n_compared and not joint.has_large_jump:
            yield from _usual_step(joint, scale)


def joint_doubts(replica: CheckedReplica, scale: Scale, called: UniqueRunNames) -> Iterator[str]:
    """What at its joints speaks against a run that went on."""
    joined = replica.joined
    if joined is None:
        return
    for place, joint in enumerate(joined.joints):
        part = joined.parts[place + 1]
        name = "The run" if joined.is_same_run else called(part.run)
        if joint.is_anew:
            n = count(joint.match.n_compared, "report")
            why = "its first report is near the original's first"
            if joint.is_equal:
                verb = "equals" if joint.match.n_compared == 1 else "equal"
                why = f"its first {n} {verb} the original's first bit for bit"
            yield (
                f"{name} began anew: {why}. The program did not load the checkpoint, and the curve "
                "is its own alone."
            )
        if joint.has_gap:
            verb = "is" if joint.n_missing == 1 else "are"
            yield (
                f"{count(joint.n_missing, 'report')} between report {joint.after} and the first of "
                f"{name} {verb} missing: the checkpoint is later than the last report, or not the "
                "run's."
            )
        if joint.has_large_jump and not joined.changed:
            lost = "the optimizer's state or the learning-rate schedule"
            if joint.falls_back:
                lost = "it is near the original's first report, and the weights"
            jump, usual = scale.signed(joint.jump), scale.show(joint.usual_jump)
            yield (
                f"{name} begins with a jump of {jump} where reports before differ by at most "
                f"{usual} from one to the next: {lost} may not have been restored."
            )


def _silent(part: JoinedPart, called: UniqueRunNames) -> str:
    """About a run that was to go on and reported nothing."""
    code = part.run.exit_code
    ended = "has made no report" if code is None else f"made no report: its exit code is {code}"
    return f"{called(part.run)} {ended}. Its output (output.log) may say why."


def _where(joint: Joint, what: str, before: str) -> str:
    goes_on = f"{what} goes on after report {joint.after} of {before}"
    match joint.evidence:
        case JointEvidence.COUNTER:
            return f"{goes_on}, by the {sanitize(joint.counter)} that both log."
        case JointEvidence.CHECKPOINT:
            return f"{goes_on}, by what its checkpoint says."
        case JointEvidence.OVERLAP:
            return f"{goes_on}, as the reports that both made show."
        case JointEvidence.STEP:
            return f"{goes_on}, by the _step that both log."
        case JointEvidence.NO_REPORTS:
            return f"No report of {before} is known: the curve is that of what continues it alone."
        case JointEvidence.ASSUMED:
            return f"{goes_on}, its last: nothing says where, so that is assumed."


def _unrecorded(joint: Joint, before: str) -> str:
    """About reports that the checkpoint shows to have been made."""
    first, last = joint.after + 1, joint.after + joint.n_missing
    which = f"Report {first} is" if first == last else f"Reports {first} to {last} are"
    return (
        f"{which} missing from the curve: {before} had come that far, as its checkpoint shows, and "
        f"W&B had not written {'it' if first == last else 'them'} when the run was stopped."
    )


def _repeated(joint: Joint, scale: Scale) -> Iterator[str]:
    match = joint.match
    if not match.n_compared:
        return
    first, last = joint.after + 1, joint.after + match.n_compared
    which = f"Report {first} was" if first == last else f"Reports {first} to {last} were"
    if match.first_difference is None:
        verb = "equals" if first == last else "equal"
        yield f"Yes. {which} made again and {verb} the original's bit for bit."
        return
    gap = scale.signed(match.largest).lstrip("+")
    differ = (
        "and differs" if first == last else f"and differ from report {match.first_difference} on"
    )
    yield (
        f"{which} made again {differ}, by at most {gap} (report {match.largest_at}); the curve has "
        "the later ones."
    )


def _usual_step(joint: Joint, scale: Scale) -> Iterator[str]:
    if joint.jump is not None and joint.usual_jump is not None:
        yield (
            f"Its first report differs by {scale.signed(joint.jump)} from the one before; the "
            f"reports before that differ by up to {scale.show(joint.usual_jump)} from one to the "
            "next."
        )
