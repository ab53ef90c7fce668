"""Who may read an archive, whatever the umask is and whoever made it."""

import os
import sqlite3
import stat
import subprocess
from contextlib import closing, suppress

import pytest

from tests.archive.sweeps import HEAD, KEY, page
from wbtools.archive import Archive, ArchiveWriter, keep_outcome
from wbtools.errors import DataError, UsageError
from wbtools.model import Verified

VERIFIED = Verified(
    sweep="acme/ocr/v5inrfwe", run_id="a", metric="loss", verdict="success", n_replicas=3
)


@pytest.fixture(params=[0o000, 0o022, 0o077], ids=lambda mask: f"umask {mask:03o}")
def umask(request):
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder):
    """Permissions by name, the folder's own as `.`."""
    every = {path.relative_to(folder): path for path in (folder, *folder.rglob("*"))}
    return {str(name): f"{stat.S_IMODE(path.stat().st_mode):o}" for name, path in every.items()}


def fill(folder):
    """A fetch and a plan; the permissions that files had while the archive was being written."""
    with ArchiveWriter.open(folder) as archive:
        archive.begin(HEAD)
        archive.put_page(KEY, *page(0), cursor="1")
        during = modes(folder)
    keep_outcome(folder, VERIFIED)
    return during


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize("name", [".wbtools", "archive of mine"])
def test_what_wbtools_makes_is_the_owners_alone(tmp_path, name):
    folder = tmp_path / name
    during = fill(folder)
    assert set(during.values()) == {"700", "600"}
    after = modes(folder)
    folders = {".": after.pop("."), "plans": after.pop("plans")}
    assert folders == {".": "700", "plans": "700"}
    assert set(after.values()) == {"600"}
    assert {"archive.sqlite", "writer.lock"} < set(after)


@pytest.mark.usefixtures("umask")
@pytest.mark.parametrize(
    ("mode", "files", "folders"),
    [
        (0o2770, "660", "2770"),
        (0o2750, "640", "2750"),
        (0o770, "660", "770"),
        (0o2700, "600", "2700"),
    ],
)
def test_a_folder_that_says_so_is_shared_as_far_as_it_grants(tmp_path, mode, files, folders):
    folder = tmp_path / "archive"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "shared").touch()
    fill(folder)
    after = modes(folder)
    after.pop("shared")
    assert (after.pop("."), after.pop("plans")) == (folders, folders)
    assert set(after.values()) == {files}


def test_a_folder_that_the_user_made_keeps_its_permissions_and_hides_its_files(tmp_path):
    folder = tmp_path / "results"
    folder.mkdir()
    folder.chmod(0o755)
    fill(folder)
    after = modes(folder)
    assert (after.pop("."), after.pop("plans")) == ("755", "700")
    assert set(after.values()) == {"600"}


def test_an_archive_of_an_older_wbtools_becomes_private_when_it_is_written(tmp_path):
    folder = tmp_path / ".wbtools"
    fill(folder)
    folder.chmod(0o755)
    for name in ("archive.sqlite", "writer.lock", ".gitignore"):
        (folder / name).chmod(0o644)
    Archive.open(folder).close()
    assert modes(folder)["archive.sqlite"] == "644"
    ArchiveWriter.open(folder).close()
    assert modes(folder) | {".gitignore": "", "plans": ""} == {
        **dict.fromkeys(modes(folder), "600"),
        ".": "700",
        ".gitignore": "",
        "plans": "",
    }


def test_a_shared_folder_opens_the_files_that_were_private_before(tmp_path):
    folder = tmp_path / "archive"
    fill(folder)
    folder.chmod(0o2770)
    (folder / "shared").touch()
    ArchiveWriter.open(folder).close()
    assert modes(folder)["archive.sqlite"] == "660"


