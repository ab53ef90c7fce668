"""The answer of `config`: the settings that hold here, and where each was read."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from wbtools.answers.answer import Answer
from wbtools.answers.columns import Column, Record, Rows
from wbtools.text.numbers import count
from wbtools.text.sanitize import sanitize

if TYPE_CHECKING:
    from wbtools.answers.layout import Page


class SettingOrigin(StrEnum):
    """What decided a setting."""

    ENVIRONMENT = "environment"
    SETTINGS_FILE = "settings file"
    WANDB_FILE = "W&B settings file"
    DEFAULT = "default"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingInUse:
    """A setting that holds.

    Attributes:
        key: As in the settings file, where it is one of its keys.
        values: None where nothing says any; several where the key takes a list.
        where: The variable or the file; empty for a default.
        remark: What else to know of it, if anything.
    """

    key: str
    values: tuple[str, ...]
    origin: SettingOrigin
    where: str = ""
    remark: str = ""

    @property
    def value(self) -> str | None:
        """The values in one line; None where nothing says any."""
        return ", ".join(self.values) if self.values else None

    @property
    def origin_words(self) -> str:
        """Such as `WANDB_ENTITY`, `./pyproject.toml` or `default`."""
        return f"{self.where or self.origin}{f' ({self.remark})' if self.remark else ''}"


_SETTING: Final[Record[SettingInUse]] = Record(
    "Setting",
    Column(
        "key",
        str,
        "The setting; those of a settings file are called as there.",
        title="setting",
        least=8,
    ),
    Column(
        "value",
        str | None,
        "What holds; of a list all texts with commas between them; null where nothing says any.",
        title="value",
        least=16,
        show=lambda row: sanitize(row.value, limit=0),
    ),
    Column("values", list[str], "What holds as a list, in which each text is whole.", csv=False),
    Column("origin", SettingOrigin, "What decided the setting; the command line wins over all."),
    Column(
        "where",
        str,
        "The environment's variable or the file that says it; empty for a default.",
        title="from",
        least=8,
        show=lambda row: sanitize(row.origin_words, limit=0),
    ),
    Column("remark", str, "What else there is to know of it; mostly empty."),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, eq=False)
class ConfigAnswer(Answer):
    """The settings that hold in a folder.

    Attributes:
        settings_file: The file that counts here; None where there is none.
        rows: Every setting, in the order of the settings file behind W&B's and the folders.
        is_signed_in: Whether a key or a token for the server was found; nobody was asked.
        sign_in_source: Where it was found, or why none was.
    """

    name: ClassVar = "config"
    table: ClassVar = "settings"
    record: ClassVar[Record[ConfigAnswer]] = Record(
        "Config",
        Column("wbtools_version", str, "Version of wbtools."),
        Column("python_version", str, "Version of the Python that runs it."),
        Column("wandb_version", str | None, "Version of W&B's client that is installed."),
        Column(
            "settings_file", str | None, "Settings file that counts here; null where there is none."
        ),
        Column(
            "is_signed_in",
            bool,
            "Whether a key or a token for the server was found. The server was not asked whether "
            "it takes it.",
        ),
        Column("sign_in_source", str, "Where the key or the token was found, or why none was."),
        Column("settings", Rows(_SETTING), "Every setting, and where it comes from.", of="rows"),
    )

    wbtools_version: str
    python_version: str
    wandb_version: str | None
    settings_file: str | None
    is_signed_in: bool
    sign_in_source: str
    rows: tuple[SettingInUse, ...]

    @property
    def headline(self) -> str:
        """`settings of ./pyproject.toml, 12 of them set`."""
        n_set = sum(bool(row.values) for row in self.rows)
        file = "no settings file" if self.settings_file is None else sanitize(self.settings_file)
        return f"{file}, {count(n_set, 'setting')} in use"

    def _write(self, page: Page) -> None:
        """Write the versions, who is signed in, then a line a setting; what is unset last."""
        client = f"wandb {self.wandb_version}" if self.wandb_version else "no wandb"
        page.flow([f"wbtools {self.wbtools_version}", f"Python {self.python_version}", client])
        if self.settings_file is None:
            file = "none: wbtools.toml, or [tool.wbtools] in pyproject.toml, would be read"
        else:
            file = sanitize(self.settings_file, limit=0)
        page.say(f"settings file: {file}", hang=2)
        source = sanitize(self.sign_in_source, limit=0)
        page.say(f"signed in: {'yes, by' if self.is_signed_in else 'no,'} {source}", hang=2)
        page.gap()
        page.rows(_SETTING.titled, [row for row in self.rows if row.values], noun="setting")
        unset = [row.key for row in self.rows if not row.values]
        if unset:
            page.gap()
            page.say(f"not set: {', '.join(unset)}", hang=2, style="dim")
        page.gap()
        page.say(
            "(an option on the command line wins, then the environment, the settings file, "
            "W&B's own settings files)",
            hang=2,
            style="dim",
        )
