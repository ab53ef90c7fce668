"""A working folder; a server on loopback and commands that reach it, all within one folder."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.server.running import RunningServer, running_server
from wbtools.app.fetching.reference import fetch_reference
from wbtools.app.opening.session import Session
from wbtools.archive import Archive


@dataclass
class Reach:
    """A server, an archive, and what was asked since the last look.

    Attributes:
        notes: What the user was told.
    """

    server: RunningServer
    folder: Path
    notes: list

    def session(self, **wishes):
        return Session(**{"archive": self.folder, "observer": self, **wishes})

    def stage(self, activity):
        assert activity
        return lambda *_far: None

    def progress(self, *, n_done, n_runs, n_rows):
        assert 0 <= n_done <= n_runs
        assert n_rows >= 0

    def waiting(self, seconds, why):
        self.notes.append(f"waiting {seconds}: {why}")

    def note(self, text):
        self.notes.append(text)

    def close(self):
        """Nothing is shown."""

    def fetch(self, reference, *, session=None, **wanted):
        """Everything that was fetched, and how many requests it took."""
        before = len(self.server.log.all("graphql"))
        with self.session(**(session or {})) as open_access:
            fetched = list(fetch_reference(reference, open_access, **wanted))
        return fetched, len(self.server.log.all("graphql")) - before

    def load(self, fetched, *metrics):
        with Archive.open(self.folder) as archive:
            return archive.load(fetched.head.key, metrics or fetched.metrics)


@pytest.fixture
def reach(tmp_path, monkeypatch):
    with running_server() as server:
        (tmp_path / "home").mkdir()
        monkeypatch.chdir(tmp_path)
        for name, value in server.env(tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        yield Reach(server, tmp_path / "archive", [])
        assert not server.log.unknown()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder that holds an empty program."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "train.py").write_text("")
    return tmp_path