@pytest.fixture(params=[0o002, 0o007, 0o022], ids=lambda mask: f"cloned with {mask:03o}")
def clone(request, tmp_path):
    """A repository that brings files called `shared`, cloned below a group's folder."""
    origin, home = tmp_path / "origin", tmp_path / "home of a group"
    (origin / ".wbtools" / "plans").mkdir(parents=True)
    for name in ("shared", ".wbtools/shared", ".wbtools/plans/shared"):
        (origin / name).touch()
    git = ["git", "-C", str(origin), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "Share"]):
        subprocess.run([*git, *words], check=True)
    home.mkdir()
    home.chmod(0o2775)
    before = os.umask(request.param)
    subprocess.run(["git", "clone", "-q", origin, home / "clone"], check=True)
    yield home / "clone"
    os.umask(before)


def test_a_cloned_repository_shares_nothing(clone):
    folder = clone / ".wbtools"
    assert (folder / "shared").exists()
    fill(folder)
    archive = {name: mode for name, mode in modes(folder).items() if "shared" not in name}
    folders = {archive.pop("."), archive.pop("plans")}
    assert {int(mode, 8) & 0o077 for mode in folders} == {0}
    assert set(archive.values()) == {"600"}


@pytest.mark.parametrize("name", ["shared", "archive/plans/shared"])
def test_only_a_file_in_the_archives_own_folder_shares_it(tmp_path, name):
    folder = tmp_path / "archive"
    (folder / "plans").mkdir(parents=True)
    folder.chmod(0o2770)
    (folder / "plans").chmod(0o2770)
    (tmp_path / name).touch()
    fill(folder)
    after = modes(folder)
    assert {after["archive.sqlite"], after["writer.lock"]} == {"600"}
    (plan,) = (mode for file, mode in after.items() if file.endswith(".json"))
    assert plan == "600"


@pytest.mark.parametrize("name", [".wbtools", "archive of mine"])
def test_a_bit_that_is_inherited_from_a_groups_folder_shares_nothing(tmp_path, name):
    tmp_path.chmod(0o2775)
    folder = tmp_path / name
    folder.mkdir()
    folder.chmod(0o2775)
    fill(folder)
    after = modes(folder)
    assert after.pop(".") == ("2700" if name == ".wbtools" else "2775")
    assert after.pop("plans") in {"700", "2700"}
    assert set(after.values()) == {"600"}


def test_the_file_of_another_program_keeps_its_permissions(tmp_path):
    path = tmp_path / "archive.sqlite"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (x)")
    path.chmod(0o644)
    with pytest.raises(Exception, match="not an archive of wbtools"):
        ArchiveWriter.open(tmp_path)
    assert modes(tmp_path)["archive.sqlite"] == "644"


@pytest.mark.parametrize("name", ["archive.sqlite", "writer.lock", "plans", ".gitignore"])
def test_a_link_in_a_cloned_archive_leads_nowhere(tmp_path, name):
    target = tmp_path / "somebody's"
    if name == "plans":
        target.mkdir()
    else:
        target.touch()
    target.chmod(0o755)
    folder = tmp_path / ".wbtools"
    folder.mkdir()
    (folder / name).symlink_to(target)
    with suppress(DataError):
        fill(folder)
    assert stat.S_IMODE(target.stat().st_mode) == 0o755
    assert target.is_dir() or target.read_bytes() == b""


@pytest.mark.parametrize("target", [".", "../elsewhere"])
def test_an_archive_that_is_a_link_is_refused(tmp_path, target):
    project = tmp_path / "project"
    project.mkdir(mode=0o755)
    (tmp_path / "elsewhere").mkdir(mode=0o755)
    (project / ".wbtools").symlink_to(target)
    before = modes(tmp_path)
    with pytest.raises(UsageError, match="is a link"):
        ArchiveWriter.open(project / ".wbtools")
    assert modes(tmp_path) == before


def test_side_files_of_a_killed_writer_become_private_too(tmp_path):
    folder = tmp_path / ".wbtools"
    fill(folder)
    wal = folder / "archive.sqlite-wal"
    wal.touch()
    wal.chmod(0o644)
    with ArchiveWriter.open(folder):
        assert modes(folder).get(wal.name, "600") == "600"


def test_an_ignore_file_that_a_full_disk_left_empty_is_written(tmp_path):
    folder = tmp_path / ".wbtools"
    folder.mkdir()
    (folder / ".gitignore").touch()
    ArchiveWriter.open(folder).close()
    assert (folder / ".gitignore").read_text() == "*\n"
