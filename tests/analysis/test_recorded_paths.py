"""Paths that a run was given, by names that mean checkpoints or outputs."""

import pytest

from tests.analysis.sweeps import run
from wbtools.analysis.recorded_paths import recorded_paths
from wbtools.model import LaunchRecord

PLACES = [
    *("ckpt_dir", "output_dir", "checkpoint", "save_path", "save-dir", "trainer.default_root_dir"),
    *("log_dir", "model_dir", "exp_dir", "run_dir", "workdir", "resume_from_checkpoint"),
    *("callbacks.model_checkpoint.dirpath", "hydra.run.dir", "outputDir", "train/ckpt_path"),
    *("logging_dir", "out", "savedir", "snapshot_path"),
]
NO_PLACES = [
    *("data_dir", "dataset_path", "cache_dir", "model_name_or_path", "checkpoint_every", "model"),
    *("save_steps", "lr", "output_size", "wandb_dir", "pretrained_model_path", "dir"),
    *("config_path", "tokenizer_path", "num_checkpoints", "optimizer"),
]


def paths(config=None, argv=(), **facts):
    given = run(8, id="ab12cd34", name="ivory-sweep-8", config=config or {}, **facts)
    return [each.path for each in recorded_paths(given, LaunchRecord(program="t.py", argv=argv))]


@pytest.mark.parametrize("name", PLACES)
def test_a_name_that_means_a_place_of_checkpoints_leads_to_it(name):
    assert paths({name: "here/x"}) == ["here/x"]


@pytest.mark.parametrize("name", NO_PLACES)
def test_other_names_lead_nowhere(name):
    assert paths({name: "here/x"}) == []


@pytest.mark.parametrize(
    "argv",
    [
        ("--ckpt-dir", "here"),
        ("--ckpt_dir=here",),
        ("ckpt_dir=here",),
        ("+trainer.ckpt_dir=here",),
        ("-x", "--ckpt-dir", "here", "--output-dir", "--lr"),
    ],
)
def test_arguments_count_in_every_style(argv):
    assert paths(argv=argv) == ["here"]


def test_each_path_is_named_once_arguments_first():
    found = recorded_paths(
        run(8, config={"output_dir": "b", "ckpt_dir": "a"}, argv=("--out", "b", "--save-dir", "c"))
    )
    assert [(each.name, each.path) for each in found] == [
        ("out", "b"),
        ("save-dir", "c"),
        ("ckpt_dir", "a"),
    ]


@pytest.mark.parametrize(
    "value", ["", "auto", "True", "None", ".", "a\0b", "x" * 5000, 7, None, ["a"], "best"]
)
def test_what_is_no_path_leads_nowhere(value):
    assert paths({"ckpt_dir": value}) == []


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("ckpt/{run_id}", "ckpt/ab12cd34"),
        ("ckpt/{wandb.run.id}/x", "ckpt/ab12cd34/x"),
        ("ckpt/${WANDB_RUN_ID}", "ckpt/ab12cd34"),
        ("ckpt/$WANDB_RUN_ID", "ckpt/ab12cd34"),
        ("ckpt/${oc.env:WANDB_RUN_ID}", "ckpt/ab12cd34"),
        ("ckpt/%(run_id)s", "ckpt/ab12cd34"),
        ("ckpt/<run id>", "ckpt/ab12cd34"),
        ("ckpt/{run_name}", "ckpt/ivory-sweep-8"),
        ("ckpt/{seed}/m.pt", "ckpt/3/m.pt"),
        ("ckpt/{run_id}/epoch_{epoch}.pt", "ckpt/ab12cd34"),
        ("outputs/${now:%Y-%m-%d}/x", "outputs"),
        ("outputs/%Y/x", "outputs"),
        ("ckpt/{__import__('os').system('x')}", "ckpt"),
        ("{unknown}", None),
    ],
)
def test_what_stands_for_the_run_is_filled_in_and_nothing_evaluated(text, path):
    assert paths({"ckpt_dir": text, "seed": 3}) == ([] if path is None else [path])


def test_an_address_is_remote_and_the_list_has_an_end():
    (only,) = recorded_paths(run(1, config={"ckpt_dir": "s3://bucket/x"}))
    assert only.is_remote
    assert len(paths({f"a{k}.ckpt_dir": f"p{k}" for k in range(500)})) == 40
