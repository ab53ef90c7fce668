"""A real Slurm on this machine, in a temporary folder, as the user who runs the tests."""

import contextlib
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

DAEMONS = ("slurmctld", "slurmd", "munged")
CLIENTS = ("sbatch", "scontrol", "sinfo")
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
ENDED = {"COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY"}
CONFIGURATION = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ReturnToService=2
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=batch_sched_delay=0
SlurmdParameters=config_overrides
NodeName={host} NodeAddr=127.0.0.1 CPUs=4 RealMemory=1000 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class NoClusterError(Exception):
    """Slurm is installed, and does not start."""


def why_none() -> str | None:
    """Why no Slurm can be started here; None where one can."""
    lacking = [name for name in (*DAEMONS, *CLIENTS) if shutil.which(name, path=PLACES) is None]
    return f"Slurm is not installed: no {', '.join(lacking)}" if lacking else None


@dataclass(frozen=True, kw_only=True)
class Task:
    """One task of an array, or a whole job, as it ended; `place` is None for the latter."""

    place: int | None
    state: str
    exit_code: str


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """A Slurm with one node.

    Attributes:
        env: In which its commands find it.
    """

    env: dict[str, str]

    def run(self, script: Path, *words: str, env=None, timeout_s: float = 60.0) -> list[Task]:
        """Submit a script from its folder, and wait until all its tasks have ended."""
        submitted = subprocess.run(
            ["sbatch", "--parsable", script.name, *words],
            cwd=script.parent,
            env=self.env | (env or {}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert submitted.returncode == 0, submitted.stderr
        job = submitted.stdout.strip()
        give_up_at = time.monotonic() + timeout_s
        while time.monotonic() < give_up_at:
            tasks = self._tasks(job)
            if tasks and all(task.state in ENDED for task in tasks):
                return sorted(tasks, key=lambda task: task.place or 0)
            time.sleep(0.2)
        msg = f"after {timeout_s} s: {tasks}"
        raise AssertionError(msg)

    def _tasks(self, job: str) -> list[Task]:
        shown = subprocess.run(
            ["scontrol", "--oneliner", "show", "job", job],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return [_task(line) for line in shown.splitlines() if line.startswith("JobId=")]


def _task(line: str) -> Task:
    facts = dict(re.findall(r"(\w+)=(\S*)", line))
    place = facts.get("ArrayTaskId", "")
    return Task(
        place=int(place) if place.isdecimal() else None,
        state=facts["JobState"],
        exit_code=facts["ExitCode"],
    )


@contextlib.contextmanager
def running_cluster(folder: Path):
    """Start it; its daemons are ended by their process ids."""
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    configuration = CONFIGURATION.format(
        host=socket.gethostname().partition(".")[0],
        user=getpass.getuser(),
        folder=folder,
        ports=_free_ports(2),
    )
    (folder / "slurm.conf").write_text(configuration)
    env = {**os.environ, "PATH": PLACES, "SLURM_CONF": str(folder / "slurm.conf")}
    munge = {name: folder / "munge" / name for name in ("socket", "log-file", "pid-file")}
    words = [f"--{name}={path}" for name, path in munge.items()]
    words += [f"--key-file={key}", f"--seed-file={folder / 'munge' / 'seed'}", "--force"]
    pids = [munge["pid-file"], folder / "slurmctld.pid", folder / "slurmd.pid"]
    try:
        for command in (["munged", *words], ["slurmctld"], ["slurmd"]):
            _start(command, env)
        _wait_for_the_node(env)
        yield Cluster(env=env)
    finally:
        for path in reversed(pids):
            _end(path)


def _start(command: list[str], env: dict[str, str]) -> None:
    try:
        ended = subprocess.run(
            command, env=env, check=False, capture_output=True, text=True, timeout=30
        )
    except subprocess.TimeoutExpired:
        msg = f"{command[0]} did not become a daemon"
        raise NoClusterError(msg) from None
    if ended.returncode:
        msg = f"{command[0]}: {ended.stderr.strip()[-300:]}"
        raise NoClusterError(msg)


def _free_ports(n: int) -> list[int]:
    with contextlib.ExitStack() as closing:
        sockets = [closing.enter_context(socket.socket()) for _ in range(n)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _wait_for_the_node(env: dict[str, str]) -> None:
    states = ""
    for _ in range(150):
        shown = subprocess.run(
            ["sinfo", "--noheader", "--format=%t"],
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        states = shown.stdout.strip()
        if states == "idle":
            return
        time.sleep(0.2)
    msg = f"the node of Slurm did not come up: {states!r}"
    raise NoClusterError(msg)


def _end(path: Path) -> None:
    if not path.exists():
        return
    pid = int(path.read_text())
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
        for _ in range(100):
            os.kill(pid, 0)
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)
