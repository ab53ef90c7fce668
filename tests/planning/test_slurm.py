"""Array jobs are plain scripts, whatever the names."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.planning.slurm import agents_job


@given(
    name=st.text(max_size=80),
    sweep=st.text(alphabet=st.characters(exclude_characters="\0"), min_size=1, max_size=40),
)
def test_names_stay_words(name, sweep):
    script = agents_job(name, sweep, n_agents=2)
    head = script.split("set -euo pipefail")[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert head.isascii()


@pytest.mark.parametrize("sweep", ["e/p/ab12cd34", "a b/'; touch x; '/c", "$(touch x)/p/s"])
def test_the_sweep_reaches_wandb_as_one_word(tmp_path, sweep):
    (tmp_path / "wandb").write_text('#!/bin/sh\nfor one in "$@"; do echo "<$one>"; done\n')
    (tmp_path / "wandb").chmod(0o755)
    script = agents_job("n", sweep, n_agents=1, count=3)
    words = ["bash", "-c", script]
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    result = subprocess.run(
        words, env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout == f"<agent>\n<--count>\n<3>\n<{sweep}>\n"
    assert not (tmp_path / "x").exists()


def test_an_option_that_is_none_is_refused():
    with pytest.raises(UsageError):
        agents_job("n", None, n_agents=1, directives=("--a\n#SBATCH --b",))
