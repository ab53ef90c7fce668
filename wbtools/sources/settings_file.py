"""A project's own settings: `wbtools.toml`, or `[tool.wbtools]` in `pyproject.toml`.

The nearest file counts, from the working folder up to the repository's root, or, outside of one, to
the user's home. A settings file may come with a repository that somebody else wrote. So it decides
little: nothing in it is run, no server and no key is named, and an archive elsewhere is written
out in full. Whoever uses a setting says where it stands.
"""

from __future__ import annotations

import os
import stat
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from wbtools.errors import UsageError
from wbtools.sources.regular_files import read_regular
from wbtools.sources.settings_keys import KEYS, NEVER
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wbtools.model import AskedMetric

VARIABLE: Final = "WBTOOLS_SETTINGS"
OFF: Final = "off"
"""As the variable's value: no settings file is read."""
OWN_FILE: Final = "wbtools.toml"
SHARED_FILE: Final = "pyproject.toml"
_TABLE: Final = "tool.wbtools"
_MARK: Final = b"wbtools"
_LARGEST_BYTES: Final = 256 * 1024
_MOST_DOTS: Final = 250
"""In a line: `tomllib` takes memory that grows as the square of the parts of a dotted key."""
_LONGEST_TEXT: Final = 1000
_ROOT: Final = 0
_TABLES: Final = frozenset(key.partition(".")[0] for key in KEYS if "." in key)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What the nearest settings file says; nothing where there is none.

    Attributes:
        path: The file.
        values: By key, as `slurm.gpus`; every value has the type that its key takes.
        metric: With its goal, where the file says that.
        archive: The archive's folder.
    """

    path: Path | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    metric: AskedMetric | None = None
    archive: Path | None = None

    @property
    def archive_is_elsewhere(self) -> bool:
        """Whether the archive's folder is not below the file's own."""
        return bool(
            self.archive and self.path and not self.archive.is_relative_to(self.path.parent)
        )

    @property
    def place(self) -> str:
        """The file as it is seen from the working folder, such as `./pyproject.toml`."""
        return "" if self.path is None else _seen_from_here(self.path)

    def text(self, key: str) -> str | None:
        """The text under a key; None where the file says nothing."""
        value = self.values.get(key)
        return value if isinstance(value, str) else None

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts under a key; none where the file says nothing."""
        return tuple(self.values.get(key, ()))

    def words(self, key: str) -> str:
        """Where a key stands: `metric in ./pyproject.toml`."""
        return f"{key} in {self.place}"

    def tell(self, key: str) -> None:
        """Say that a setting is used, to whoever listens: once each."""
        _tell_once(key, lambda: f"{key}: {shown_value(self.values[key])} ({self.place})")


@dataclass(frozen=True, slots=True)
class _Listener:
    say: Callable[[str], None]
    told: set[str]


_LISTENER: Final[ContextVar[_Listener | None]] = ContextVar("settings_listener", default=None)


def _tell_once(subject: str, line: Callable[[], str]) -> None:
    listener = _LISTENER.get()
    if listener is None or subject in listener.told:
        return
    listener.told.add(subject)
    listener.say(line())


@contextmanager
def telling_settings(say: Callable[[str], None]) -> Iterator[None]:
    """Say which settings are used, as they are: `metric: val/loss (./pyproject.toml)`.

    Args:
        say: Told a line a setting.
    """
    outer = _LISTENER.get()
    token = _LISTENER.set(_Listener(say, set() if outer is None else outer.told))
    try:
        yield
    finally:
        _LISTENER.reset(token)


def shown_value(value: object) -> str:
    """A setting's value on one line, without secrets and without side effects."""
    from wbtools.text.masking import masked_text  # noqa: PLC0415 - it loads numpy

    texts = value if isinstance(value, list | tuple) else [value]
    return ", ".join(sanitize(masked_text(str(text)), limit=0) for text in texts) or "none"


_NOTHING: Final = ProjectSettings()


