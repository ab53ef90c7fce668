"""Where an archive lives, what lies there, and what never does."""

import base64
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import wbtools.archive
from tests.archive.sweeps import HEAD, KEY, archived, page, series
from wbtools.archive import Archive, ArchivedRun, ChosenBy, SeriesPage, SweepHeader, SweepKey
from wbtools.archive import archive_path as place_of
from wbtools.archive.location import is_local
from wbtools.archive.schema import TABLES, VERSION
from wbtools.model import Run

README = Path(wbtools.archive.__file__).with_name("README.md").read_text()
API_KEY = "0123456789abcdef0123456789abcdef01234567"


def test_the_option_wins_then_the_environment_then_the_folder(tmp_path):
    env = {"WBTOOLS_ARCHIVE": str(tmp_path / "env")}
    asked = place_of(tmp_path / "asked", env, working_folder=tmp_path)
    assert (asked.path, asked.chosen_by) == (tmp_path / "asked", ChosenBy.OPTION)
    named = place_of(None, env, working_folder=tmp_path)
    assert (named.path, named.chosen_by) == (tmp_path / "env", ChosenBy.ENVIRONMENT)
    unnamed = place_of(None, {"WBTOOLS_ARCHIVE": ""}, working_folder=tmp_path)
    assert (unnamed.path, unnamed.chosen_by) == (tmp_path / ".wbtools", ChosenBy.WORKING_FOLDER)
    assert unnamed.note is None


def test_only_a_folder_of_ours_is_hidden_from_git(tmp_path):
    Archive.open(tmp_path, write=True).close()
    assert not (tmp_path / ".gitignore").exists()
    Archive.open(tmp_path / ".wbtools", write=True).close()
    assert (tmp_path / ".wbtools" / ".gitignore").read_text() == "*\n"
    names = {path.name for path in (tmp_path / ".wbtools").iterdir()}
    assert names == {".gitignore", "archive.sqlite", "writer.lock"}


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/home/me/p", True),
        ("/home/me/my data/p", False),
        ("/home/me/my datas", True),
        ("/scratch/x", False),
        ("/scratch/local/x", True),
        ("/fuse/x", False),
        ("/odd/x", False),
    ],
)
def test_only_known_local_file_systems_are_local(tmp_path, path, local):
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/sda / ext4 rw 0 0\n"
        "host:/d /home/me/my\\040data nfs4 rw 0 0\n"
        "10.0.0.1@tcp:/l /scratch lustre rw 0 0\n"
        "/dev/sdb /scratch/local xfs rw 0 0\n"
        "sshfs /fuse fuse.sshfs rw 0 0\n"
        "/dev/sdc /odd ext4 rw 0 0\n"
        "new /odd brandnewfs rw 0 0\n"
    )
    assert is_local(Path(path), mounts) is local
    assert is_local(Path(path), tmp_path / "none") is False


def test_the_journal_follows_the_file_system(tmp_path, monkeypatch):
    for local, mode in [(True, "wal"), (False, "delete")]:
        monkeypatch.setattr("wbtools.archive.connection.is_local", lambda _, local=local: local)
        with Archive.open(tmp_path, write=True) as archive:
            assert archive._connection.execute("PRAGMA journal_mode").fetchone()[0] == mode


def test_no_byte_of_the_folder_holds_a_key(tmp_path):
    key = SweepKey(
        base_url=f"https://api:{API_KEY}@Host.example/?k={API_KEY}#{API_KEY}",
        entity="e",
        project="p",
        name="n",
    )
    assert key.base_url == "https://host.example"
    said = f"x{API_KEY}y"
    with Archive.open(tmp_path, write=True, secrets=[API_KEY, ""]) as archive:
        head = SweepHeader(key=key, display_name=said, config=said, state=said)
        archive.begin(head, said)
        run = Run(
            id="r",
            name=said,
            number=1,
            number_from="order",
            config={"wandb_key": API_KEY, said: [said]},
            argv=("--key", said),
            tags=(said,),
        )
        archive.put_page(
            key,
            [ArchivedRun(run=run, updated_at=said, history_keys={said: 1})],
            [SeriesPage(run_id="r", metric=said, rows=series([1.0]))],
            cursor=said,
        )
        files = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        assert archive.runs(key)[0].run.config == {
            "wandb_key": "(masked)",
            "x(masked)y": ["x(masked)y"],
        }
    files |= {f"closed {path.name}": path.read_bytes() for path in tmp_path.iterdir()}
    assert "archive.sqlite-wal" in files
    for name, content in files.items():
        assert API_KEY.encode() not in content, name
        assert base64.b64encode(API_KEY.encode())[:20] not in content, name


def test_what_was_removed_is_gone(tmp_path):
    other = SweepHeader(key=SweepKey(base_url="http://h", entity="e", project="p", name="keep"))
    with Archive.open(tmp_path, write=True) as archive:
        archive.begin(other)
        archive.put_page(other.key, *page(0), cursor=None)
        archive.begin(HEAD)
        for n in range(20):
            archive.put_page(KEY, *page(n), cursor=None)
        archive.put_page(KEY, [archived("secret-run-name")], cursor=None)
    large = (tmp_path / "archive.sqlite").stat().st_size
    assert b"secret-run-name" in (tmp_path / "archive.sqlite").read_bytes()
    with Archive.open(tmp_path, write=True) as archive:
        archive.remove(KEY)
        assert [sweep.head.key for sweep in archive.sweeps()] == [other.key]
        assert archive.load(other.key, ["loss"]).curves["loss"].n_reports.tolist() == [300]
    assert (tmp_path / "archive.sqlite").stat().st_size < large / 4
    assert b"secret-run-name" not in (tmp_path / "archive.sqlite").read_bytes()


def test_the_readme_decodes_a_chunk_with_the_standard_library(tmp_path):
    values = np.array([1.5, np.nan, -0.0, np.inf, 5e-324, -1e308])
    with Archive.open(tmp_path, write=True) as archive:
        archive.begin(HEAD)
        rows = series(values, first_step=-3)
        page = SeriesPage(run_id="r", metric="val/acc", rows=rows)
        archive.put_page(KEY, [archived("r")], [page], cursor=None)
    program = re.search(r"```python\n(.*?)```", README, re.DOTALL)[1]
    question = re.search(r"```sql\n(.*?)```", README, re.DOTALL)[1]
    assert len(program.splitlines()) <= 10
    assert "numpy" not in program
    names: dict = {}
    exec(program, names)  # noqa: S102 - the manual's own example
    with closing(sqlite3.connect(tmp_path / "archive.sqlite")) as database:
        ((run_id, steps, times_s, numbers),) = database.execute(question).fetchall()
    unpack = names["unpack"]
    assert run_id == "r"
    assert np.array(unpack(numbers, "d", differences=False)).tobytes() == values.tobytes()
    assert unpack(steps, "q", differences=True) == rows.steps.tolist()
    assert unpack(times_s, "d", differences=True) == rows.times_s.tolist()


def test_the_readme_names_the_version():
    assert f"`PRAGMA user_version` = {VERSION} |" in README


def test_the_readme_describes_every_table_and_column():
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in TABLES:
            database.execute(statement)
        tables = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            described = re.search(rf"\n### `{table}`.*?(?=\n##|\Z)", README, re.DOTALL)[0]
            lines = re.findall(r"^\| (`.+?) \|", described, re.MULTILINE)
            columns = {name for line in lines for name in re.findall(r"`(\w+)`", line)}
            real = {row[1] for row in database.execute(f"PRAGMA table_info({table})")}
            assert columns == real, table
