"""Whom a path is called after."""

import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.path_owners import PathOwners

RUNS = [
    run(1, id="ab12cd34", name="ivory-sweep-1"),
    run(2, id="zz98yy76", name="ivory-sweep-11"),
    run(3, id="7", name="baseline"),
    run(4, id="qq11qq11", name="baseline"),
    run(5, id="1234", name="exp lr=0.1"),
    run(6, id="model", name="model"),
    run(7, id="ww22ww22~2", name="12345"),
    run(8, id="r4", name="a b"),
]


@pytest.mark.parametrize(
    ("path", "ids", "is_by_id"),
    [
        ("runs/ab12cd34/x.pt", {"ab12cd34"}, True),
        ("model-ab12cd34_last.pt", {"ab12cd34"}, True),
        ("ckpt/ivory-sweep-1/x.pt", {"ab12cd34"}, False),
        ("ckpt/ivory_sweep_11.pt", {"zz98yy76"}, False),
        ("ivory-sweep-1/zz98yy76/x.pt", {"zz98yy76"}, True),
        ("baseline/x.pt", {"7", "qq11qq11"}, False),
        ("out/exp_lr_0_1/x.pt", {"1234"}, False),
        ("wbtools-ab12cd34/x.pt", set(), True),
        ("models/r4/last.pt", {"r4"}, True),
        ("models/a b/last.pt", {"r4"}, False),
        ("outputs/ivory-sweep-1-continued/x.pt", set(), False),
        ("outputs/ivory-sweep-1-replica-3/x.pt", set(), False),
        ("outputs/ivory-sweep-1-last/x.pt", {"ab12cd34"}, False),
        ("wbtools-checkpoints/ab12cd34/x.pt", {"ab12cd34"}, True),
        ("ww22ww22/x.pt", {"ww22ww22~2"}, True),
    ],
)
def test_a_part_of_a_path_names_a_run(path, ids, is_by_id):
    owner = PathOwners(RUNS).of(path)
    assert (owner.run_ids, owner.is_by_id) == (ids, is_by_id)


@pytest.mark.parametrize(
    "path",
    [
        "r4-x/x.pt",
        "a/b/x.pt",
        "7/x.pt",
        "1234/x.pt",
        "12345/x.pt",
        "ivory-sweep-111/x",
        "xab12cd34/x",
        "",
        "a/b",
    ],
)
def test_a_path_that_says_too_little_names_nobody(path):
    assert PathOwners(RUNS).of(path) is None


def test_a_word_that_many_folders_are_called_is_no_name():
    assert PathOwners([run(1, id="ab12cd34", name="checkpoints")]).of("checkpoints/x.pt") is None


def test_runs_that_are_not_of_the_sweep_own_what_is_called_after_them():
    owners = PathOwners(RUNS, ["othr9999", "ab12cd34", "resnet", "12345678", "x1"])
    assert owners.of("ckpt/othr9999/x.pt").run_ids == frozenset()
    assert owners.of("ckpt/ab12cd34/x.pt").run_ids == {"ab12cd34"}
    for name in ("resnet", "12345678", "x1"):
        assert owners.of(f"ckpt/{name}/x.pt") is None


def test_a_hostile_path_ends():
    assert PathOwners(RUNS).of("-".join("abcdefgh" * 20_000)) is None
