"""How a command reaches W&B's servers, and where it keeps what it fetched."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from typing import TYPE_CHECKING, Literal, Self, overload

from wbtools.app.observer import UNOBSERVED, Observer
from wbtools.archive import Archive, ArchiveLocation, ArchiveWriter, archive_path, without_secrets
from wbtools.errors import UsageError
from wbtools.sources.local.kept_reads import KeptReads
from wbtools.sources.local.kept_store import KeptStore, folder_of_readings
from wbtools.sources.wandb_api.credentials import credentials_for

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from wbtools.app.opening.sweep_choice import SweepChoice
    from wbtools.sources.wandb_api.credentials import Credentials
    from wbtools.sources.wandb_api.server import Server


class Session:
    """What one command may do, for its length; a context manager that hangs up at the end.

    Nothing is opened before it is needed: a command on local files asks no server and opens no
    database.

    Attributes:
        opened: The sweeps that were opened, by words that mean each of them again.
    """

    def __init__(
        self,
        *,
        archive: Path | None = None,
        offline: bool = False,
        refresh: bool = False,
        timeout_s: float | None = None,
        cache: bool = True,
        observer: Observer | None = None,
        ask_which: Callable[[str, Sequence[SweepChoice]], SweepChoice | None] | None = None,
    ) -> None:
        """Take the user's wishes.

        Args:
            archive: The archive's folder; None for WBTOOLS_ARCHIVE or `.wbtools/`.
            offline: Never touch the network.
            refresh: Fetch everything anew, whatever is archived.
            timeout_s: Seconds that all requests together may take; None for no limit.
            cache: Keep what is read of local run files, and read only what is new in them.
            observer: Who is told how it goes on.
            ask_which: Asks the user which of several sweeps is meant; None where nobody can answer,
                as in the library.
        """
        self.offline = offline
        self.refresh = refresh
        self.observer: Observer = observer or UNOBSERVED
        self._ask_which = ask_which
        self._archive = archive
        self._timeout_s = timeout_s
        self._cache = cache
        self._servers: dict[str, Server] = {}
        self._signed_in: list[Credentials] = []
        self._open = ExitStack()
        self._connections = self._open.enter_context(ExitStack())
        self._noted: set[str] = set()
        self.opened: list[str] = []

    def __enter__(self) -> Self:
        """Nothing is opened yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close every connection."""
        self._open.close()

    def hang_up(self) -> None:
        """Close every connection to servers; the next question makes new ones."""
        self._servers.clear()
        self._connections.close()

    def server(self, base_url: str) -> Server:
        """The server at this address, signed in with the credentials for its host.

        Raises:
            UsageError: The command is offline, or the address is not safe.
            SignInError: There are no credentials for this host.
        """
        if self.offline:
            msg = "this needs W&B's server, and --offline forbids that"
            raise UsageError(msg, "leave --offline away")
        if base_url not in self._servers:
            credentials = credentials_for(base_url)
            # Slow to import, and who is not signed in needs neither.
            from wbtools.sources.wandb_api.server import Server  # noqa: PLC0415
            from wbtools.sources.wandb_api.transport import Transport  # noqa: PLC0415

            self._signed_in.append(credentials)
            transport = self._connections.enter_context(
                Transport(credentials, timeout_s=self._timeout_s, on_wait=self.observer.waiting)
            )
            self._servers[base_url] = Server(transport)
        return self._servers[base_url]

    @cached_property
    def kept_reads(self) -> KeptReads | None:
        """What was read of local run files before; None where nothing is kept."""
        folder = folder_of_readings(os.environ) if self._cache else None
        if folder is None:
            return None
        kept = KeptReads(KeptStore(folder))
        self._open.callback(kept.close)
        return kept

    def place(self, *, write: bool) -> ArchiveLocation:
        """Where the archive lives; the user is told once where that is not where they expect."""
        place = archive_path(self._archive, os.environ, write=write)
        if place.note:
            self.note_once(place.note)
        return place

    def ask_which(self, message: str, choices: Sequence[SweepChoice]) -> SweepChoice | None:
        """Ask the user which of several sweeps is meant; None where nobody can answer.

        Args:
            message: Why it is asked.
            choices: Those that may be meant.
        """
        if self._ask_which is None:
            return None
        self.observer.close()
        return self._ask_which(message, choices)

    def note_once(self, text: str) -> None:
        """Tell the user something, if this command has not told it yet."""
        if text not in self._noted:
            self._noted.add(text)
            self.observer.note(text)

    def without_secrets(self, text: str | None) -> str | None:
        """A server's text without the credentials that were used there, as the archive keeps it."""
        return None if text is None else without_secrets(text, self._secrets())

    @overload
    def archive(self, *, write: Literal[False]) -> Archive: ...

    @overload
    def archive(self, *, write: Literal[True]) -> ArchiveWriter: ...

    def archive(self, *, write: bool) -> Archive:
        """Open the archive; the caller closes it.

        Raises:
            UsageError: There is none to read.
            BusyError: Another process writes to it.
            DataError: It cannot be used.
        """
        folder = self.place(write=write).path
        if write:
            return ArchiveWriter.open(folder, secrets=self._secrets())
        return Archive.open(folder)

    def _secrets(self) -> tuple[str, ...]:
        return tuple(secret for credentials in self._signed_in for secret in credentials.secrets)