def project_settings(
    env: Mapping[str, str] | None = None, folder: Path | None = None
) -> ProjectSettings:
    """Read the settings that hold in a folder.

    Args:
        env: The environment, for WBTOOLS_SETTINGS; this process's by default.
        folder: The working folder by default.

    Raises:
        UsageError: The file cannot be read, is no TOML, or says what no key takes.
    """
    named = (os.environ if env is None else env).get(VARIABLE)
    if named and named.lower() == OFF:
        return _NOTHING
    if named:
        return _named_settings(Path(named))
    try:
        start = (folder or Path.cwd()).absolute()
    except OSError:  # the working folder is gone
        return _NOTHING
    for place in _folders(start):
        for name in (OWN_FILE, SHARED_FILE):
            path = place / name
            content = None if _may_be_planted(path) else _content(path)
            # Most projects' pyproject.toml has nothing for wbtools, which takes no parser to see.
            if content is not None and (name == OWN_FILE or _MARK in content):
                found = _parsed(path, content)
                if found is not None:
                    return found
    return _NOTHING


def _named_settings(path: Path) -> ProjectSettings:
    try:
        path = path.expanduser().absolute()
    except RuntimeError:
        msg = f"{VARIABLE} begins with the home of an unknown user"
        raise UsageError(msg, "write the path in full") from None
    content = _content(path)
    if content is None:
        msg = f"{VARIABLE} names {str(path)!r}, and there is no such file"
        raise UsageError(msg, f"name a settings file, or set {VARIABLE}={OFF} to read none")
    return _parsed(path, content) or _NOTHING


def _folders(start: Path) -> Iterator[Path]:
    """From a folder up to the repository's root, or else to the home; else that folder alone."""
    chain = [start, *start.parents]
    try:
        home = Path.home()
    except RuntimeError:
        home = start
    roots = (place for place in chain if os.path.lexists(place / ".git"))
    end = next(roots, home if home in chain else start)
    yield from chain[: chain.index(end) + 1]


def _may_be_planted(path: Path) -> bool:
    """Whether another user put a file where every user may, such as in /tmp; that is told.

    Where a file system lets all files seem writable for all, they still have their owner.
    """
    if not hasattr(os, "geteuid"):  # elsewhere modes say nothing of other users
        return False
    try:
        is_open_to_all = bool(path.parent.stat().st_mode & stat.S_IWOTH)
        if not is_open_to_all or path.lstat().st_uid in {os.geteuid(), _ROOT}:
            return False
        if path.name == SHARED_FILE and _MARK not in (_content(path) or b""):
            return False
    except OSError:
        return False
    _tell_once(
        str(path),
        lambda: (
            f"settings: {_seen_from_here(path)} is not read: it is another user's, in a folder "
            f"in which every user may write; {VARIABLE} would name it"
        ),
    )
    return True


