"""What is to be different in a replica: values, epochs, seeds, folds, a name."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from wbtools.errors import UsageError
from wbtools.model.configuration import FOLD_KEYS, SEED_KEYS, is_early_stop, leaf
from wbtools.model.progress import EPOCHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wbtools.model import Run
    from wbtools.replication.command import Launch
    from wbtools.replication.continuation import Continuation

GROUP_PREFIX: Final = "wbtools-"
_FIELD: Final = re.compile(r"\{(\w*)\}")
_FIELDS: Final = frozenset({"name", "id", "number", "seed", "fold"})
_MOST_NEAR: Final = 3
_MOST_REPLICAS: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the user wants changed; empty and None where they say nothing.

    Attributes:
        values: Values by configuration name.
        unset: Names to leave out.
        epochs: Of the budget, in the unit of the configuration's own budget.
        seeds: One replica each.
        folds: One replica each; for each seed, where there are seeds.
        name: Of a replica: `{name}`, `{id}` and `{number}` of the run, `{seed}`, `{fold}`.
        keep_early_stop: Leave the trainer's own early stopping on.
        force_set: Allow names that the run does not have.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    epochs: int | None = None
    epochs_key: str | None = None
    seeds: tuple[object, ...] = ()
    seed_key: str | None = None
    folds: tuple[object, ...] = ()
    fold_key: str | None = None
    name: str | None = None
    keep_early_stop: bool = False
    force_set: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """One run to be started.

    Attributes:
        name: Its display name.
        group: The W&B group by which `verify` finds the replicas of its run.
        changed: Values that differ from the recorded ones, by name.
        label: Such as `seed 42, fold 3`; empty for a replica as it was.
        continuation: What makes it go on where the run ended; None for a fresh run.
    """

    name: str
    group: str
    launch: Launch
    changed: Mapping[str, object]
    label: str = ""
    continuation: Continuation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replicas:
    """The replicas, and what was decided on the way.

    Attributes:
        varied: Names that differ between replicas, with their values.
        notes: In words, what was found and changed without being asked for by name.
    """

    members: tuple[Replica, ...]
    varied: Mapping[str, tuple[object, ...]]
    notes: tuple[str, ...]


def group_of(run_id: str) -> str:
    """The W&B group of a run's replicas."""
    return f"{GROUP_PREFIX}{run_id}"


def make_replicas(
    run: Run, launch: Launch, changes: Changes, *, budget_key: str | None = None
) -> Replicas:
    """Apply the changes.

    Args:
        run: The run that is replicated.
        launch: How its program is started.
        changes: What the user wants.
        budget_key: The name that the sweep's own budget was found under.

    Raises:
        UsageError: A name is not the run's, or nothing tells which one holds seed, fold or budget.
    """
    known = _names(run, launch)
    notes: list[str] = []
    shared = _shared(run, launch, changes, known, budget_key, notes)
    for name in changes.unset:
        launch = launch.without(name)
    for name, value in shared.items():
        launch = launch.with_value(name, value)
    axes = _axes(changes, known, notes)
    members = []
    for values in itertools.product(*axes.values()):
        settings = dict(zip(axes, values, strict=True))
        replica_launch = launch
        for name, value in settings.items():
            replica_launch = replica_launch.with_value(name, value)
        members.append(
            Replica(
                name=_named(run, changes, settings, axes),
                group=group_of(run.id),
                launch=replica_launch,
                changed=shared | settings,
                label=", ".join(f"{name} {value}" for name, value in settings.items()),
            )
        )
    return Replicas(members=tuple(members), varied=axes, notes=tuple(notes))


def _shared(
    run: Run,
    launch: Launch,
    changes: Changes,
    known: Sequence[str],
    budget_key: str | None,
    notes: list[str],
) -> dict[str, object]:
    """The values that every replica has in place of the recorded ones."""
    shared = dict(changes.values)
    for name in (*shared, *changes.unset):
        if name not in known and not changes.force_set:
            raise _unknown(name, known)
    if changes.epochs is not None:
        given = changes.epochs_key or budget_key
        key = _key(given, EPOCHS.keys, known, "--epochs", "--epochs-key")
        shared[key] = changes.epochs
        notes.append(f"--epochs sets {key}")
    for key in () if changes.keep_early_stop else _early_stops(run, launch):
        if key not in shared:
            shared[key] = False
            notes.append(
                f"{key} is off, so that nothing stops a replica early; "
                "--keep-early-stop leaves it on"
            )
    return shared


