"""Run a written script with programs that only say what reached them."""

import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

PROGRAMS = ("accelerate", "python", "srun", "torchrun", "uv")
RECORDER = """\
#!{python}
import json, os, sys
path = os.environ.get("WANDB_SWEEP_PARAM_PATH")
config = json.load(open(path)) if path else {{}}
words = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
print(json.dumps({{"words": words, "config": config}}))
"""


class Launch(NamedTuple):
    """What was started.

    Attributes:
        words: The program and its arguments, without a launcher in front.
        config: What W&B would hand over.
    """

    words: list[str]
    config: dict[str, Any]


def launch(script, folder, **variables):
    """The one start of a script, which is recorded in place of being made."""
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    for name in PROGRAMS:
        (bin_folder / name).write_text(RECORDER.format(python=sys.executable))
        (bin_folder / name).chmod(0o755)
    path = os.pathsep.join([str(bin_folder), os.environ["PATH"]])
    ended = subprocess.run(
        ["sh"],
        input=script,
        cwd=folder,
        env={**os.environ, "PATH": path, **variables},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert len(lines) == 1, f"{len(lines)} programs were started"
    recorded = json.loads(lines[0])
    config = {name: entry["value"] for name, entry in recorded["config"].items()}
    return Launch(_without_launcher(recorded["words"]), config)


def _without_launcher(words):
    """A launcher in front of a program changes nothing of what the program is given."""
    return [words[0], *words[3:]] if words[1:2] == ["-c"] else words
