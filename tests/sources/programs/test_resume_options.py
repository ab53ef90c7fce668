"""How programs are told to go on, as their texts say it."""

from __future__ import annotations

import pytest

from wbtools.sources.programs.resume_options import read_resume_options

ARGPARSE = "import argparse\np = argparse.ArgumentParser()\n{}\nargs = p.parse_args()\n"
FUNCTION = "def main(lr: float = 0.1, resume_from: str = None, resume: bool = False): ...\n"
IS_FLAG = ("resume", "--resume", "flag", "")
IS_PATH = ("resume_from", "--resume-from", "checkpoint", "")
"""What `first` gives of the usual two."""


def first(source: str) -> tuple[str, str, str, str] | None:
    """Name, spelling, what it takes and its flag of the likeliest option."""
    seen = read_resume_options(source)
    assert seen is not None
    if not seen.options:
        return None
    option = seen.options[0]
    return option.name, option.spelled, str(option.takes), option.flag


def argparse_of(*options: str, more: str = "") -> str:
    return ARGPARSE.format("\n".join(f"p.add_argument({each})" for each in options)) + more


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (argparse_of('"--resume"'), ("resume", "--resume", "checkpoint", "")),
        (argparse_of('"--resume", action="store_true"'), IS_FLAG),
        (argparse_of('"--resume", type=bool, default=False'), ("resume", "--resume", "true", "")),
        (
            argparse_of('"--resume", nargs="?", const=True, default=False'),
            ("resume", "--resume", "checkpoint", ""),
        ),
        (
            argparse_of('"-r", "--resume-from", dest="start"', more="load(args.start)"),
            ("start", "--resume-from", "checkpoint", ""),
        ),
        (
            argparse_of('"-r", "--resume-from"'),
            IS_PATH,
        ),
        (argparse_of('"-r", dest="resume"'), ("resume", "-r", "checkpoint", "")),
        (argparse_of('"--resume-dir"'), ("resume_dir", "--resume-dir", "folder", "")),
        (argparse_of('"resume"'), None),
        (argparse_of('"--start-epoch", type=int'), None),
        (argparse_of('"--resume-epoch", type=int, default=0'), None),
        (argparse_of('"--pretrained", default=""', more="load(args.pretrained)"), None),
        (argparse_of('"--init_from", default="scratch"'), None),
        (argparse_of('"--checkpoint", default="out.pt"', more="save(m, args.checkpoint)"), None),
        (
            argparse_of(
                '"--ckpt", help="a state to start from"',
                more="state = np.load(args.ckpt)\nw = state['w']\nnp.savez(path, w=w, s=state)",
            ),
            ("ckpt", "--ckpt", "checkpoint", ""),
        ),
        (
            argparse_of('"--checkpoint", default=""', more="torch.load(args.checkpoint)"),
            ("checkpoint", "--checkpoint", "checkpoint", ""),
        ),
        (
            argparse_of(
                '"--resume", action="store_true"',
                '"--checkpoint", default=None',
                more="if args.resume:\n    m = torch.load(args.checkpoint)",
            ),
            ("checkpoint", "--checkpoint", "checkpoint", "--resume"),
        ),
        (
            argparse_of(
                '"--resume", action="store_true"', '"--load-from"', more="f(args.load_from)"
            ),
            IS_FLAG,
        ),
        (
            argparse_of('"--begin"', more="trainer.fit(model, ckpt_path=args.begin)"),
            ("begin", "--begin", "checkpoint", ""),
        ),
        (
            argparse_of(
                '"--out"',
                '"--resume", action="store_true"',
                more="t.fit(m, ckpt_path=join(args.out, 'last.ckpt') if args.resume else None)",
            ),
            IS_FLAG,
        ),
        (
            argparse_of('"--begin"', more="b = args.begin\nbst = xgb.train(p, d, xgb_model=b)"),
            ("begin", "--begin", "checkpoint", ""),
        ),
    ],
)
def test_argparse(source: str, expected: object) -> None:
    assert first(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (
            (
                "import click\n@click.command()\n@click.option('--resume-from', default=None)\n"
                "def main(resume_from): ...\n"
            ),
            IS_PATH,
        ),
        (
            "import click\n@click.option('--resume/--no-resume')\ndef f(resume): ...",
            IS_FLAG,
        ),
        (
            "import click\n@click.option('--resume', is_flag=True)\ndef f(resume): ...",
            IS_FLAG,
        ),
        (
            (
                "import typer\napp = typer.Typer()\n@app.command()\n"
                "def main(lr: float, resume_from: str = ''): ...\n"
            ),
            IS_PATH,
        ),
        (
            f"import typer\n{FUNCTION}typer.run(main)\n",
            IS_PATH,
        ),
        (
            (
                "import typer\ndef main(resume: bool = typer.Option(False, '--go-on')): ...\n"
                "typer.run(main)\n"
            ),
            ("resume", "--go-on", "flag", ""),
        ),
        (
            "from absl import flags\nflags.DEFINE_string('restore_path', None, 'where')\n",
            ("restore_path", "--restore_path", "checkpoint", ""),
        ),
        (
            "from absl import flags\nflags.DEFINE_boolean('resume', False, 'where')\n",
            IS_FLAG,
        ),
        (
            f"import fire\n{FUNCTION}fire.Fire(main)\n",
            ("resume_from", "--resume_from", "checkpoint", ""),
        ),
        (
            (
                "import tyro\n@dataclass\nclass Train:\n    resume_from: str | None = None\n"
                "@dataclass\nclass Args:\n    lr: float\n    train: Train\nargs = tyro.cli(Args)\n"
            ),
            ("train.resume_from", "--train.resume-from", "checkpoint", ""),
        ),
        (
            (
                "from simple_parsing import ArgumentParser\nclass Args:\n    resume: bool = False\n"
                "p = ArgumentParser()\np.add_arguments(Args, dest='args')\n"
            ),
            IS_FLAG,
        ),
        (
            (
                "import pyrallis\nclass Cfg:\n    resume_path: str = ''\n"
                "@pyrallis.wrap()\ndef main(cfg: Cfg): ...\n"
            ),
            ("resume_path", "--resume_path", "checkpoint", ""),
        ),
        (
            (
                "from transformers import HfArgumentParser, TrainingArguments\n"
                "args, = HfArgumentParser((TrainingArguments,)).parse_args_into_dataclasses()\n"
                "trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)\n"
            ),
            ("resume_from_checkpoint", "--resume_from_checkpoint", "checkpoint", ""),
        ),
        (
            (
                "from transformers import HfArgumentParser, TrainingArguments\n"
                "args, = HfArgumentParser((TrainingArguments,)).parse_args_into_dataclasses()\n"
                "trainer.train()\n"
            ),
            None,
        ),
        (
            "from lightning.pytorch.cli import LightningCLI\nLightningCLI(Model, Data)\n",
            ("ckpt_path", "--ckpt_path", "checkpoint", ""),
        ),
        (
            (
                "import hydra\n@hydra.main(config_path='.', config_name='c')\ndef main(cfg):\n"
                "    train(cfg)\n"
                "def train(cfg):\n    trainer.fit(m, ckpt_path=cfg.get('ckpt_path'))\n"
            ),
            ("ckpt_path", "", "checkpoint", ""),
        ),
        (
            "import hydra\n@hydra.main()\ndef main(cfg):\n    x = cfg.trainer.resume_from\n",
            ("trainer.resume_from", "", "checkpoint", ""),
        ),
        (
            "import hydra\n@hydra.main()\ndef main(cfg):\n    t.fit(ckpt_path=cfg.DIR.WEIGHTS)\n",
            ("DIR.WEIGHTS", "", "checkpoint", ""),
        ),
        (
            "import wandb\nrun = wandb.init()\nx = run.config.get('resume_from')\n",
            ("resume_from", "", "checkpoint", ""),
        ),
        (
            (
                "import wandb\ndef train():\n    wandb.init()\n    config = wandb.config\n"
                "    if config['resume']:\n        load_checkpoint('last.pt')\n"
            ),
            ("resume", "", "true", ""),
        ),
        (
            (
                "import wandb, argparse\nconfig = argparse.ArgumentParser().parse_args()\n"
                "load(config.ckpt)\n"
            ),
            None,
        ),
    ],
)
def test_other_libraries(source: str, expected: object) -> None:
    assert first(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if os.path.exists(ckpt):\n    model = torch.load(ckpt)\n", True),
        (
            "def f():\n    if not CKPT.is_file():\n        return 0\n    return np.load(CKPT)\n",
            True,
        ),
        ("trainer.fit(model, ckpt_path='last')\n", True),
        (
            argparse_of(
                '"--output_dir"',
                more="last = args.output_dir + '/last.pt'\nif exists(last):\n    load(last)",
            ),
            True,
        ),
        ("trainer.train(resume_from_checkpoint=True)\n", True),
        ("checkpoint = get_last_checkpoint(args.output_dir)\n", True),
        ("files = sorted(glob('out/checkpoint-*'))\nif files:\n    load(files[-1])\n", True),
        ("if os.path.exists(cache):\n    data = np.load(cache)\n", False),
        ("torch.save(model, ckpt)\n", False),
        (
            argparse_of(
                '"--resume"', more="if os.path.isfile(args.resume):\n    load(args.resume)"
            ),
            False,
        ),
        (
            argparse_of(
                '"--resume", action="store_true"',
                more="if args.resume and os.path.exists(ckpt):\n    load(ckpt)",
            ),
            False,
        ),
        ("if wandb.run.resumed:\n    if os.path.exists(ckpt):\n        load(ckpt)\n", False),
    ],
)
def test_programs_that_look_for_their_checkpoint(source: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    seen = read_resume_options(source)
    assert seen is not None
    assert seen.looks_itself is expected


def test_a_run_that_was_resumed() -> None:
    seen = read_resume_options("import wandb\nif wandb.run.resumed:\n    pass\n")
    assert seen is not None
    assert seen.reads_resumed
    other = read_resume_options("if state.resumed:\n    pass\n")
    assert other is not None
    assert not other.reads_resumed


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("Model(**wandb.config)", True),
        ("Model(**dict(wandb.config))", True),
        ("Args.model_validate(dict(wandb.config))", True),
        ("dict(**wandb.config)", False),
        ("Model(lr=wandb.config.lr)", False),
        ("takes_any(**wandb.config)", False),
    ],
)
def test_configuration_that_is_handed_over(call: str, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    seen = read_resume_options(f"import wandb\ndef takes_any(**more): ...\n{call}\n")
    assert seen is not None
    assert seen.hands_config is expected


@pytest.mark.parametrize(
    "source",
    [
        "import wandb\nc = dict(c)\nd = e\ne = d\nx = c.resume\ny = d.resume\n",
        "import tyro\nclass A:\n    b: A\n    resume: B\nclass B:\n    a: A\ntyro.cli(A)\n",
        "import wandb\nx = config" + ".a" * 500,
    ],
)
def test_texts_that_lead_in_circles(source: str) -> None:
    seen = read_resume_options(source)
    assert seen is not None
    assert seen.options == ()


@pytest.mark.parametrize("source", ["def (", "\0", "(" * 5000])
def test_no_python(source: str) -> None:
    assert read_resume_options(source) is None


def test_options_by_likelihood() -> None:
    seen = read_resume_options(
        argparse_of('"--auto_resume", action="store_true"', '"--ckpt_path"', '"--resume"')
    )
    assert seen is not None
    assert [each.name for each in seen.options] == ["resume", "ckpt_path", "auto_resume"]
    assert seen.option("--ckpt-path") is seen.options[1]
    assert seen.option("lr") is None
