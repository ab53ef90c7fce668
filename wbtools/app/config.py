"""Which settings hold here, and where each was read; nothing is asked of any server."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from importlib import metadata
from typing import TYPE_CHECKING, Final

from wbtools import __version__
from wbtools.answers.config.answer import ConfigAnswer, SettingInUse, SettingOrigin
from wbtools.app.templates import FOLDERS_VARIABLE
from wbtools.archive import ChosenBy, archive_path
from wbtools.archive.location import VARIABLE as ARCHIVE_VARIABLE
from wbtools.errors import UsageError
from wbtools.sources.local.kept_store import VARIABLE as CACHE_VARIABLE
from wbtools.sources.local.kept_store import folder_of_readings
from wbtools.sources.settings_file import project_settings, telling_settings
from wbtools.sources.settings_keys import KEYS
from wbtools.sources.wandb_api.credentials import base_url_source, settings, sign_in_at
from wbtools.text.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wbtools.sources.settings_file import ProjectSettings

_OF_WANDB: Final = ("entity", "project")


def find_config() -> ConfigAnswer:
    """The settings that hold in the working folder.

    Raises:
        UsageError: The settings file, or a folder that a variable names, cannot be right.
    """
    project = project_settings()
    server, is_signed_in, source = _server()
    with telling_settings(lambda _line: None):  # the answer says all of it
        rows = tuple(map(_masked, (*server, *_folders(project), *_keys(project))))
    return ConfigAnswer(
        wbtools_version=__version__,
        python_version=platform.python_version(),
        wandb_version=_version_of_wandb(),
        settings_file=project.place or None,
        is_signed_in=is_signed_in,
        sign_in_source=source,
        rows=rows,
    )


def _masked(row: SettingInUse) -> SettingInUse:
    """A setting without the keys and passwords that it may hold, as in `setup`."""
    values = tuple(map(masked_text, row.values))
    return replace(row, values=values, remark=masked_text(row.remark))


def _version_of_wandb() -> str | None:
    try:
        return metadata.version("wandb")
    except metadata.PackageNotFoundError:
        return None


def _server() -> tuple[list[SettingInUse], bool, str]:
    """The server, the entity and the project, and whether anybody is signed in there."""
    try:
        known = settings()
    except UsageError as error:
        where = base_url_source() or ""
        row = SettingInUse(
            key="server", values=(), origin=_origin(where), where=where, remark=error.message
        )
        return [row], False, error.message
    where = base_url_source() or ""
    rows = [
        SettingInUse(key="server", values=(known.base_url,), origin=_origin(where), where=where)
    ]
    for name in _OF_WANDB:
        value, where = getattr(known, name), known.sources.get(name, "")
        origin = _origin(where, SettingOrigin.NOTHING)
        if where == project_settings().words(name):
            origin, where = SettingOrigin.SETTINGS_FILE, project_settings().place
        values = () if value is None else (value,)
        rows.append(SettingInUse(key=name, values=values, origin=origin, where=where))
    return rows, *sign_in_at(known.base_url)


def _origin(where: str, otherwise: SettingOrigin = SettingOrigin.DEFAULT) -> SettingOrigin:
    """What a variable or a file of W&B's is."""
    if not where:
        return otherwise
    is_variable = where in os.environ
    return SettingOrigin.ENVIRONMENT if is_variable else SettingOrigin.WANDB_FILE


def _folders(project: ProjectSettings) -> Iterator[SettingInUse]:
    place = archive_path(None, os.environ, write=False)
    origin, where = {
        ChosenBy.ENVIRONMENT: (SettingOrigin.ENVIRONMENT, ARCHIVE_VARIABLE),
        ChosenBy.SETTINGS: (SettingOrigin.SETTINGS_FILE, project.place),
    }.get(place.chosen_by, (SettingOrigin.DEFAULT, ""))
    yield SettingInUse(
        key="archive",
        values=(str(place.path),),
        origin=origin,
        where=where,
        remark=place.note or "",
    )
    cache = folder_of_readings(os.environ)
    is_named = bool(os.environ.get(CACHE_VARIABLE))
    yield SettingInUse(
        key="cache",
        values=("off" if cache is None else str(cache),),
        origin=SettingOrigin.ENVIRONMENT if is_named else SettingOrigin.DEFAULT,
        where=CACHE_VARIABLE if is_named else "",
    )
    named = tuple(text for text in os.environ.get(FOLDERS_VARIABLE, "").split(os.pathsep) if text)
    yield SettingInUse(
        key="templates",
        values=named,
        origin=SettingOrigin.ENVIRONMENT if named else SettingOrigin.NOTHING,
        where=FOLDERS_VARIABLE if named else "",
    )


def _keys(project: ProjectSettings) -> Iterator[SettingInUse]:
    """What a settings file alone says."""
    for key in KEYS:
        if key in {*_OF_WANDB, "archive"}:
            continue
        value = project.values.get(key)
        texts = () if value is None else value if isinstance(value, list) else (value,)
        yield SettingInUse(
            key=key,
            values=tuple(map(str, texts)),
            origin=SettingOrigin.SETTINGS_FILE if texts else SettingOrigin.NOTHING,
            where=project.place if texts else "",
        )
