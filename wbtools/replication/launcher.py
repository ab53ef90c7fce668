"""The launcher of programs that start a sweep or ask for their configuration: one fixed text.

Such a program calls `wandb.agent(sweep_id, function)`, at its top level or under a main guard, and
often `wandb.sweep(…)` before it. Under the launcher neither reaches W&B: `wandb.sweep` gives back a
name and makes no sweep, the first `wandb.agent` calls its function once and later ones do nothing,
a controller ends the program, and so does a command such as `wandb sweep FILE` that it starts. The
configuration comes from the file that `WANDB_SWEEP_PARAM_PATH` names, as under a real agent.
Nothing of a run is part of this text.
"""

from typing import Final

LAUNCHER: Final = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
import importlib, os, re, runpy

is_module = sys.argv[1] == "-m"
sys.argv = sys.argv[2 if is_module else 1:]
home = os.getcwd() if is_module else os.path.dirname(os.path.realpath(sys.argv[0]))
sys.path.insert(0, home)
import wandb

called = []

def sweep(*args, **kwargs):
    return "replica"

def agent(sweep_id=None, function=None, *args, **kwargs):
    if function is None:
        raise SystemExit("wandb.agent was called without a function: pass --program to wbtools")
    if not called:
        called.append(function)
        function()

def refuse(*args, **kwargs):
    raise SystemExit("a replica starts, controls and registers no sweep")

def hold(module, **others):
    try:
        module = importlib.import_module(module)
    except ImportError:
        return
    for name, other in others.items():
        if hasattr(module, name):
            held[id(getattr(module, name))] = other
            setattr(module, name, other)

held = {}
hold("wandb", sweep=sweep, agent=agent, controller=refuse)
hold("wandb.agents.pyagent", pyagent=agent)
hold("wandb.apis.public.sweeps", _upsert_sweep=refuse, _register_agent=refuse)
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "wandb":
        for key, value in list(vars(module).items()):
            if callable(value) and id(value) in held:
                setattr(module, key, held[id(value)])
try:
    from wandb.sdk.internal.internal_api import Api
    Api.upsert_sweep = Api.register_agent = refuse
except ImportError:
    pass

STARTS = {"os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
SWEEPS = re.compile(
    r"\\bwandb(?:[.]exe)?[\\s\\x27\\",]+(?:-[^\\s\\x27\\",]+[\\s\\x27\\",]+)*(?:sweep|agent|controller|scheduler)\\b"
)

def watch(event, args):
    if event in STARTS and SWEEPS.search(str(args[:2])):
        refuse()

sys.addaudithook(watch)
if is_module:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
