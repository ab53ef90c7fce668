"""The page of `verify`: whether the replicas are the original, whether they held, what is next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.verification.curve_match import ReplicationOutcome
from wbtools.analysis.verification.next_step import MOST_SEEDS
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.verify.replicas import replica_columns
from wbtools.answers.verify.sameness import doubts, sameness
from wbtools.model.metric import INFERRED
from wbtools.text.numbers import Scale, count, listed, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.verification.curve_match import Judged
    from wbtools.analysis.verification.outcome import CheckedReplica, Verification
    from wbtools.answers.layout import Page

_MOST_NAMED = 6
_STYLES = {
    ReplicationOutcome.SUCCESS: "bold green",
    ReplicationOutcome.ACCEPTABLE: "bold green",
    ReplicationOutcome.FAILURE: "bold red",
    ReplicationOutcome.UNDECIDED: "bold yellow",
}


def write_verification(verification: Verification, page: Page) -> None:
    """Write the verdict, what speaks against it, the comparison and the criteria."""
    scale = _scale(verification)
    run, metric = verification.run, sanitize(verification.plan.metric)
    inferred = f" ({INFERRED})" if verification.goal_is_inferred else ""
    called = sanitize(run.number_or_id)
    style = _STYLES[verification.verdict]
    page.title([f"{verification.verdict}: run {called} again"], style=style)
    where = (
        "named by --replica"
        if verification.group is None
        else f"W&B group {sanitize(verification.group)}"
    )
    page.flow(
        [
            f"run {called}",
            sanitize(run.name),
            f"sweep {sanitize(verification.plan.sweep)}",
            f"{metric}, {verification.plan.goal}{inferred}",
            f"{count(len(verification.counted), 'replica')} ({where})",
        ]
    )
    if verification.n_left_out:
        page.say(_left_out(verification), style="yellow")
    for sentence in doubts(verification):
        page.say(sentence, style="yellow")
    _compare(verification, page, scale)
    if not verification.is_complete:
        page.points(
            "Curves are incomplete: reports of the original or of replicas are missing.",
            style="yellow",
        )
    page.gap()
    columns = replica_columns(verification.budget, scale)
    page.rows(columns, verification.replicas, noun="replica")
    page.heading("Did it hold?")
    if not verification.judged:
        page.points("No criterion is known: pass --success.")
    for judged in verification.judged:
        page.points(*_held(judged, scale))
    page.points(*_rival(verification, scale), *_promise(verification, scale))
    if not verification.plan_is_kept:
        page.points(
            "(no plan was kept when it was replicated: the criteria are those of now)", style="dim"
        )


def _left_out(verification: Verification) -> str:
    """Why the verdict is over fewer runs than were looked at, or over none."""
    n, n_seen = verification.n_left_out, len(verification.replicas)
    has = "has" if n == 1 else "have"
    if n == n_seen:
        who = "The run that was" if n == 1 else f"All {n} runs that were"
        return (
            f"{who} looked at {has} another configuration than planned: without replicas, nothing "
            "is decided."
        )
    rest = "replica" if n_seen - n == 1 else f"{n_seen - n} replicas"
    return (
        f"{n} of {n_seen} runs {has} another configuration than planned and "
        f"{'is' if n == 1 else 'are'} left out: the verdict is over the other {rest} alone."
    )


def _compare(verification: Verification, page: Page, scale: Scale) -> None:
    for title, sentences in sameness(verification, scale):
        if sentences:
            page.heading(title)
        _limited(sentences, page, "line")
    others = [replica for replica in verification.replicas if replica.differences]
    _limited([_other_configuration(replica) for replica in others], page, "run")


def _limited(sentences: Sequence[str], page: Page, noun: str) -> None:
    """Write as many sentences as the page may show, and how many are left."""
    shown = limit_rows(sentences, page.limit)
    page.points(*shown, rows_left(len(sentences) - len(shown), noun))


def _other_configuration(replica: CheckedReplica) -> str:
    names = listed(map(sanitize, replica.differences), most=_MOST_NAMED)
    return f"{sanitize(replica.run.name)} has another configuration than planned: {names}."


def _scale(verification: Verification) -> Scale:
    values = [replica.best for replica in verification.replicas]
    values += [judged.criterion.success for judged in verification.judged]
    return Scale.of(values)


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
    if judged.seeds_needed is not None:
        yield (
            f"About {count(judged.seeds_needed, 'seed')} would tell, if mean and "
            "deviation are what they "
            f"seem{_worth(judged.seeds_needed)}."
        )


def _rival(verification: Verification, scale: Scale) -> Iterator[str]:
    comparator = verification.comparator
    if comparator is None:
        return
    other = f"{sanitize(comparator.name)}: {scale.show(comparator.summary.mean)}"
    if comparator.summary.sd is not None:
        other += f" ± {scale.show(comparator.summary.sd)} over {comparator.summary.n}"
    chance = comparator.chance
    if chance is None:
        yield f"Compared with {other}: no replica has completed."
        return
    if chance.p is None or chance.difference is None:
        why = (
            "their spread or their difference is larger than a float, which tells nothing."
            if max(chance.n, chance.n_other) > 1
            else "one run each cannot tell which is better; more seeds can."
        )
        yield f"Compared with {other}: {why}"
        return
    how = {
        "paired": "paired by seed",
        "Welch": "Welch",
        "one run": "its spread taken to be the replicas'",
    }[chance.how]
    better = "better" if chance.difference > 0 else "worse"
    gap = scale.signed(abs(chance.difference)).lstrip("+")
    yield (
        f"Compared with {other}: {gap} {better}; P(really better) = {probability(chance.p)} ({how})"
    )
    if chance.seeds_needed is not None:
        yield (
            f"{count(chance.n, 'seed')} cannot tell; about {chance.seeds_needed} of each would, if "
            f"the difference is what it seems{_worth(chance.seeds_needed)}."
        )


def _worth(seeds_needed: int) -> str:
    return "; that is hardly worth it" if seeds_needed > MOST_SEEDS else ""


def _promise(verification: Verification, scale: Scale) -> Iterator[str]:
    expectation = verification.expectation
    if expectation is None or not verification.ended:
        return
    n = len(verification.ended)
    if verification.within is not None and expectation.level is not None:
        yield (
            f"The audit projected {scale.show(expectation.median)} "
            f"({100 * expectation.level:.0f} %: {scale.show(expectation.low)} … "
            f"{scale.show(expectation.high)}): {verification.within} of {n} inside."
        )
    if verification.beat is not None and expectation.p_repeat is not None:
        yield (
            f"It gave a fresh run P = {probability(expectation.p_repeat)} to beat the bar "
            f"{scale.show(expectation.bar)}: {verification.beat} of {n} did."
        )