def _content(path: Path) -> bytes | None:
    """The file; None where there is none.

    Raises:
        UsageError: It cannot be read, or is too large.
    """
    try:
        content = read_regular(path, _LARGEST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None
    except OSError as error:
        raise _refused(path, f"it cannot be read: {error.strerror or error}") from None
    if len(content) > _LARGEST_BYTES and (path.name != SHARED_FILE or _MARK in content):
        raise _refused(path, f"it is larger than {_LARGEST_BYTES // 1024} KiB")
    return content


@lru_cache(maxsize=4)
def _parsed(path: Path, content: bytes) -> ProjectSettings | None:
    """The settings in a file; None where it has no table for wbtools.

    Raises:
        UsageError: It is no TOML, or says what no key takes.
    """
    if any(line.count(b".") > _MOST_DOTS for line in content.splitlines()):
        raise _refused(path, f"a line of it has more than {_MOST_DOTS} dots")
    import tomllib  # noqa: PLC0415 - only where there is a file

    try:
        document = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        # `tomllib` quotes a character at most; a file without end nests or counts too far.
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise _refused(path, f"it is not TOML: {why}") from None
    table: object = document
    if path.name == SHARED_FILE:
        tools = document.get("tool")
        table = tools.get("wbtools") if isinstance(tools, dict) else None
        if table is None:
            return None
    if not isinstance(table, dict):
        raise _refused(path, f"{_TABLE} is not a table")
    return _settings(path, _flat(path, table))


def _flat(path: Path, table: dict[str, Any]) -> dict[str, Any]:
    """The values by keys such as `slurm.gpus`, each of the type that the key takes.

    Raises:
        UsageError: A key is unknown, or takes something else.
    """
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name not in _TABLES:
            values[name] = value
        elif isinstance(value, dict):
            values |= {f"{name}.{key}": inner for key, inner in value.items()}
        else:
            raise _refused(path, f"{name!r} is a table, written [{_prefix(path)}{name}]")
    for key, value in values.items():
        kind = KEYS.get(key)
        if kind is None:
            raise _unknown(path, key)
        problem = kind.problem(value)
        if problem is not None:
            raise _refused(path, f"{key!r} {problem}", f"correct {key!r} there")
    return values


def _settings(path: Path, values: dict[str, Any]) -> ProjectSettings:
    from wbtools.model import Goal, parse_metric  # noqa: PLC0415 - it loads numpy

    goal = values.get("goal")
    if goal is not None and "metric" not in values:
        msg = "'goal' is the metric's, and there is no 'metric'"
        raise _refused(path, msg, "add 'metric', or take 'goal' out")
    metric = None
    try:
        if "metric" in values:
            metric = parse_metric(
                values["metric"], None if goal is None else Goal.parse(goal), option="metric ="
            )
    except UsageError as error:
        raise _refused(path, error.message, error.hint) from None
    archive = values.get("archive")
    return ProjectSettings(
        path=path,
        values=values,
        metric=metric,
        archive=None if archive is None else _archive(path, archive),
    )


def _archive(path: Path, written: str) -> Path:
    """The archive's folder: below the file's own folder, or anywhere if it is written in full.

    Raises:
        UsageError: It leads out of the folder by `..` or a link, or begins with nobody's home.
    """
    try:
        folder = Path(written).expanduser()
    except RuntimeError:
        msg = "'archive' begins with the home of an unknown user"
        raise _refused(path, msg, "write the path in full") from None
    if folder.is_absolute():
        return folder
    home = path.parent.resolve()
    if not (home / folder).resolve().is_relative_to(home):
        msg = f"'archive' leads out of the folder of the file: {written!r}"
        raise _refused(path, msg, "write the path in full if it is meant to lie elsewhere")
    return path.parent / folder


def _unknown(path: Path, key: str) -> UsageError:
    name = key.rpartition(".")[2].lower().replace("-", "_")
    if name in NEVER:
        msg = f"{key!r} is not taken from a settings file, which may be somebody else's"
        return _refused(path, msg, NEVER[name])
    written = key.lower().replace("_", "-")
    near = get_close_matches(written, KEYS, n=3, cutoff=0.6)
    by_last = [known for known in KEYS if known.rpartition(".")[2] == written.rpartition(".")[2]]
    table = key.partition(".")[0]
    of_table = [known for known in KEYS if known.startswith(f"{table}.")]
    meant = list(dict.fromkeys([*by_last, *near])) or of_table or list(KEYS)
    question = "did you mean" if by_last or near else "there are"
    end = "?" if by_last or near else ""
    return _refused(path, f"there is no key {key!r}", f"{question} {', '.join(meant)}{end}")


def _refused(path: Path, why: str, hint: str | None = None) -> UsageError:
    message = f"the settings in {_seen_from_here(path)}: {sanitize(why, limit=_LONGEST_TEXT)}"
    return UsageError(message, hint or f"correct the file, or set {VARIABLE}={OFF} to read none")


def _prefix(path: Path) -> str:
    return f"{_TABLE}." if path.name == SHARED_FILE else ""


def _seen_from_here(path: Path) -> str:
    try:
        shown = os.path.relpath(path)
    except (OSError, ValueError):
        shown = str(path)
    if shown.count("..") > 3:  # noqa: PLR2004 - further up, the full path is easier to read
        shown = str(path)
    return sanitize(shown if os.sep in shown else f".{os.sep}{shown}", limit=0)
