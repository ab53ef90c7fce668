"""The page of `verify`: whether the run held, why, and whether the replicas are the original."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.analysis.verification.curve_match import ReplicationOutcome
from wbtools.analysis.verification.next_step import MOST_SEEDS
from wbtools.answers.limits import limit_rows, rows_left
from wbtools.answers.verify.folds import fold_words
from wbtools.answers.verify.joints import joined_reports
from wbtools.answers.verify.replicas import replica_columns
from wbtools.answers.verify.run_names import UniqueRunNames
from wbtools.answers.verify.sameness import changed_words, doubts, sameness
from wbtools.model.metric import INFERRED
from wbtools.text.numbers import Scale, count, listed, probability
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.verification.curve_match import Judged
    from wbtools.analysis.verification.outcome import CheckedReplica, Verification
    from wbtools.answers.layout import Page

_MOST_NAMED = 6


def write_verification(verification: Verification, page: Page) -> None:
    """Write the verdict, what speaks against it, the replicas, the criteria and the comparison."""
    scale = scale_of(verification)
    run, metric = verification.run, sanitize(verification.plan.metric)
    inferred = f" ({INFERRED})" if verification.goal_is_inferred else ""
    page.title(
        [
            f"run {sanitize(run.number_or_id)}",
            sanitize(run.name),
            f"sweep {sanitize(verification.plan.sweep)}",
            f"{verification.plan.goal} {metric}{inferred}",
        ]
    )
    page.flow([_found(verification), *_repeats(verification)])
    page.verdict("Did it hold?", verdict_words(verification))
    for sentence in _beside(verification, scale):
        page.say(sentence)
    if verification.n_left_out:
        page.say(_left_out(verification), style="yellow")
    for sentence in doubts(verification, scale):
        page.say(sentence, style="yellow")
    others = [replica for replica in verification.replicas if replica.differences]
    called = UniqueRunNames(verification)
    _limited([_other_configuration(replica, called) for replica in others], page, "run")
    if not verification.is_complete:
        page.points(
            "Curves are incomplete: reports of the original or of replicas are missing.",
            style="yellow",
        )
    page.gap()
    columns = replica_columns(verification.budget, scale, called)
    page.rows(columns, verification.replicas, noun="replica")
    page.heading("Why?")
    for judged in verification.judged:
        page.points(*_reasons(judged, scale, verification))
    page.points(*_comparison(verification, scale), *_promise(verification, scale))
    if not verification.plan_is_kept:
        page.points(
            "(no plan is kept from when the run was replicated: the criteria are worked out anew)",
            style="dim",
        )
    if verification.folds is not None:
        page.heading("Do the folds agree?")
        page.points(*fold_words(verification.folds, scale))
    _compare(verification, page, scale)


def _found(verification: Verification) -> str:
    """How many are judged, and where they were found."""
    counted = verification.counted
    where = (
        "named by --replica"
        if verification.group is None
        else f"W&B group {sanitize(verification.group)}"
    )
    if counted and all(each.joined is not None and each.joined.is_same_run for each in counted):
        where = "the run itself, resumed"
    return f"{count(len(counted), verification.noun)} ({where})"


def _beside(verification: Verification, scale: Scale) -> Iterator[str]:
    """What was found of the other kind, over which the verdict is not."""
    beside = [replica for replica in verification.beside if replica.best is not None]
    if beside and verification.is_continued:
        best = [replica.best for replica in beside if replica.best is not None]
        which = "reaches" if len(best) == 1 else "reach"
        reached = listed(map(scale.show, best), most=_MOST_NAMED)
        yield (
            f"Beside it, {count(len(best), 'replica')} {which} {reached}: the verdict is over the "
            "run that went on, whose plan is the latest."
        )
    elif beside:
        called = UniqueRunNames(verification)
        for replica in beside:
            joined = replica.joined
            how = "" if joined is None else f" over {joined_reports(joined)} reports"
            yield (
                f"Beside them the run itself went on ({called(replica.run)}) and reaches "
                f"{scale.show(replica.best)}{_since_when(replica)}{how}: the verdict is not over "
                "it."
            )


def _repeats(verification: Verification) -> Iterator[str]:
    """Why the verdict counts fewer replicas than there are."""
    n = sum(replica.is_repeat for replica in verification.counted)
    if n:
        verb = "repeats" if n == 1 else "repeat"
        yield f"{n} {verb} the seed and every value of another: counted once"


def verdict_words(verification: Verification) -> str:
    """What came out, in one sentence: `Run 8 holds: 3 replicas 0.9664 ± 0.0008, bar 0.9660.`."""
    scale, judged = scale_of(verification), _decisive(verification)
    called = f"Run {sanitize(verification.run.number_or_id)}"
    if verification.other_parameters:
        called += f" with another {changed_words(verification.other_parameters)}"
    match verification.verdict:
        case ReplicationOutcome.FAILURE:
            words = f"{called} is no gem"
        case ReplicationOutcome.UNDECIDED:
            words = "Undecided"
        case _:
            words = f"{called} holds"
    if judged is None:
        return f"{words}: nothing says what a success reaches; pass --success VALUE."
    words += _figures(verification, judged, scale)
    is_doubted = any(replica.is_doubted for replica in verification.counted)
    has_doubt = judged.summary is not None and (is_doubted or verification.mixed_parameters)
    return f"{words}.{' In doubt: see below.' if has_doubt else ''}"


def _figures(verification: Verification, judged: Judged, scale: Scale) -> str:
    """The numbers of a verdict, or why it has none: `: 3 replicas 0.9664 ± 0.0008, bar 0.9660`."""
    summary, enough = judged.summary, judged.criterion.acceptable
    if summary is None:
        return f": {judged.why}"
    metric = f"{sanitize(judged.criterion.metric)} " if len(verification.judged) > 1 else ""
    mean, bar, least = scale.apart(summary.mean, judged.criterion.success, enough)
    alone = _alone(verification, judged)
    since_when = "" if alone is None else _since_when(alone)
    if since_when:
        words = f": its best is {metric}{mean}{since_when}"
    elif verification.is_continued and summary.n == 1:
        words = f": continued, it reaches {metric}{mean}"
    else:
        words = f": {count(summary.n, verification.noun)} {metric}{mean}"
    if summary.sd is not None:
        words += f" ± {scale.show(summary.sd)}"
    words += f", bar {bar}"
    if verification.verdict in {ReplicationOutcome.ACCEPTABLE, ReplicationOutcome.UNDECIDED}:
        is_lower = enough is not None and enough != judged.criterion.success
        words += f", acceptable {least}" if is_lower else ""
        words += f"; {judged.why}"
    if since_when and alone is not None and alone.best_since is not None:
        words += f"; continued, it comes to {scale.show(alone.best_since)}"
    return words


def _alone(verification: Verification, judged: Judged) -> CheckedReplica | None:
    """The one continued run over which a verdict on the metric that ranks is; None elsewhere."""
    is_alone = verification.is_continued and len(verification.distinct) == 1
    is_ranking = judged.criterion.metric == verification.plan.metric
    return verification.distinct[0] if is_alone and is_ranking else None


def _since_when(replica: CheckedReplica) -> str:
    """From when its best is, where that is no report of what went on."""
    if replica.best_before is None:
        return ""
    return f" (report {replica.best_before}, before it was stopped)"


def _decisive(verification: Verification) -> Judged | None:
    """The replicas on the first metric whose verdict is that of all."""
    return next(
        (judged for judged in verification.judged if judged.verdict is verification.verdict), None
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
    n_rest = len(verification.counted)
    rest = verification.noun if n_rest == 1 else count(n_rest, verification.noun)
    return (
        f"{n} of {n_seen} runs {has} another configuration than planned and "
        f"{'is' if n == 1 else 'are'} left out: the verdict is over the other {rest} alone."
    )


def _compare(verification: Verification, page: Page, scale: Scale) -> None:
    for title, sentences in sameness(verification, scale):
        if sentences:
            page.heading(title)
        _limited(sentences, page, "line")


def _limited(sentences: Sequence[str], page: Page, noun: str) -> None:
    """Write as many sentences as the page may show, and how many are left."""
    shown = limit_rows(sentences, page.limit)
    page.points(*shown, rows_left(len(sentences) - len(shown), noun))


def _other_configuration(replica: CheckedReplica, called: UniqueRunNames) -> str:
    names = listed(map(sanitize, replica.differences), most=_MOST_NAMED)
    if replica.is_other:
        return f"{called(replica.run)} has another configuration than planned: {names}."
    return f"{called(replica.run)} differs from the original in its configuration: {names}."


def scale_of(verification: Verification) -> Scale:
    """How values of the metric are written."""
    values = [replica.best for replica in verification.replicas]
    values += [judged.criterion.success for judged in verification.judged]
    return Scale.of(values)


def _reasons(judged: Judged, scale: Scale, verification: Verification) -> Iterator[str]:
    criterion, summary = judged.criterion, judged.summary
    reached = None if summary is None else summary.mean
    *wanted, mean = scale.apart(criterion.success, criterion.acceptable, reached)
    name = sanitize(criterion.metric)
    yield (
        f"{name}: a success reaches {wanted[0]}, acceptable is {wanted[1]} "
        f"({sanitize(criterion.source, limit=0)})."
    )
    if summary is None:
        yield f"{_capital(judged.why)}."
        return
    noun, is_alone = verification.noun, verification.is_continued and summary.n == 1
    alone = _alone(verification, judged)
    words = f"Best {mean}" if is_alone else f"Mean {mean}"
    words += "" if alone is None else _since_when(alone)
    if summary.sd is not None:
        words += (
            f" ± {scale.show(summary.sd)} over {summary.n} {noun}s, 95 % interval of the mean "
            f"{scale.show(summary.low)} … {scale.show(summary.high)}"
        )
    else:
        words += f" of one {noun}, which says nothing about the noise between seeds"
    yield f"{words}: {judged.why}."
    if judged.seeds_needed is not None:
        yield (
            f"About {count(judged.seeds_needed, 'seed')} in all would decide whether the mean is "
            "acceptable, if mean and standard deviation stay as they are"
            f"{_worth(judged.seeds_needed)}."
        )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _comparison(verification: Verification, scale: Scale) -> Iterator[str]:
    comparator = verification.comparator
    if comparator is None:
        return
    other = f"{sanitize(comparator.name)}, {scale.show(comparator.summary.mean)}"
    if comparator.summary.sd is not None:
        other += f" ± {scale.show(comparator.summary.sd)} over {comparator.summary.n}"
    chance = comparator.chance
    if chance is None and any(replica.began_anew for replica in verification.counted):
        return
    if chance is None:
        yield f"Compared with {other}: no {verification.noun} has run to its end."
        return
    if chance.p is None or chance.difference is None:
        why = (
            "the values are too large to compute their difference or their spread."
            if max(chance.n, chance.n_other) > 1
            else "with one run of each, nothing says which is better; more seeds can."
        )
        yield f"Compared with {other}: {why}"
        return
    how = {
        "paired": "t test, paired by seed",
        "Welch": "Welch's t test",
        "one run": "t test; one side is a single run, whose noise is assumed to be the other's",
    }[chance.how]
    better = "better" if chance.difference > 0 else "worse"
    gap = scale.signed(abs(chance.difference)).lstrip("+")
    likely = probability(chance.p, may_be_sure=False)
    yield f"Compared with {other}: {gap} {better}; really better with probability {likely} ({how})."
    if chance.seeds_needed is not None:
        is_few = "is" if chance.n == 1 else "are"
        yield (
            f"{count(chance.n, 'seed')} {is_few} too few to tell which of the two is better; "
            f"about {chance.seeds_needed} of each would, if the difference stays as it is"
            f"{_worth(chance.seeds_needed)}."
        )


def _worth(seeds_needed: int) -> str:
    return ", which is hardly worth it" if seeds_needed > MOST_SEEDS else ""


def _promise(verification: Verification, scale: Scale) -> Iterator[str]:
    expectation = verification.expectation
    if expectation is None or not verification.ended:
        return
    found = count(len(verification.distinct), verification.noun)
    if verification.within is not None and expectation.level is not None:
        yield (
            f"The audit projected {scale.show(expectation.median)} "
            f"({100 * expectation.level:.0f} %: {scale.show(expectation.low)} … "
            f"{scale.show(expectation.high)}): {verification.within} of {found} "
            "inside."
        )
    if verification.beat is None:
        return
    if verification.is_continued and expectation.p_gone_on is not None:
        yield (
            f"It promised that the run, had it gone on, beats {scale.show(expectation.bar)} with "
            f"probability {probability(expectation.p_gone_on)}: {verification.beat} of {found} did."
        )
    elif not verification.is_continued and expectation.p_repeat is not None:
        yield (
            f"It promised that the run, run again, beats {scale.show(expectation.bar)} with "
            f"probability {probability(expectation.p_repeat)}: {verification.beat} of {found} "
            "did."
        )
