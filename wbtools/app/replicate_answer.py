"""What `replicate` found, as its answer: runs, replicas with their words, secrets masked."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wbtools.answers.replicate.answer import PlannedReplica, ReplicateAnswer, SourceRun
from wbtools.app.replica_scripts import Target
from wbtools.replication.script import file_words
from wbtools.replication.words import secrets_in, variables_in, word_text
from wbtools.text.masking import masked_config, masked_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wbtools.app.replicate import Replicated
    from wbtools.model import ReplicationPlan, Run
    from wbtools.replication.changes import Replica
    from wbtools.replication.words import Word


def replicate_answer(
    replicated: Replicated, target: Target, *, show_secrets: bool = False
) -> ReplicateAnswer:
    """The answer about a text that runs runs again.

    Args:
        replicated: The text, and what it was made of.
        target: What it is.
        show_secrets: Mask nothing in values; a command has `$NAME` for them all the same.
    """
    verifiable = {plan.run_id for _, plan in replicated.verifiable}
    question = replicated.audit.question
    per_run = list(
        zip(
            replicated.rows,
            replicated.plans,
            replicated.replicas,
            replicated.continued,
            strict=True,
        )
    )
    return ReplicateAnswer(
        sweep=replicated.audit.sweep,
        metric=question.rank_by if question.is_judged else None,
        target=target,
        runs=tuple(
            SourceRun(
                audit=row,
                plan=plan if row.run.id in verifiable else None,
                failure=replicated.failures.get(row.run.id),
                n_replicas=len(replicas),
                ways=replicated.ways_of(row),
                checkpoints=() if continued is None else continued.search.candidates,
            )
            for row, plan, replicas, continued in per_run
        ),
        replicas=tuple(
            _planned(row.run, replica, plan, target, show_secrets=show_secrets)
            for row, plan, replicas, _ in per_run
            for replica in replicas
        ),
        findings=replicated.findings,
        notes=replicated.notes,
        text=replicated.text,
    )


def _planned(
    run: Run, replica: Replica, plan: ReplicationPlan, target: Target, *, show_secrets: bool
) -> PlannedReplica:
    launch = replica.launch
    is_bare = target.is_bare
    words = () if is_bare else launch.words()
    every_word = () if is_bare else (*words, *file_words(replica))
    config = launch.values if is_bare or launch.needs_file() else None
    masked = partial(masked_config, show_secrets=show_secrets, exact=True)
    return PlannedReplica(
        run=run,
        name=replica.name,
        group="" if target is Target.ENQUEUE else replica.group,
        changed=masked(replica.changed),
        command=_shown(words, show_secrets=show_secrets),
        config=None
        if config is None
        else masked_config(config, show_secrets=show_secrets, exact=True),
        variables=(*secrets_in(every_word), *variables_in(every_word)),
        cost_h=None if plan.cost_h is None else plan.cost_h / plan.n_replicas,
        checkpoint=None if replica.continuation is None else replica.continuation.checkpoint,
    )


def _shown(words: Sequence[Word], *, show_secrets: bool) -> tuple[str, ...]:
    """The words for readers; secrets that they spell out are masked, and variables are no secrets.

    Such secrets come from the user's own line: those of a run stand in variables.
    """
    texts = [word_text(word) for word in words]
    masked = masked_words(texts, show_secrets=show_secrets, exact=True)
    return tuple(
        str(shown) if all(isinstance(part, str) for part in word) else text
        for word, text, shown in zip(words, texts, masked, strict=True)
    )
