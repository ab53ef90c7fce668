"""A working folder, a home and a server for commands that fetch, in this process or their own."""

import os
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.server.running import RunningServer
from wbtools.archive import Archive, SweepKey

ROOT = Path(__file__).parents[2]
SWEEP = "acme/ocr/v5inrfwe"


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where commands run.

    Attributes:
        work: The working folder, `.wbtools/` in it.
        home: The user's.
    """

    server: RunningServer
    work: Path
    home: Path

    def start(self, *words, env=None, before="", **more):
        """Start `wbtools WORDS…` in a process of its own, after some shell commands."""
        program = shlex.join([sys.executable, "-m", "wbtools", *map(str, words)])
        return subprocess.Popen(
            ["bash", "-c", f"{before}\nexec {program}"],
            cwd=self.work,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(env or {})},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **more},
        )

    def run(self, *words, **more):
        """Exit code, stdout, stderr of `start`."""
        with self.start(*words, **more) as program:
            out, err = program.communicate(timeout=60)
        return program.returncode, out, err

    def asked(self, operation=None):
        """GraphQL requests so far."""
        every = self.server.log.all("graphql")
        return [request for request in every if operation in {None, request.operation}]

    def when_asked(self, n):
        """Wait until so many requests came, and no other one is on its way."""
        until(lambda: len(self.asked()) >= n)
        n_requests = -1
        while n_requests != (n_requests := len(self.asked())):
            time.sleep(0.25)

    def key(self, reference=SWEEP):
        entity, project, name = reference.split("/")
        return SweepKey(base_url=self.server.base_url, entity=entity, project=project, name=name)

    def archived(self, reference=SWEEP, folder=None):
        """A sweep's runs and the curves of its loss, as archived."""
        with Archive.open(folder or self.work / ".wbtools") as archive:
            return archive.load(self.key(reference), ["loss"])

    def told(self, text):
        """A text that is the same for every server and folder."""
        for name, value in (
            ("SERVER", self.server.base_url),
            ("WORK", str(self.work)),
            ("HOME", str(self.home)),
        ):
            text = text.replace(value, name)
        return text


def until(condition, *, patience_s=30.0):
    """Wait for something that another process does."""
    ends_at = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < ends_at, "it never happened"
        time.sleep(0.01)
