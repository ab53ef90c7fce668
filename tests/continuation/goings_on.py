"""A run that was stopped, gone on with by what a user types, and held against the truth."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.continuation.catalogue import EPOCHS
from tests.continuation.projects import STOPPED, Program, Project, reports, stopped_offline


@dataclass(frozen=True, kw_only=True)
class GoneOn:
    """A run that was stopped and went on.

    Attributes:
        before, after: What it reported, and what the run that went on did, by epoch.
        truth: Reports of the run that nobody stopped.
        script: What `replicate` wrote, and what it said of it.
        verification: The answer of `verify`.
        said: The page of `verify`, on one line.
    """

    project: Project
    before: dict[int, float]
    after: dict[int, float]
    truth: dict[int, float]
    script: str
    notes: str
    verification: dict
    said: str

    @classmethod
    def by_pipe(
        cls,
        project: Project,
        before: dict[int, float],
        truth: dict[int, float],
        where: str,
        *words: str,
    ) -> Self:
        """Go on as the README says: `wbtools replicate --continue | sh`, then `wbtools verify`."""
        asked = " ".join(["wbtools replicate", where, "--continue", *words])
        after = reports(project.sh(f"{asked} 2>notes.txt | tee go.sh | sh").stdout)
        verification, said = project.verified(where)
        return cls(
            project=project,
            before=before,
            after=after,
            truth=truth,
            script=(project.folder / "go.sh").read_text(),
            notes=" ".join((project.folder / "notes.txt").read_text().split()),
            verification=verification,
            said=said,
        )

    @property
    def replica(self) -> dict:
        """The run that went on, as `verify` has it."""
        (replica,) = self.verification["replicas"]
        return replica

    def check(self, last: int) -> None:
        """It went on after an epoch, and the whole is the truth, bit for bit.

        Args:
            last: The epoch of its checkpoint.
        """
        assert self.truth.keys() == set(range(1, EPOCHS + 1))
        assert self.before == {epoch: self.truth[epoch] for epoch in self.before}
        assert self.after.keys() == set(range(last + 1, EPOCHS + 1))
        joined = {epoch: self.before.get(epoch) for epoch in range(1, last + 1)} | self.after
        assert joined == self.truth
        replica = self.replica
        (joint,) = replica["joined"]["joints"]
        n_again = len(self.before) - last
        assert self.verification["is_continued"]
        assert replica["n_reports"] == EPOCHS
        assert replica["best"] == min(self.truth.values())
        assert joint["after_report"] == last
        assert (joint["n_compared"], joint["first_difference_report"]) == (n_again, None)
        assert f"goes on after report {last}" in self.said
        assert (joint["n_missing"], joint["is_anew"], joint["has_large_jump"]) == (0, False, False)
        assert not replica["joined"]["is_doubted"]


def stopped_and_gone_on(folder: Path, program: Program) -> GoneOn:
    """A run that is stopped in an offline sweep, and goes on."""
    project, before = stopped_offline(folder / "project", program)
    return GoneOn.by_pipe(project, before, project.never_stopped(), f". --run {STOPPED}")
