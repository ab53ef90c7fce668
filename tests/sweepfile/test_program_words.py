"""What `--program` names, and the command that starts it."""

import pytest

from wbtools.errors import UsageError
from wbtools.sweepfile.program_words import program_words

FILES = {
    "/usr/bin/python3", ".venv/bin/python", "/usr/bin/env", "/bin/bash", "/opt/bin/torchrun",
    "train it.py", "pkg/train.py", "tool/__main__.py", "C:/my dir/t.py",
}  # fmt: skip
E, PY, P = "${env}", "${interpreter}", "${program}"


def taken(text):
    return program_words(text, exists=FILES.__contains__)


@pytest.mark.parametrize(
    "text", ["train.py", "train it.py", "'my train.py'", r"C:\x\train.py", " a.py "]
)
def test_a_file_alone_leaves_the_command_as_it_is(text):
    words = taken(text)
    assert words.is_plain
    assert words.program == text.strip(" '")


COMMANDS = {
    "-m pkg.train": ("pkg/train.py", [E, PY, "-m", "pkg.train"]),
    "-m tool": ("tool/__main__.py", [E, PY, "-m", "tool"]),
    "-m elsewhere.train": ("elsewhere.train", [E, PY, "-m", "elsewhere.train"]),
    "python -m pkg.train --amp": ("pkg/train.py", [E, PY, "-m", "pkg.train", "--amp"]),
    "python train.py": ("train.py", [E, PY, P]),
    "python -u train.py": ("train.py", [E, PY, "-u", P]),
    "-u train.py": ("train.py", [E, PY, "-u", P]),
    "python3.10 train.py": ("train.py", [E, "python3.10", P]),
    "train.py --flag 'a b'": ("train.py", [E, PY, P, "--flag", "a b"]),
    "tools/train.py configs/a.py": ("tools/train.py", [E, PY, P, "configs/a.py"]),
    "torchrun --nproc_per_node=4 train.py": (
        "train.py", [E, "torchrun", "--nproc_per_node=4", P],
    ),
    "torchrun -m pkg.train": ("pkg/train.py", [E, "torchrun", "-m", "pkg.train"]),
    "accelerate launch train.py": ("train.py", [E, "accelerate", "launch", P]),
    "accelerate launch 'train it.py' --x": ("train it.py", [E, "accelerate", "launch", P, "--x"]),
    "python -m torch.distributed.run --n 4 train.py": (
        "train.py", [E, PY, "-m", "torch.distributed.run", "--n", "4", P],
    ),
    "CUDA_VISIBLE_DEVICES=0 python train.py": ("train.py", [E, "CUDA_VISIBLE_DEVICES=0", PY, P]),
    "env A=1 B=2 train.py": ("train.py", [E, "A=1", "B=2", PY, P]),
    "env -u A python train.py": ("train.py", [E, "env", "-u", "A", "python", P]),
    "run.sh": ("run.sh", [E, "bash", P]),
    "bash run.sh --x": ("run.sh", [E, "bash", P, "--x"]),
    "python3 -u train.py": ("train.py", [E, "python3", "-u", P]),
    "/usr/bin/python3 train.py": ("train.py", [E, "/usr/bin/python3", P]),
    ".venv/bin/python train.py": ("train.py", [E, ".venv/bin/python", P]),
    "/usr/bin/python3 -m pkg.train": ("pkg/train.py", [E, "/usr/bin/python3", "-m", "pkg.train"]),
    "/usr/bin/env python train.py": ("train.py", [E, PY, P]),
    "/usr/bin/env A=1 train.py": ("train.py", [E, "A=1", PY, P]),
    "/bin/bash run.sh": ("run.sh", [E, "/bin/bash", P]),
    "/opt/bin/torchrun train.py": ("train.py", [E, "/opt/bin/torchrun", P]),
    "uv run train.py": ("train.py", [E, "uv", "run", P]),
    "train.py --data ${envvar:DATA}": ("train.py", [E, PY, P, "--data", "${envvar:DATA}"]),
}  # fmt: skip


@pytest.mark.parametrize("text", COMMANDS)
def test_a_line_goes_into_the_command(text):
    words = taken(text)
    assert (words.program, list(words.command)) == COMMANDS[text]
    assert not words.is_plain


WRONG = {
    "": "is empty",
    "-m": "names no program",
    "python": "names no program",
    "torchrun": "names no program",
    "echo hi": "names no program",
    "torchrun --x=1": "names no program",
    "train.py 'a": "cannot be split into words",
    "python train.py && rm x": "needs a shell",
    "train.py > log": "needs a shell",
    "$HOME/train.py --x": "needs a shell",
    "train.py `ls`": "needs a shell",
    "my train.py": "may be a file of that name",
}


@pytest.mark.parametrize("text", WRONG)
def test_what_the_agent_could_not_start_is_refused(text):
    with pytest.raises(UsageError, match=WRONG[text]) as refused:
        taken(text)
    assert refused.value.hint


def test_the_hint_for_a_file_with_spaces_is_right_as_it_stands():
    import shlex

    with pytest.raises(UsageError) as refused:
        taken("my train.py")
    words = shlex.split(refused.value.hint.partition("; for")[0])
    typed = words[words.index("--program") + 1]
    assert taken(typed).program == "my train.py"


@pytest.mark.parametrize(
    "text",
    [
        "~/train.py", "$HOME/train.py", "${program}", "train.ipynb", "a.py:main",
        "/usr/bin/python3", "python ~/train.py", "python $HOME/train.py",
    ],
)  # fmt: skip
def test_what_the_agent_cannot_start_is_refused(text):
    with pytest.raises(UsageError):
        taken(text)
