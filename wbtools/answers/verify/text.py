"""The page of `verify`: whether the replicas are the original, whether they held, what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.verification.curve_match import ReplicationOutcome
from wbtools.answers.layout import Cell, Column
from wbtools.text.numbers import Scale, count, listed, probability
from wbtools.text.sanitize import UNKNOWN, sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.analysis.verification.curve_match import Judged
    from wbtools.analysis.verification.outcome import CheckedReplica, TrackRecord, Verification
    from wbtools.answers.layout import Page

_MOST_NAMED = 6
_COLUMNS = (
    Column(title="replica", keep=0, least=10),
    Column(title="seed", keep=2, right=True, least=4),
    Column(title="reports", keep=1, right=True),
    Column(title="best", keep=0, right=True),
    Column(title="against the original", keep=3, least=20, wraps=True),
)
_STYLES = {
    ReplicationOutcome.SUCCESS: "bold green",
    ReplicationOutcome.ACCEPTABLE: "bold green",
    ReplicationOutcome.FAILURE: "bold red",
    ReplicationOutcome.UNDECIDED: "bold yellow",
}


def render_verification(done: Verification, page: Page) -> str:
    """Write the answer.

    Args:
        done: The answer.
        page: What to write it on, empty.
    """
    scale = _scale(done)
    run, metric = done.run, sanitize(done.plan.metric)
    page.say(f"{done.verdict}: run {run.number} again", style=_STYLES[done.verdict])
    where = "named by --replica" if done.group is None else f"W&B group {sanitize(done.group)}"
    page.flow(
        [
            f"run {run.number}",
            sanitize(run.name),
            f"sweep {sanitize(done.plan.sweep)}",
            f"{metric}, {done.plan.goal}",
            f"{count(len(done.replicas), 'replica')} ({where})",
        ]
    )
    page.gap()
    page.say("Is it the same run?", style="bold")
    for sentence in _sameness(done, scale):
        page.say(sentence, indent=2, hang=2)
    if not done.is_complete:
        page.say(
            "Curves are incomplete: reports of the original or of replicas are missing.",
            indent=2,
            hang=2,
            style="yellow",
        )
    page.gap()
    page.table(_COLUMNS, [_row(one, done, scale) for one in done.replicas])
    page.gap()
    page.say("Did it hold?", style="bold")
    if not done.judged:
        page.say("No criterion is known: pass --success.", indent=2, hang=2)
    for judged in done.judged:
        for sentence in _held(judged, scale):
            page.say(sentence, indent=2, hang=2)
    for sentence in (*_rival(done, scale), *_promise(done, scale)):
        page.say(sentence, indent=2, hang=2)
    if not done.plan_is_kept:
        page.say(
            "(no plan was kept when it was replicated: the criteria are those of now)",
            indent=2,
            hang=2,
            style="dim",
        )
    return str(page)


def _scale(done: Verification) -> Scale:
    values = [one.best for one in done.replicas]
    values += [one.criterion.success for one in done.judged]
    return Scale.of(values)


def _sameness(done: Verification, scale: Scale) -> Iterator[str]:
    compared = [one for one in done.replicas if one.likeness.n_compared]
    if not compared:
        yield "Nothing can be compared: the original or the replicas hold no curve."
        return
    equal = [one for one in compared if one.likeness.first_difference is None]
    n = max(one.likeness.n_compared for one in compared)
    upto = f"all {count(n, 'report')} that the original made"
    if equal:
        whole = [one for one in equal if one.likeness.n_compared == done.original_reports]
        if len(whole) == len(compared):
            who = "The replica equals" if len(compared) == 1 else "All replicas equal"
            yield f"Yes. {who} the original report by report, bit for bit, over {upto}."
        else:
            yield (
                f"{len(equal)} of {count(len(compared), 'replica')} equal the original bit for bit "
                "as far as both go."
            )
    for one in compared:
        like = one.likeness
        if like.first_difference is None:
            continue
        noise = "" if like.in_noise is None else f", {like.in_noise:.1f} x the noise between seeds"
        gap = scale.signed(like.largest).lstrip("+")
        yield (
            f"{sanitize(one.run.name)} differs from report {like.first_difference} on; at most by "
            f"{gap} (report {like.largest_at}){noise}."
        )
    for one in done.replicas:
        if one.differences:
            names = listed(map(sanitize, one.differences), most=_MOST_NAMED)
            yield f"{sanitize(one.run.name)} has another configuration than planned: {names}."


def _row(one: CheckedReplica, done: Verification, scale: Scale) -> list[Cell]:
    like = one.likeness
    if not like.n_compared:
        against = UNKNOWN
    elif like.first_difference is None:
        against = f"equal over {count(like.n_compared, 'report')}"
    else:
        against = f"differs from report {like.first_difference} on"
    made = f"{one.n_reports}/{done.budget}" if done.budget else str(one.n_reports)
    return [
        Cell(sanitize(one.run.name)),
        Cell(UNKNOWN if one.seed is None else sanitize(one.seed, limit=20)),
        Cell(made if one.ended else f"{made} (not ended)"),
        Cell(scale.show(one.best)),
        Cell(against),
    ]


def _held(judged: Judged, scale: Scale) -> Iterator[str]:
    criterion, summary = judged.criterion, judged.summary
    wanted = scale.apart(criterion.success, criterion.acceptable)
    name = sanitize(criterion.metric)
    yield (
        f"{name}: success {wanted[0]}, acceptable {wanted[1]} "
        f"({sanitize(criterion.source, limit=0)})"
    )
    if summary is None:
        yield f"{judged.verdict}: {judged.why}."
        return
    words = f"{judged.verdict}: mean {scale.show(summary.mean)}"
    if summary.sd is not None:
        words += (
            f" ± {scale.show(summary.sd)} over {summary.n}, 95 % interval "
            f"{scale.show(summary.low)} … {scale.show(summary.high)}"
        )
    else:
        words += " of one replica, which says nothing of the noise between seeds"
    yield f"{words}; {judged.why}."


def _rival(done: Verification, scale: Scale) -> Iterator[str]:
    rival = done.rival
    if rival is None:
        return
    other = f"{sanitize(rival.name)}: {scale.show(rival.summary.mean)}"
    if rival.summary.sd is not None:
        other += f" ± {scale.show(rival.summary.sd)} over {rival.summary.n}"
    chance = rival.chance
    if chance is None:
        yield f"Compared with {other}: no replica has ended."
        return
    better = "better" if chance.difference > 0 else "worse"
    if chance.p is None:
        yield f"Compared with {other}: one run each cannot tell which is better; more seeds can."
        return
    how = {
        "paired": "paired by seed",
        "Welch": "Welch",
        "one run": "its spread taken to be the replicas'",
    }[chance.how]
    gap = scale.signed(abs(chance.difference)).lstrip("+")
    yield (
        f"Compared with {other}: {gap} {better}; P(really better) = {probability(chance.p)} ({how})"
    )
    if chance.seeds_needed is not None:
        yield (
            f"{count(chance.n, 'seed')} cannot tell; about {chance.seeds_needed} of each would, if "
            "the difference is what it seems."
        )


def _promise(done: Verification, scale: Scale) -> Iterator[str]:
    seen = done.expectation
    if seen is None or not done.ended:
        return
    n = len(done.ended)
    if done.within is not None and seen.level is not None:
        yield (
            f"The audit projected {scale.show(seen.median)} ({100 * seen.level:.0f} %: "
            f"{scale.show(seen.low)} … {scale.show(seen.high)}): {done.within} of {n} inside."
        )
    if done.beat is not None and seen.p_repeat is not None:
        yield (
            f"It gave a fresh run P = {probability(seen.p_repeat)} to beat the bar "
            f"{scale.show(seen.bar)}: {done.beat} of {n} did."
        )


def render_track_record(record: TrackRecord, page: Page) -> str:
    """Write how good the audit's promises were."""
    page.say(f"{count(len(record.members), 'replication')} verified", style="bold")
    if record.n_intervals:
        page.say(
            f"projected intervals: {record.n_within} of {count(record.n_intervals, 'replica')} "
            "inside",
            indent=2,
            hang=2,
        )
    if record.n_promised:
        page.say(
            f"beat the bar: {record.n_beat} of {count(record.n_promised, 'replica')}, promised "
            f"{record.expected_beat:.2f}",
            indent=2,
            hang=2,
        )
    columns = (
        Column(title="sweep", keep=1, least=8),
        Column(title="run", keep=0, least=8),
        Column(title="metric", keep=2, least=8),
        Column(title="replicas", keep=1, right=True),
        Column(title="mean", keep=0, right=True),
        Column(title="verdict", keep=0),
    )
    rows = [
        [
            Cell(sanitize(one.sweep)),
            Cell(sanitize(one.run_id)),
            Cell(sanitize(one.metric)),
            Cell(str(one.n_replicas)),
            Cell(Scale.of([one.mean]).show(one.mean)),
            Cell(sanitize(one.verdict)),
        ]
        for one in record.members
    ]
    if rows:
        page.gap()
        page.table(columns, rows)
    return str(page)
