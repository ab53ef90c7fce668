"""Whether a program's text starts sweeps or agents: every way to write it, and hostile texts."""

import json

import pytest

from wbtools.sources.programs.sweep_calls import notebook_calls, sweep_calls

PROGRAMS = {
    "nothing": ("", set()),
    "a run and no more": ("import wandb\nwandb.init()\nwandb.log({})", set()),
    "both": ("import wandb\nwandb.agent(wandb.sweep({}), f)", {"wandb.agent", "wandb.sweep"}),
    "another name": ("import wandb as wb\nwb.agent('x')", {"wandb.agent"}),
    "an imported name": ("from wandb import agent\nagent('x')", {"wandb.agent"}),
    "a renamed one": ("from wandb import sweep as make\nmake({})", {"wandb.sweep"}),
    "a star": ("from wandb import *\nsweep({})", {"wandb.sweep"}),
    "imported in a function": (
        "def f():\n    import wandb\n    return wandb.agent", {"wandb.agent"},
    ),
    "an inner module": (
        "from wandb.sdk import wandb_sweep\nwandb_sweep.sweep({})", {"wandb.sweep"},
    ),
    "another inner module": (
        "import wandb.agents.pyagent\nwandb.agents.pyagent.pyagent('x')", {"wandb.pyagent"},
    ),
    "a controller": ("import wandb\nwandb.controller('x').run()", {"wandb.controller"}),
    "by getattr": ("import wandb\ngetattr(wandb, 'agent')('x')", {"wandb.agent"}),
    "by a name that nobody knows": ("import wandb\ngetattr(wandb, x)('x')", {"wandb.?"}),
    "another attribute by getattr": ("import wandb\ngetattr(wandb, 'run', None)", set()),
    "a command": ("import os\nos.system('wandb sweep s.yaml')", {"wandb sweep"}),
    "a command in words": (
        "from subprocess import run\nrun(['wandb', '--verbose', 'agent', i])", {"wandb agent"},
    ),
    "a command with an unknown word": ("import os\nos.system(f'wandb agent {i}')", {"wandb agent"}),
    "only words about it": (
        '"""wandb sweep s.yaml, then wandb agent."""\ndef f():\n    "wandb agent"\n', set(),
    ),
    "words that are printed, or anything else": ('print("wandb agent")', {"wandb agent"}),
    "a command of its own": ("cmd = f'wandb agent {x}'\nrun(cmd, shell=True)", {"wandb agent"}),
    "a sum": ("os.system('wandb agent ' + x)", {"wandb agent"}),
    "a percent sign": ("os.system('wandb agent %s' % x)", {"wandb agent"}),
    "a format": ("os.system('wandb agent {}'.format(x))", {"wandb agent"}),
    "a split text": ("run('wandb --quiet sweep s.yaml'.split())", {"wandb sweep"}),
    "a sum of words": ("run(['wandb', 'agent'] + [x])", {"wandb agent"}),
    "words by keyword": ("run(args=['wandb', 'agent', x])", {"wandb agent"}),
    "words of another name": ("words = 'wandb', 'agent', x\nrun(words)", {"wandb agent"}),
    "in its place": ("os.execvp('wandb', ['wandb', 'agent', x])", {"wandb agent"}),
    "at the same time": (
        "await create_subprocess_exec(*['/opt/bin/wandb', 'agent', x])", {"wandb agent"},
    ),
    "at the same time, as arguments": (
        "create_subprocess_exec('wandb', 'agent', x)", {"wandb agent"},
    ),
    "as a module": ("run([sys.executable, '-m', 'wandb.cli.cli', 'agent', x])", {"wandb agent"}),
    "an unknown word between": ("os.system(f'wandb {flags} agent {x}')", {"wandb agent"}),
    "another name by assignment": ("import wandb\nw = wandb\nw.sweep({})", {"wandb.sweep"}),
    "imported by a call": ("importlib.import_module('wandb').sweep({})", {"wandb.sweep"}),
    "imported by a call, another name": (
        "w = __import__('wandb')\nw.agent(x)", {"wandb.agent"},
    ),
    "another thing of that name": ("import gym\nagent = gym.agent(sweep=1)\nagent.sweep()", set()),
    "its own agent beside wandb": ("import wandb\nself.agent.sweep()", set()),
    "an invalid escape": ("import wandb\nx = '\\d'\nwandb.agent(x)", {"wandb.agent"}),
    "Python 2": ("print 'x'\nwandb.agent(i)", {"wandb.agent"}),
    "no Python at all": ("$x = 1;\nfrom wandb import (sweep)\n", {"wandb.sweep"}),
    "no Python and a command": ("#!/bin/sh\nwandb agent $1 {\n", {"wandb.agent", "wandb agent"}),
    "no Python and nothing of it": ("#!/bin/sh\necho {\n", set()),
    "a NUL": ("wandb.sweep({})\0", {"wandb.sweep"}),
    "parentheses without end": ("(" * 100_000 + "wandb.agent", {"wandb.agent"}),
    "attributes without end": ("import wandb\nx" + ".a" * 50_000, set()),
    "operators without end": ("import wandb\nwandb.sweep\n" + "-" * 50_000, {"wandb.sweep"}),
    "agents without end": ("import wandb\nx" + ".agent" * 100_000, set()),
    "mentions without end": ("(" + "from wandb wandb -x " * 50_000, set()),
}  # fmt: skip


@pytest.mark.parametrize(("source", "calls"), PROGRAMS.values(), ids=PROGRAMS)
def test_what_a_program_calls(source, calls):
    assert sweep_calls(source) == calls


def cells(*sources, kind="code"):
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for source in sources]})


NOTEBOOKS = {
    "no cells": (cells(), set()),
    "imported in one cell, called in another": (
        cells("import wandb as w", ["x = 1\n", "w.agent(x)"]), {"wandb.agent"},
    ),
    "a shell line": (cells("!wandb sweep s.yaml\n"), {"wandb sweep"}),
    "a magic beside a call": (cells("%matplotlib inline\nimport wandb\nwandb.sweep({})"),
                              {"wandb.sweep"}),
    "only words about it": (cells("wandb.agent(x)", kind="markdown"), set()),
    "no notebook": ("{}", None),
    "no JSON": ("{", None),
    "cells of a wrong kind": ('{"cells": [1]}', None),
    "JSON without end": ("[" * 100_000, None),
}  # fmt: skip


@pytest.mark.parametrize(("document", "calls"), NOTEBOOKS.values(), ids=NOTEBOOKS)
def test_what_a_notebook_calls(document, calls):
    assert notebook_calls(document) == calls
