"""Whether replicas are the original, in words: asked of those in which nothing was changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wbtools.answers.verify.joints import joint_doubts, joint_words
from wbtools.answers.verify.run_names import UniqueRunNames
from wbtools.text.numbers import count, listed
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from wbtools.analysis.verification.curve_match import CurveMatch
    from wbtools.analysis.verification.outcome import CheckedReplica, Verification
    from wbtools.text.numbers import Scale

_MOST_NAMED = 6


def sameness(verification: Verification, scale: Scale) -> list[tuple[str, list[str]]]:
    """Sentences by their headings."""
    called = UniqueRunNames(verification)
    known = [replica for replica in verification.replicas if not replica.is_other]
    gone_on = [sentence for replica in known for sentence in joint_words(replica, scale, called)]
    anew = [replica for replica in known if replica.joined is None]
    same = [replica for replica in anew if not replica.changed]
    others = [replica for replica in anew if replica.changed]
    return [
        (
            "Is it the same run?",
            [*gone_on, *_sameness(same, verification.original_reports, scale, called)],
        ),
        ("How far from the original?", [*_distance(others, scale, called)]),
    ]


def doubts(verification: Verification, scale: Scale) -> Iterator[str]:
    """What speaks against the verdict, whatever it is."""
    called = UniqueRunNames(verification)
    for replica in verification.replicas:
        if not replica.is_other:
            yield from joint_doubts(replica, scale, called)
    if verification.mixed_parameters:
        yield (
            f"The replicas differ from each other in {changed_words(verification.mixed_parameters)}"
            ": the verdict is over several configurations. Name those of one with --replica."
        )
    apart = [replica for replica in verification.counted if replica.differs_despite_seed]
    if apart:
        verbs = ("has", "differs") if len(apart) == 1 else ("have", "differ")
        yield (
            f"{count(len(apart), 'replica')} {verbs[0]} the original's seed and still {verbs[1]} "
            "from report 1 on: the program or its arguments may not be the original's (for example "
            "`--style config` with a program that reads its command line)."
        )
    equal = [replica for replica in verification.counted if replica.equals_despite_seed]
    if equal:
        names = dict.fromkeys(name for replica in equal for name in replica.changed)
        verb = "equals" if len(equal) == 1 else "equal"
        yield (
            f"{count(len(equal), 'replica')} {verb} the original bit for bit with another "
            f"{changed_words(tuple(names))}: the program may not read it."
        )


def _sameness(
    replicas: Sequence[CheckedReplica], original_reports: int, scale: Scale, called: UniqueRunNames
) -> Iterator[str]:
    """Of replicas in which nothing was changed."""
    compared = [replica for replica in replicas if replica.curve_match.n_compared]
    if replicas and not compared:
        yield "Nothing can be compared: the original or the replicas hold no curve."
    equal = [replica for replica in compared if replica.curve_match.first_difference is None]
    if equal:
        whole = [replica for replica in equal if replica.curve_match.n_compared == original_reports]
        if len(whole) == len(compared):
            who = "The replica equals" if len(compared) == 1 else "All replicas equal"
            upto = "the one report" if original_reports == 1 else f"all {original_reports} reports"
            yield (
                f"Yes. {who} the original report by report, bit for bit, over {upto} that the "
                "original made."
            )
        else:
            verb = "equals" if len(equal) == 1 else "equal"
            yield (
                f"{len(equal)} of {count(len(compared), 'replica')} {verb} the original bit for "
                "bit as far as both go."
            )
    for replica in compared:
        curve_match = replica.curve_match
        if curve_match.first_difference is not None:
            yield (
                f"{called(replica.run)} differs from report {curve_match.first_difference} "
                f"on, {_at_most(curve_match, scale)}."
            )


def _distance(
    replicas: Sequence[CheckedReplica], scale: Scale, called: UniqueRunNames
) -> Iterator[str]:
    """Of replicas that are other runs on purpose."""
    if not replicas:
        return
    changed = tuple(dict.fromkeys(name for replica in replicas for name in replica.changed))
    verb = "has" if len(replicas) == 1 else "have"
    yield (
        f"{count(len(replicas), 'replica')} {verb} another {changed_words(changed)}: no report "
        "has to equal the original's."
    )
    for replica in replicas:
        if replica.curve_match.first_difference is not None:
            yield f"{called(replica.run)} differs {_at_most(replica.curve_match, scale)}."


def changed_words(names: tuple[str, ...]) -> str:
    """The names of what was changed."""
    return listed(map(sanitize, names), most=_MOST_NAMED)


def _at_most(curve_match: CurveMatch, scale: Scale) -> str:
    noise = (
        ""
        if curve_match.in_noise is None
        else f", {curve_match.in_noise:.1f} x the noise between seeds"
    )
    gap = scale.signed(curve_match.largest).lstrip("+")
    return f"by at most {gap} (report {curve_match.largest_at}){noise}"