def _axes(
    changes: Changes, known: Sequence[str], notes: list[str]
) -> dict[str, tuple[object, ...]]:
    axes: dict[str, tuple[object, ...]] = {}
    for values, given, usual, option in (
        (changes.seeds, changes.seed_key, SEED_KEYS, "seed"),
        (changes.folds, changes.fold_key, FOLD_KEYS, "fold"),
    ):
        if not values:
            continue
        key = given or _key(None, usual, known, f"--{option}s", f"--{option}-key")
        if key in axes:
            msg = f"{key!r} cannot be the seed and the fold"
            raise UsageError(msg, "give --seed-key and --fold-key different names")
        if len(set(map(repr, values))) < len(values):
            msg = f"--{option}s names a value twice: {', '.join(map(str, values))}"
            raise UsageError(msg, "give each value once")
        if given is None:
            notes.append(f"--{option}s sets {key}")
        axes[key] = values
    n = 1
    for values in axes.values():
        n *= len(values)
    if n > _MOST_REPLICAS:
        msg = f"{n} replicas are too many"
        raise UsageError(msg, f"name at most {_MOST_REPLICAS}")
    return axes


def _names(run: Run, launch: Launch) -> tuple[str, ...]:
    """The names that a change may mean."""
    argument_names = (argument.name for argument in launch.arguments if argument.name)
    return tuple(dict.fromkeys((*run.config, *launch.values, *argument_names)))


def _unknown(name: str, known: Iterable[str]) -> UsageError:
    names = list(known)
    leaves = [key for key in names if key.rpartition(".")[2] == name.rpartition(".")[2]]
    near = list(dict.fromkeys((*leaves, *difflib.get_close_matches(name, names, n=_MOST_NEAR))))
    msg = f"the run has no {name!r} in its configuration"
    if near:
        did = " or ".join(map(repr, near[:_MOST_NEAR]))
        return UsageError(msg, f"did you mean {did}? --force-set sets it anyway")
    return UsageError(msg, "--force-set sets it anyway")


def _key(
    given: str | None, usual: Sequence[str], known: Sequence[str], option: str, key_option: str
) -> str:
    """The one name whose last part is a usual one, the likeliest first."""
    if given is not None:
        return given
    for word in usual:
        found = [name for name in known if leaf(name) == word]
        if len(found) > 1:
            shortest = min(name.count(".") for name in found)
            found = [name for name in found if name.count(".") == shortest]
        if len(found) == 1:
            return found[0]
        if found:
            msg = f"{option} may mean {' or '.join(found)}"
            raise UsageError(msg, f"say which with {key_option}")
    msg = f"nothing in the run's configuration looks like what {option} sets"
    raise UsageError(msg, f"name it with {key_option}")


def _early_stops(run: Run, launch: Launch) -> list[str]:
    values = {**run.config, **launch.values}
    return [name for name in values if values[name] is True and is_early_stop(name)]


def _named(
    run: Run, changes: Changes, settings: Mapping[str, object], axes: Mapping[str, object]
) -> str:
    keys = list(axes)
    seed = settings[keys[0]] if changes.seeds else ""
    fold = settings[keys[-1]] if changes.folds else ""
    known = {
        "name": run.name,
        "id": run.id,
        "number": run.number_or_id,
        "seed": seed,
        "fold": fold,
    }
    template = changes.name
    if template is None:
        template = "{name}-replica" + ("-{seed}" if changes.seeds else "")
        template += "-fold{fold}" if changes.folds else ""
    for name in _FIELD.findall(template):
        if name not in _FIELDS:
            msg = f"--name knows no {{{name}}}"
            raise UsageError(msg, "it knows {name}, {id}, {number}, {seed} and {fold}")
    return _FIELD.sub(lambda found: str(known[found[1]]), template)
