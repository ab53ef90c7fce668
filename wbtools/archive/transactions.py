"""One open archive file: its transactions, errors that speak of it, and where a sweep is in it."""

from __future__ import annotations

from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Self

from wbtools.archive.connection import decoding, speaking_of
from wbtools.archive.location import DATABASE
from wbtools.archive.rows import SecretScrubber
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path
    from types import TracebackType

    from wbtools.archive.records import SweepKey
    from wbtools.archive.waiting import PatientConnection


class ArchiveFile:
    """A connection that takes turns: several threads may use it, each in whole transactions.

    Attributes:
        folder: The archive's folder.
        path: The file in it.
    """

    def __init__(
        self, folder: Path, connection: PatientConnection, secrets: Sequence[str] = ()
    ) -> None:
        """Use an open connection, and keep the secrets out of everything that is bound."""
        self.folder = folder
        self.path = folder / DATABASE
        self._connection = connection
        self._bind = SecretScrubber(secrets)
        self._turn = RLock()

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()

    def __enter__(self) -> Self:
        """Nothing more than opening did."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """One moment of the archive, whatever is written meanwhile; within a moment, that one."""
        with self._turn, speaking_of(self.path), self._decoding():
            if self._connection.in_transaction:
                yield
                return
            with self._transaction("BEGIN"):
                yield

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[None]:
        self._connection.execute(begin)
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise

    def _decoding(self) -> AbstractContextManager[None]:
        return decoding(self.path)

    def _find(self, key: SweepKey) -> int | None:
        """The table id of a sweep; None if it is not archived."""
        row = self._connection.execute(
            "SELECT id FROM sweeps WHERE base_url = ? AND entity = ? AND project = ?"
            " AND kind = ? AND name = ?",
            self._bind(key.base_url, key.entity, key.project, str(key.kind), key.name),
        ).fetchone()
        return None if row is None else int(row[0])

    def _id(self, key: SweepKey) -> int:
        """The table id of a sweep.

        Raises:
            UsageError: It is not archived.
        """
        sweep = self._find(key)
        if sweep is None:
            msg = f"{key} of {key.base_url} is not in the archive"
            hint = f"`wbtools fetch {key}` brings it; `wbtools archive ls` lists all"
            raise UsageError(msg, hint)
        return sweep
