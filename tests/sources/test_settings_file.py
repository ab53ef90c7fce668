"""A project's settings: which file counts, what it may say, and what hostile ones come to."""

import time
from pathlib import Path

import pytest

from wbtools.errors import UsageError
from wbtools.model import AskedMetric, Goal
from wbtools.sources.settings_file import project_settings, telling_settings
from wbtools.sources.settings_keys import KEYS


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A working folder three below the user's home."""
    monkeypatch.delenv("WBTOOLS_SETTINGS", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "repo" / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "repo" / "src" / "deep")
    return tmp_path


def put(path, text):
    path.write_text(text)
    return path


def test_no_file_says_nothing(home):
    put(home / "repo" / "pyproject.toml", "[project]\nname = 'other'\n")
    assert (project_settings().path, dict(project_settings().values)) == (None, {})


def test_the_nearest_file_counts_up_to_the_repository(home):
    put(home / "wbtools.toml", 'entity = "home"')
    assert project_settings().text("entity") == "home"
    (home / "repo" / ".git").mkdir()
    assert project_settings().path is None
    put(home / "repo" / "pyproject.toml", '[tool.wbtools]\nentity = "shared"')
    assert project_settings().words("entity") == "entity in ../../pyproject.toml"
    put(home / "repo" / "wbtools.toml", 'project = "own"')
    assert dict(project_settings().values) == {"project": "own"}  # files are not merged
    put(home / "repo" / "src" / "pyproject.toml", "[tool.ruff]\n# no table of wbtools\n")
    assert project_settings().text("project") == "own"
    put(Path("pyproject.toml"), '[tool.wbtools]\nmetric = "acc:max"')
    assert project_settings().place == "./pyproject.toml"
    assert project_settings().metric == AskedMetric(name="acc", goal=Goal.MAXIMIZE)


def test_outside_of_home_and_repositories_only_the_folder_itself_counts(home, monkeypatch):
    monkeypatch.setenv("HOME", str(home / "elsewhere"))
    put(home / "repo" / "wbtools.toml", 'entity = "a stranger"')
    assert project_settings().path is None
    put(Path("wbtools.toml"), 'entity = "here"')
    assert project_settings().text("entity") == "here"


@pytest.mark.parametrize("mode", [0o777, 0o1777])
@pytest.mark.parametrize("name", ["wbtools.toml", "pyproject.toml"])
def test_where_every_user_may_write_another_users_file_is_not_read_and_that_is_said(
    home, monkeypatch, mode, name
):
    put(home / "wbtools.toml", 'entity = "mine"')
    for folder, place in ((home / "repo", f"../../{name}"), (Path(), f"./{name}")):
        put(folder / name, "[tool.wbtools]\n" * (name == "pyproject.toml") + 'entity = "theirs"')
        assert project_settings().text("entity") == "theirs"
        folder.chmod(mode)
        assert project_settings().text("entity") == "theirs"  # it is this user's own
        with monkeypatch.context() as another:
            another.setattr("wbtools.sources.settings_file.os.geteuid", lambda: 4711)
            another.setattr("wbtools.sources.settings_file._ROOT", 4711)
            lines = []
            with telling_settings(lines.append):
                assert [project_settings().text("entity") for _ in range(2)] == ["mine"] * 2
        assert len(lines) == 1
        assert lines[0].startswith(f"settings: {place} is not read: it is another user's")
        (folder / name).unlink()


def test_a_variable_names_the_file_or_turns_all_off(home, monkeypatch):
    put(Path("wbtools.toml"), "broken")
    put(home / "other.toml", 'entity = "other"')
    monkeypatch.setenv("WBTOOLS_SETTINGS", "~/other.toml")
    assert project_settings().text("entity") == "other"
    monkeypatch.setenv("WBTOOLS_SETTINGS", "off")
    assert project_settings().path is None
    monkeypatch.setenv("WBTOOLS_SETTINGS", "nowhere.toml")
    with pytest.raises(UsageError, match="no such file"):
        project_settings()


