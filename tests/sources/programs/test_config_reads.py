"""Whether a program's text takes its parameters from W&B, or hands it a function."""

import pytest

from wbtools.sources.programs.config_reads import Module, read_program_text

READS = {
    "wandb.config": "import wandb\nlr = wandb.config.lr",
    "an item": "import wandb\nlr = wandb.config['lr']",
    "as a whole": "import wandb\nargs = Namespace(**wandb.config)",
    "under another name": "import wandb as wb\nfor key in wb.config.keys(): pass",
    "imported by name": "from wandb import config\nprint(config.lr)",
    "of the run": "import wandb\nrun = wandb.init()\nlr = run.config.lr",
    "of the run by another name": "import wandb\nexp = wandb.init()\nlr = exp.config.lr",
    "of an attribute": "import wandb\nself.w = wandb.init()\nlr = self.w.config['lr']",
    "of what init gives": "import wandb\ncfg = wandb.init(config=defaults).config",
    "of an imported init": "from wandb import init\ncfg = init().config",
    "in a with": "import wandb\nwith wandb.init() as r:\n    train(r.config)",
    "of wandb.run": "import wandb\nlr = wandb.run.config.lr",
    "of a parameter": "import wandb\ndef train(run):\n    return run.config.lr",
    "of Lightning's logger": "cfg = logger.experiment.config",
    "in a function": "def f():\n    import wandb\n    return wandb.config.lr",
    "imported by a call": "import importlib\nw = importlib.import_module('wandb')\nw.config.lr",
    "of a call": "import importlib\nx = importlib.import_module('wandb').config.lr",
    "of init of a call": "x = __import__('wandb').init().config.lr",
    "a star": "from wandb import *\nprint(config.lr)",
    "the file that the agent writes": "import os\npath = os.environ['WANDB_SWEEP_PARAM_PATH']",
    "written, then read": "import wandb\nwandb.config.update(a)\nlr = wandb.config.lr",
    "written through another name": "import wandb\nc = wandb.config\nc.lr = 1",
}
READS_NOT = {
    "nothing": "",
    "only init": "import wandb\nwandb.init(config=vars(args))\nwandb.log({})",
    "only an update": "import wandb\nwandb.init()\nwandb.config.update(args)",
    "only an assignment": "import wandb\nwandb.config.lr = args.lr\nwandb.config['wd'] = 1",
    "in the place of it": "import wandb\nwandb.config = args",
    "somebody else's": "import wandb\nlr = model.config.lr\nx = trainer.config",
    "another import of that name": "from jax import config\nconfig.update('x', True)\nconfig.lr",
    "in a comment": "import wandb\n# wandb.config.lr\n'wandb.config.lr'",
}
HANDS = {
    "by keyword": "import wandb\nwandb.agent(i, function=train, count=3)",
    "of a call": "__import__('wandb').agent(i, train)",
    "by place": "import wandb\nwandb.agent(i, train)",
    "an imported agent": "from wandb import agent\nagent(i, function=train)",
    "by its inner name": "from wandb.agents.pyagent import pyagent\npyagent(i, train)",
    "a lambda": "import wandb as w\nw.agent(i, lambda: main(args))",
}
HANDS_NOT = {
    "nothing": "",
    "no function": "import wandb\nwandb.agent(i, count=3)",
    "none": "import wandb\nwandb.agent(i, function=None)",
    "only a sweep": "import wandb\nwandb.sweep(c)",
    "another agent": "import wandb\nagent = dqn.agent(env, train)",
    "a function of its own": "import wandb\ndef agent(i, function): pass\nagent(i, function=f)",
}
HOSTILE = {
    "a NUL": "import wandb\nwandb.config.lr\0",
    "no Python": "#!/bin/sh\necho {",
    "parentheses without end": "(" * 100_000,
    "operators without end": "-" * 50_000 + "1",
    "calls without end": "f" + "()" * 50_000,
    "a mark before the text": "\ufeff\ufeffimport wandb",
    "surrogates": "x = '\udcff'",
}


@pytest.mark.parametrize("source", READS.values(), ids=READS)
def test_what_reads_the_configuration(source):
    assert read_program_text(source).reads_config


@pytest.mark.parametrize("source", READS_NOT.values(), ids=READS_NOT)
def test_what_does_not(source):
    assert not read_program_text(source).reads_config


@pytest.mark.parametrize("source", HANDS.values(), ids=HANDS)
def test_what_hands_a_function_over(source):
    assert read_program_text(source).hands_function


@pytest.mark.parametrize("source", HANDS_NOT.values(), ids=HANDS_NOT)
def test_what_hands_none_over(source):
    assert not read_program_text(source).hands_function


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE)
def test_what_is_no_python_says_nothing(source):
    assert read_program_text(source) is None


@pytest.mark.parametrize("n", [10, 300, 50_000])
def test_long_chains_are_followed_to_their_end_or_left(n):
    text = read_program_text("import wandb\nx = wandb" + ".a" * n + ".config\n")
    assert text is None or text.knows_wandb


def test_imports_are_listed_once():
    text = read_program_text(
        "import a, b.c as d\nfrom e.f import g\nfrom . import h\nfrom ..i import j\nimport a"
    )
    assert text.imports == (
        Module(name="a"),
        Module(name="b.c"),
        Module(name="e.f"),
        Module(name="e.f.g"),
        Module(name="h", level=1),
        Module(name="i", level=2),
        Module(name="i.j", level=2),
    )
    assert not text.knows_wandb
