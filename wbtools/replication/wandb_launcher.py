"""The launcher of programs that start a sweep or ask for their configuration: one fixed text.

Such a program calls `wandb.agent(sweep_id, function)`, at its top level or under a main guard, and
often `wandb.sweep(…)` before it. Under the launcher neither reaches W&B: `wandb.sweep` gives back a
name and makes no sweep, the first `wandb.agent` calls its function once and later ones do nothing,
a controller ends the program, and so does a command such as `wandb sweep FILE` that it starts: what
counts is the executable and its first word that is no option. The configuration comes from the file
that `WANDB_SWEEP_PARAM_PATH` names, as under a real agent.
Nothing of a run is part of this text.
"""

from typing import Final

LAUNCHER: Final = """\
import sys
if sys.path[:1] == [""]:
    del sys.path[0]
import importlib, os, re, runpy, shlex

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

def refusal(what):
    def refuse(*args, **kwargs):
        raise SystemExit(
            f"the launcher of wbtools refused {what}: a replica starts, controls and registers no "
            "sweep. Name the program that trains with wbtools replicate --program FILE"
        )
    return refuse

def hold(module, **others):
    try:
        module = importlib.import_module(module)
    except ImportError:
        return
    for name, other in others.items():
        if hasattr(module, name):
            # The old one is kept, so that nothing new gets its id.
            held[id(getattr(module, name))] = other, getattr(module, name)
            setattr(module, name, other)

held = {}
hold("wandb", sweep=sweep, agent=agent, controller=refusal("wandb.controller"))
hold("wandb.agents.pyagent", pyagent=agent)
register, serve = refusal("to register a sweep"), refusal("to register an agent")
hold("wandb.apis.public.sweeps", _upsert_sweep=register, _register_agent=serve)
for name, module in list(sys.modules.items()):
    if name.partition(".")[0] == "wandb":
        for key, value in list(vars(module).items()):
            if callable(value) and id(value) in held:
                setattr(module, key, held[id(value)][0])
try:
    from wandb.sdk.internal.internal_api import Api
    Api.upsert_sweep, Api.register_agent = register, serve
except ImportError:
    pass

STARTS = {"os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
SWEEPS = {"sweep", "agent", "controller", "scheduler", "launch-sweep"}
SHELLS = {"sh", "bash", "dash", "zsh", "ksh", "cmd", "eval"}
FRONTS = set(
    "env nohup nice time timeout setsid sudo stdbuf xargs srun uv uvx poetry conda run exec "
    "command if then do else while until !".split()
)
NO_PROGRAM = re.compile(r"-|[0-9]+[smhd]?$|[A-Za-z_][A-Za-z0-9_]*=")
PYTHON = re.compile(r"python[0-9.]*w?$")
MODULE = re.compile(r"-[A-Za-z]*?m(.*)$")

def name_of(word):
    return re.sub("[.]exe$", "", re.split(r"[/\\\\]", word)[-1].lower())

def starts_sweep(words):
    while words and (name_of(words[0]) in FRONTS or NO_PROGRAM.match(words[0])):
        words = words[1:]
    if not words:
        return False
    name, words = name_of(words[0]), words[1:]
    if name in SHELLS:
        return any(map(text_starts_sweep, words))
    if PYTHON.match(name):
        while words and words[0].startswith("-") and not MODULE.match(words[0]):
            words = words[2 if words[0] in ("-W", "-X") else 1:]
        module = MODULE.match(words[0]) if words else None
        if module:
            words = ([module[1]] if module[1] else []) + words[1:]
        if not words or (words[0].split(".")[0] if module else name_of(words[0])) != "wandb":
            return False
        name, words = "wandb", words[1:]
    subcommand = next((word for word in words if not word.startswith("-")), "")
    return name == "wandb" and subcommand in SWEEPS

def commands_in(text):
    for part in re.split(r"[;&|\\n(){}\\x24\\x60]+", text):
        yield re.sub(r"[\\x22\\x27]", " ", part).split()
    lexer = shlex.shlex(text, posix=True, punctuation_chars="();<>|&\\n")
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \\t\\r", True, ""
    words = []
    try:
        for word in lexer:
            if word.strip("();<>|&\\n"):
                words.append(word)
            else:
                yield words
                words = []
    except ValueError:
        pass
    yield words

def text_starts_sweep(text):
    return any(map(starts_sweep, commands_in(text)))

def watch(event, args):
    if event not in STARTS:
        return
    program, words = (args[0], None) if event == "os.system" else args[event == "os.spawn":][:2]
    if words is None or isinstance(words, (str, bytes)):
        text = os.fsdecode(program if words is None else words)
        refused = text if text_starts_sweep(text) else ""
    else:
        words = [os.fsdecode(word) for word in words]
        words[:1] = words[:1] if program is None else [os.fsdecode(program)]
        refused = " ".join(words) if starts_sweep(words) else ""
    if refused:
        refusal(f"to start {refused!r}")()

sys.addaudithook(watch)
if is_module:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
else:
    runpy.run_path(sys.argv[0], run_name="__main__")
"""