REFUSED = {
    "no TOML": ("[slurm", "not TOML", "WBTOOLS_SETTINGS=off"),
    "no text": (b"\xff\xfe", "not TOML", "off"),
    "deep": ("x = " + "[" * 100_000, "nested too deeply", "off"),
    "large": ("#" * 300_000, "larger than 256 KiB", "off"),
    "a key of many parts": ("a." * 100_000 + "a = 1", "more than 250 dots", "off"),
    "inline tables": ("x = " + "{a = " * 20_000, "nested too deeply", "off"),
    "a long number": ("x = " + "9" * 200_000, "not TOML", "off"),
    "a near key": ("[slurm]\ngpu = 1", "no key 'slurm.gpu'", "did you mean slurm.gpus"),
    "an option's word": ("time_limit = 3", "no key 'time_limit'", "slurm.time-limit?"),
    "an unknown key": ("[lint]\nzzz = 1", "no key 'lint.zzz'", "there are lint.select"),
    "a server": ('base_url = "https://x"', "'base_url' is not taken", "WANDB_BASE_URL"),
    "a key": ('[slurm]\napi-key = "x"', "'slurm.api-key' is not taken", "wandb login"),
    "a number as text": ('[slurm]\ngpus = "1"', "'slurm.gpus' takes a whole number", "correct"),
    "a truth value": ("[slurm]\ngpus = true", "'slurm.gpus' takes a whole number", "correct"),
    "no GPUs is fine, no CPUs is not": ("[slurm]\ncpus = 0", "from 1 to", "correct"),
    "a text as list": ('[slurm]\nsetup = "module load"', "takes a list", "correct"),
    "several lines": ('[slurm]\nsetup = ["a\\nb"]', "takes one line", "correct"),
    "an escape": ('entity = "\\u001b[31m"', "takes one line", "correct"),
    "a path as entity": ('entity = "../x"', "without slashes", "correct"),
    "a value as table": ("slurm = 1", "'slurm' is a table", "off"),
    "no goal": ('metric = "a"\ngoal = "up"', "'up' is not a goal", "minimize or maximize"),
    "two goals": ('metric = "a:min"\ngoal = "max"', "contradict", "leave one"),
    "a goal alone": ('goal = "max"', "there is no 'metric'", "add 'metric'"),
    "an archive outside": ('archive = "../x"', "leads out of the folder", "in full"),
    "an archive by a link": ('archive = "link/x"', "leads out of the folder", "in full"),
}


@pytest.mark.parametrize(("text", "message", "hint"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_right_is_one_sentence_with_file_and_key(home, text, message, hint):
    Path("link").symlink_to(home)
    Path("wbtools.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    began = time.perf_counter()
    with pytest.raises(UsageError) as error:
        project_settings()
    assert time.perf_counter() - began < 2
    assert error.value.message.startswith("the settings in ./wbtools.toml: ")
    assert message in error.value.message
    assert error.value.message.isprintable()
    assert hint in error.value.hint


def test_a_shared_file_without_our_table_may_be_broken(home):
    put(Path("pyproject.toml"), "[broken")
    put(home / "repo" / "pyproject.toml", "[tool]\nwbtools = 3")
    with pytest.raises(
        UsageError, match=r"\.\./\.\./pyproject\.toml: tool\.wbtools is not a table"
    ):
        project_settings()


def test_an_archive_lies_below_the_file_or_is_written_in_full(home):
    put(home / "repo" / "wbtools.toml", 'archive = "data/kept"')
    assert project_settings().archive == home / "repo" / "data" / "kept"
    assert not project_settings().archive_is_elsewhere
    for text in ("/scratch/me", "~/kept"):
        put(home / "repo" / "wbtools.toml", f'archive = "{text}"')
        assert project_settings().archive == Path(text).expanduser()
    put(home / "repo" / "wbtools.toml", 'archive = "/scratch/me"')
    assert project_settings().archive_is_elsewhere


def test_every_key_is_taken_and_told_once():
    put(
        Path("wbtools.toml"),
        'metric = "acc"\ngoal = "max"\nentity = "me"\nproject = "p"\narchive = "kept"\n'
        '[slurm]\npartition = "gpu"\naccount = "a"\nqos = "q"\ngpus = 0\ncpus = 4\nmem = 8\n'
        'time-limit = 60\narray-limit = 3\noutput = "%x.log"\nsbatch = ["--nice"]\n'
        'setup = ["module load cuda", "export HF_TOKEN=hidden", "true"]\n'
        '[lint]\nselect = ["WBS"]\nignore = ["WBS059"]\nbudget = 20\n',
    )
    told = []
    with telling_settings(told.append):
        for key in (*KEYS, *KEYS):
            project_settings().tell(key)
    assert len(told) == len(KEYS) == len(project_settings().values)
    assert "slurm.setup: module load cuda, export HF_TOKEN=***, true (./wbtools.toml)" in told
