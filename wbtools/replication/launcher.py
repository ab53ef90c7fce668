"""The launcher of programs that ask W&B's server for their configuration: one fixed text.

Such a program calls `wandb.agent(sweep_id, function)`. Under the launcher `wandb.sweep` makes no
sweep and `wandb.agent` calls the function once; its configuration comes from the file that
`WANDB_SWEEP_PARAM_PATH` names, as under a real agent. Nothing of a run is part of this text.
"""

from typing import Final

LAUNCHER: Final = """\
import os, runpy, sys
import wandb

def sweep(*args, **kwargs):
    return "replica"

def agent(sweep_id=None, function=None, *args, **kwargs):
    if function is None:
        raise SystemExit("wandb.agent was called without a function: pass --style to wbtools")
    function()

wandb.sweep, wandb.agent = sweep, agent
sys.argv = sys.argv[1:]
if sys.argv[0] == "-m":
    del sys.argv[0]
    sys.path.insert(0, os.getcwd())
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
