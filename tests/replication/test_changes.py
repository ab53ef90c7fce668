"""What is changed in replicas, and what is refused."""

import pytest

from tests.replication.launches import by_config, run_of
from wbtools.errors import UsageError
from wbtools.replication.changes import Changes, make_replicas
from wbtools.replication.styles import Style

CONFIG = {"seed": 0, "trainer.max_epochs": 22, "opt.lr": 0.1, "fold": 0, "early_stopping": True}


def made(changes, config=None, **facts):
    config = CONFIG if config is None else config
    return make_replicas(run_of(config=config), by_config(config, Style.ARGPARSE), changes, **facts)


def test_seeds_and_folds_are_multiplied_and_named():
    replicas = made(Changes(seeds=(42, 123), folds=(0, 1, 2)))
    assert len(replicas.members) == 6
    assert replicas.varied == {"seed": (42, 123), "fold": (0, 1, 2)}
    labels = [replica.label for replica in replicas.members[:2]]
    assert labels == ["seed 42, fold 0", "seed 42, fold 1"]
    assert replicas.members[5].name == "amber-sweep-8-replica-123-fold2"
    assert {replica.launch.values["seed"] for replica in replicas.members} == {42, 123}
    assert "--seeds sets seed" in replicas.notes


def test_names_are_templates_and_never_formats():
    (replica,) = made(Changes(name="{name}/{number}/{id}/{seed}")).members
    assert replica.name == "amber-sweep-8/8/ab12cd34/"
    (replica,) = made(Changes(name="{name.__class__} {0.x}")).members
    assert replica.name == "{name.__class__} {0.x}"
    with pytest.raises(UsageError, match=r"knows no \{nam\}") as caught:
        made(Changes(name="{nam}"))
    assert "{seed}" in caught.value.hint


def test_epochs_find_the_budget():
    (replica,) = made(Changes(epochs=50)).members
    assert replica.launch.values["trainer.max_epochs"] == 50
    (replica,) = made(Changes(epochs=50), budget_key="opt.lr").members
    assert replica.launch.values["opt.lr"] == 50
    with pytest.raises(UsageError, match="looks like what --epochs sets"):
        made(Changes(epochs=3), {"lr": 1})


def test_early_stopping_is_off_unless_it_is_kept():
    replicas = made(Changes())
    assert replicas.members[0].launch.values["early_stopping"] is False
    assert any("--keep-early-stop" in note for note in replicas.notes)
    kept = made(Changes(keep_early_stop=True)).members[0]
    assert kept.launch.values["early_stopping"] is True
    set_on = made(Changes(values={"early_stopping": True})).members[0]
    assert set_on.launch.values["early_stopping"] is True


@pytest.mark.parametrize(
    ("name", "hint"),
    [("lr", "did you mean 'opt.lr'"), ("trainer.max_epoch", "'trainer.max_epochs'"), ("zzz", "--")],
)
def test_an_unknown_name_is_refused_with_near_ones(name, hint):
    with pytest.raises(UsageError, match="has no") as caught:
        made(Changes(values={name: 1}))
    assert hint in caught.value.hint
    assert "--force-set" in caught.value.hint
    (replica,) = made(Changes(values={name: 1}, force_set=True)).members
    assert replica.launch.values[name] == 1


def test_a_value_can_be_left_out():
    (replica,) = made(Changes(unset=("opt.lr",))).members
    assert "opt.lr" not in replica.launch.values
    with pytest.raises(UsageError, match="has no"):
        made(Changes(unset=("nothing",)))


BAD = {
    "two names that may be the seed": (
        Changes(seeds=(1,)), {"a.seed": 1, "b.seed": 2}, "may mean a.seed or b.seed",
    ),
    "no seed": (Changes(seeds=(1,)), {"lr": 1}, "--seeds sets"),
    "a seed twice": (Changes(seeds=(1, 1)), CONFIG, "twice"),
    "one name for both": (
        Changes(seeds=(1,), folds=(2,), fold_key="seed"), CONFIG, "the seed and the fold",
    ),
    "too many": (
        Changes(seeds=tuple(range(200)), folds=tuple(range(200))), CONFIG, "replicas are too many",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "config", "complaint"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_refused(changes, config, complaint):
    with pytest.raises(UsageError, match=complaint):
        made(changes, config)


def test_of_several_seeds_the_one_at_the_top_is_meant():
    replicas = made(Changes(seeds=(1,)), {"seed": 0, "data.seed": 0})
    assert list(replicas.varied) == ["seed"]
    assert list(made(Changes(seeds=(1,), seed_key="data.seed")).varied) == ["data.seed"]
