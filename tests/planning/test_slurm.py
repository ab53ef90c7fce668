"""Jobs for Slurm are plain scripts, whatever the names, and say once what each option says."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wbtools.errors import UsageError
from wbtools.planning.slurm import SlurmJob, SlurmOptions, agents_job


def directives(job):
    lines = str(job).splitlines()
    return [line.removeprefix("#SBATCH ") for line in lines if line.startswith("#SBATCH")]


@given(
    name=st.text(max_size=80),
    sweep=st.text(alphabet=st.characters(exclude_characters="\0"), min_size=1, max_size=40),
)
def test_names_stay_words(name, sweep):
    script = str(agents_job(name, sweep, n_agents=2))
    head = script.split("set -euo pipefail", maxsplit=1)[0]
    assert all(line.startswith("#") for line in head.splitlines())
    assert head.isascii()


@pytest.mark.parametrize("sweep", ["e/p/ab12cd34", "a b/'; touch x; '/c", "$(touch x)/p/s"])
def test_the_sweep_reaches_wandb_as_one_word(tmp_path, sweep):
    (tmp_path / "wandb").write_text('#!/bin/sh\nfor one in "$@"; do echo "<$one>"; done\n')
    (tmp_path / "wandb").chmod(0o755)
    script = str(agents_job("n", sweep, n_agents=1, count=3))
    words = ["bash", "-c", script]
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    result = subprocess.run(
        words, env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert result.stdout == f"<agent>\n<--count>\n<3>\n<{sweep}>\n"
    assert not (tmp_path / "x").exists()


def test_every_option_has_its_line():
    options = SlurmOptions(
        time_limit_min=90,
        gpus=1,
        cpus=4,
        mem_gb=16,
        partition="gpu,long",
        account="lab-1",
        qos="high",
        array_limit=2,
        log="logs/%x-%A_%a.log",
        directives=("--exclude=n01", "-C a100"),
    )
    assert directives(SlurmJob(name="a b", n_tasks=5, options=options)) == [
        *("--job-name=a-b", "--array=0-4%2", "--output=logs/%x-%A_%a.log", "--time=90"),
        *("--gpus-per-node=1", "--cpus-per-task=4", "--mem=16G", "--partition=gpu,long"),
        *("--account=lab-1", "--qos=high", "--exclude=n01", "-C a100"),
    ]


def test_sbatch_may_name_the_job_and_its_output():
    options = SlurmOptions(directives=("-J mine", "--output=/logs/%j.txt"))
    job = SlurmJob(name="n", n_tasks=3, options=options)
    assert directives(job) == ["--array=0-2", "-J mine", "--output=/logs/%j.txt"]


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("--comment=a b", '--comment="a b"'),
        ("--comment=a #1", '--comment="a #1"'),
        ('--comment="a b"', '--comment="a b"'),
        ("--comment='a b'", "--comment='a b'"),
        ("-C a100", "-C a100"),
        ("-Ca100", "-Ca100"),
        ("--nice=-5", "--nice=-5"),
        ("--nice", "--nice"),
        ("--time 1:00", "--time 1:00"),
    ],
)
def test_a_value_with_spaces_is_quoted(given, written):
    job = SlurmJob(name="n", n_tasks=None, options=SlurmOptions(directives=(given,)))
    assert directives(job)[-1] == written


REFUSED = {
    "an option behind a value in quotes": {"directives": ('--comment="a" --array=0-1',)},
    "an option behind a letter": {"directives": ("-x -a0-1",)},
    "an option behind a value": {"directives": ("-xn01 --array=0-1",)},
    "a here-document": {"setup": ("cat <<EOF",)},
    "a here-document in quotes": {"setup": ('echo "$(cat <<-EOF)"',)},
    "an open quotation": {"setup": ('echo "unclosed',)},
    "an open quotation in another": {"setup": ("echo \"'x",)},
    "an open function": {"setup": ("foo() {",)},
    "an open subshell": {"setup": ("(cd work",)},
    "an open condition": {"setup": ("if true; then",)},
    "an open loop": {"setup": ("for x in 1 2",)},
    "an open choice": {"setup": ("case $x in",)},
    "a line that goes on": {"setup": ("cd work \\",)},
    "a list that goes on": {"setup": ("cd work &&",)},
    "a pipe that goes on": {"setup": ("cat x |",)},
    "GPUs by a beginning": {"gpus": 1, "directives": ("--gpu=1",)},
    "two options in one": {"directives": ("--exclusive --nice=5 -x n1",)},
    "a quotation without an end": {"directives": ('--comment="a',)},
    "a line more": {"directives": ("--a\n#SBATCH --b",)},
    "no option": {"directives": ("gres=gpu:1",)},
    "a bare hyphen": {"directives": ("-",)},
    "the end of options": {"directives": ("-- x",)},
    "a partition in two lines": {"partition": "gpu\n#SBATCH --exclusive"},
    "a partition of two words": {"partition": "gpu --exclusive"},
    "an account that is an option": {"account": "-x"},
    "no quality": {"qos": ""},
    "a pattern with a space": {"log": "my logs/%j"},
    "a pattern in two lines": {"log": "a\nb"},
    "a setup of two lines": {"setup": ("module load a\nrm x",)},
    "an empty setup": {"setup": (" ",)},
    "a setup that colours": {"setup": ("echo \x1b[31m",)},
    "a directive as setup": {"setup": ("#SBATCH --gres=gpu:1",)},
    "an array of one's own": {"directives": ("--array=0-9",)},
    "an array by its letter": {"directives": ("-a 0-9",)},
    "two partitions": {"partition": "gpu", "directives": ("-p cpu",)},
    "two partitions, glued": {"partition": "gpu", "directives": ("-pcpu",)},
    "two times": {"time_limit_min": 5, "directives": ("--time=1:00",)},
    "GPUs twice": {"gpus": 1, "directives": ("--gres=gpu:1",)},
    "GPUs by another name": {"gpus": 1, "directives": ("-G 2",)},
    "memory by another name": {"mem_gb": 1, "directives": ("--mem-per-cpu=2G",)},
    "an array by the beginning of its name": {"directives": ("--arr=0-9",)},
    "two partitions by a beginning": {"partition": "gpu", "directives": ("--part=cpu",)},
    "two outputs by a beginning": {"log": "%j", "directives": ("--out=%A_%a",)},
    "two outputs": {"log": "%j", "directives": ("-o %A_%a",)},
}


@pytest.mark.parametrize("options", REFUSED.values(), ids=REFUSED)
def test_what_slurm_would_take_for_something_else_is_refused(options):
    with pytest.raises(UsageError):
        SlurmOptions(**options)


@pytest.mark.parametrize(
    ("log", "n_tasks", "more", "is_refused"),
    [
        ("out.log", 2, (), True),
        ("%x-%A.log", 2, (), True),
        ("%%a.log", 2, (), True),
        ("out.log", 2, ("--open-mode=append",), False),
        ("out-%4a.log", 2, (), False),
        ("%j.log", 2, (), False),
        ("out.log", 2, ("--open-mode=truncate",), True),
        ("/dev/null", 2, (), False),
        ("out.log", 1, (), False),
        ("out.log", None, (), False),
    ],
)
def test_tasks_do_not_write_over_one_file(log, n_tasks, more, is_refused):
    options = SlurmOptions(log=log, directives=more)
    if is_refused:
        with pytest.raises(UsageError, match="overwrite one file"):
            SlurmJob(name="n", n_tasks=n_tasks, options=options)
    else:
        job = SlurmJob(name="n", n_tasks=n_tasks, options=options)
        assert f"--output={log}" in directives(job)


OUTPUTS = ("--output={}", "--output {}", '--output="{}"', "-o {}", "-o{}", "--out={}", "-o '{}'")


@pytest.mark.parametrize("option", [*OUTPUTS, "--error={}", "-e {}"])
@pytest.mark.parametrize(
    ("pattern", "is_refused"),
    [("out.log", True), ("a/%A.log", True), ("a/%A_%a", False), ("/dev/null", False)],
)
def test_an_output_that_sbatch_is_told_is_held_to_the_same(option, pattern, is_refused):
    options = SlurmOptions(directives=(option.format(pattern),))
    assert SlurmJob(name="n", n_tasks=1, options=options)
    if is_refused:
        with pytest.raises(UsageError, match="overwrite one file"):
            SlurmJob(name="n", n_tasks=2, options=options)
    else:
        assert SlurmJob(name="n", n_tasks=2, options=options)


def test_a_backslash_keeps_a_pattern_as_it_is_written():
    options = SlurmOptions(directives=("--output='out\\%a.log'",))
    with pytest.raises(UsageError, match="overwrite one file"):
        SlurmJob(name="n", n_tasks=2, options=options)


@pytest.mark.parametrize(
    ("log", "folders"),
    [
        (None, ()),
        ("%j.log", ()),
        ("logs/%j.log", ("logs",)),
        ("/a/b/%j", ("/a/b",)),
        ("%x/%j", ()),
    ],
)
def test_the_folders_of_the_output_are_known(log, folders):
    assert SlurmJob(name="n", n_tasks=1, options=SlurmOptions(log=log)).log_folders == folders
    for option in OUTPUTS if log is not None else ():
        options = SlurmOptions(directives=(option.format(log), "--error=errors/%j"))
        job = SlurmJob(name="n", n_tasks=1, options=options)
        assert job.log_folders == (*folders, "errors")


@pytest.mark.parametrize(("n_tasks", "is_large"), [(None, False), (1001, False), (1002, True)])
def test_an_array_beyond_slurms_default_is_known(n_tasks, is_large):
    assert SlurmJob(name="n", n_tasks=n_tasks).is_large is is_large


def run_job(folder, **job):
    script = str(SlurmJob(name="n", n_tasks=None, **job))
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_users_lines_run_before_the_work(tmp_path):
    (tmp_path / "activate").write_text('export LEVEL=$UNSET_BY_NOBODY"on"\n')
    (tmp_path / "work").mkdir()
    options = SlurmOptions(setup=("source ./activate", "cd work"))
    before = ["folder=$PWD"]
    result = run_job(
        tmp_path, options=options, before=before, body=['echo "$LEVEL ${PWD#"$folder"}"']
    )
    assert result.stdout == "on /work\n", result.stderr


@pytest.mark.parametrize("line", ["false", "cd nowhere", "source nothing", "false | true"])
def test_a_line_that_fails_ends_the_task(tmp_path, line):
    result = run_job(tmp_path, options=SlurmOptions(setup=(line,)), body=["echo worked"])
    assert result.returncode != 0
    assert result.stdout == ""


def test_work_stops_at_a_variable_that_is_not_set(tmp_path):
    options = SlurmOptions(setup=("true",))
    result = run_job(tmp_path, options=options, body=["echo $NOT_SET_AT_ALL", "echo on"])
    assert result.returncode != 0
    assert "on" not in result.stdout


WHOLE = {
    "a command": ("export X=1", True),
    "a condition": ("if true; then export X=1; fi", False),
    "a loop": ("for x in 1; do export X=$x; done", False),
    "a here-string": ("read -r X <<< '1'; export X", False),
    "a function": ("foo() { export X=1; }; foo", False),
    "quotes": ("export X=\"$(echo '1')\"", False),
    "a comment": ("export X=1 # the first of all", False),
}
OPEN = ["foo()", "function foo", "[[ -n 1", "echo `date", "$((1 +", "while", "time", "! ", "x=(1"]


@pytest.mark.parametrize(("line", "is_plain"), WHOLE.values(), ids=WHOLE)
def test_a_line_of_setup_does_what_it_says(tmp_path, line, is_plain):
    job = SlurmJob(name="n", n_tasks=1, options=SlurmOptions(setup=(line,)), body=['echo "X$X"'])
    assert (line in str(job).splitlines()) is is_plain
    assert run_job(tmp_path, options=job.options, body=job.body).stdout == "X1\n"


@pytest.mark.parametrize("line", OPEN)
def test_no_line_of_setup_takes_in_what_follows(tmp_path, line):
    body = ["echo 'EOF", "$(touch PWN)", '` " ) }; touch PWN', "'"]
    try:
        options = SlurmOptions(setup=(line,))
    except UsageError:
        return
    run_job(tmp_path, options=options, body=body)
    assert not (tmp_path / "PWN").exists()
