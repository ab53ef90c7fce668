"""Random options of `make-sweep`, and the file that they give."""

import random

from wbtools.app.check_output import check_output, parse_setting
from wbtools.app.templates import templates
from wbtools.errors import UsageError
from wbtools.model import Goal
from wbtools.sweepfile.draft import write_draft
from wbtools.sweepfile.making import CommandStyle, MakeOptions, make
from wbtools.sweepfile.parameter_words import parse_parameter

WORDS = [
    "lr=log_uniform_values(1e-4,1e-2)", "wd=inv_log_uniform_values(1e-6,1e-3)", "seed=[42,123]",
    "epochs=50", "batch=q_log_uniform_values(16,256,16)", "d=uniform(0,0.5)", "n=int_uniform(1,9)",
    "q=q_uniform(0,1,0.25)", "w=normal(0,1)", "x=q_normal(mu=0, sigma=2, q=1)", "y=log_normal(0,1)",
    "b=beta(1,2)", "c=q_beta(1,2,0.1)", "act=categorical([relu, 'true', null, 1e-5])",
    "k=categorical_w_probabilities([a,b],[0.25,0.75])", "name='0.1'", "big=1e300",
    "text='yes # no'",
    "list=constant([1e-9, 2])", "o.lr=uniform(1e-9,1.0)", "o.wd=0.1", "u=\u00e9\u4e2d",
]  # fmt: skip
SETTINGS = ["metric.target=1e-3", "project=p", "metric.impute=latest", "description='a: b # c'"]


def ask(rng: random.Random) -> MakeOptions:
    """Options as the command line would give them."""

    def perhaps(*values):
        return rng.choice(values) if rng.random() < 0.5 else None

    count = rng.choice([0, 1, 3, 6])
    return MakeOptions(
        parameters=tuple(parse_parameter(text) for text in rng.sample(WORDS, count)),
        metric=perhaps("val/acc", "loss", "\u00e9 x"),
        goal=rng.choice(list(Goal)),
        method=perhaps("bayes", "random", "grid"),
        name=perhaps("a sweep", "yes", "1e5", "x: y"),
        run_cap=perhaps(1, 30),
        program=perhaps("train.py", "'my dir/train it.py'"),
        early_terminate=perhaps(
            "none", "balanced", "conservative", "aggressive", "hyperband(min_iter=3,s=2)",
            "hyperband(max_iter=27,s=2,eta=2.5,strict=false)",
        ),
        preserve=perhaps(0.9),
        settings=tuple(parse_setting(text) for text in rng.sample(SETTINGS, rng.randrange(3))),
        nested=rng.random() < 0.3,
        command_style=perhaps(*CommandStyle),
    )  # fmt: skip


def emitted(rng: random.Random, options: MakeOptions):
    """The data and the text of the file; None if it is refused."""
    try:
        draft = make(rng.choice(templates()).read(), options).draft
        text = write_draft(draft)
        check_output(text, "s")
    except UsageError:
        return None
    return draft.data, text
