"""An answer: what a command found, and every way to show it.

A command's answer is the object that its analysis made (or a small one of its own), declared as a
subclass of `Answer`: a `Record` for what is data, and `_write` for the page that people read. The
command line and the library hold the same object.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

from wbtools.answers.columns import Record, flat_columns
from wbtools.answers.csv_cells import csv_table
from wbtools.answers.findings.github_log import workflow_log
from wbtools.answers.formats import Format
from wbtools.answers.html import HtmlPage
from wbtools.answers.layout import Page
from wbtools.answers.limits import ROWS
from wbtools.answers.markdown import MarkdownPage
from wbtools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


class Answer(ABC):
    """What a command found.

    Subclasses are frozen dataclasses with `repr=False, eq=False`; one that extends the result of an
    analysis names `Answer` first: `class Leaderboard(Answer, Ranking)`.

    Attributes:
        name: The answer's name: `rank`, for the schema `wbtools.rank/1`.
        record: What it holds, for JSON; its columns take their values from the answer itself.
        table: Key of the list of objects that CSV and data frames hold.
        rows_shown: Rows of each table or list on its page, unless somebody asks for others.
    """

    __slots__ = ()

    name: ClassVar[str]
    record: ClassVar[Record[Any]]
    table: ClassVar[str]
    rows_shown: ClassVar[int] = ROWS

    @classmethod
    def of(cls, found: Any, **more: Any) -> Self:  # noqa: ANN401 - what a subclass extends, and adds
        """The answer that extends the result of an analysis.

        Args:
            found: An object of the class that this one extends.
            more: Fields that this class adds, or that are to be others.
        """
        known = {field.name: getattr(found, field.name) for field in fields(found)}
        return cls(**{**known, **more})

    @property
    @abstractmethod
    def headline(self) -> str:
        """What it is and says, in one line without side effects."""

    @abstractmethod
    def _write(self, page: Page) -> None:
        """Write the page that people read."""

    def __repr__(self) -> str:
        """One line, as `<rank: 12 runs of 4 configurations>`."""
        return f"<{self.name}: {self.headline}>"

    def to_dict(self) -> dict[str, object]:
        """The JSON answer as a dictionary: what JSON knows, `schema` first."""
        return {"schema": f"wbtools.{self.name}/1", **self.record.to_dict(self)}

    def to_json(self) -> str:
        """The answer for scripts: one document, ASCII only, NaN and infinities as null."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False) + "\n"

    def to_csv(self) -> str:
        """The answer's table for spreadsheets; what is unknown or no finite number is empty."""
        columns, rows = self._table()
        return csv_table(
            [column.key for column in columns],
            ([column.value(row) for column in columns] for row in rows),
        )

    def to_frame(self) -> pd.DataFrame:
        """The answer's table as a pandas data frame, with the columns of its CSV.

        Flags are `boolean`, integers `Int64`, other numbers `float64`, times `datetime64[us, UTC]`,
        anything else `object`.
        """
        from wbtools.answers.frame import frame_of  # noqa: PLC0415 - loads pandas

        return frame_of(*self._table())

    def to_text(self, *, width: int = 100, limit: int | None = None) -> str:
        """The page as plain text.

        Args:
            width: Characters of a line.
            limit: Rows of each table or list, 0 for all; as many as the answer finds right if
                nothing is said.
        """
        return self.on(Page(width=width, limit=self.rows_shown if limit is None else limit))

    def on(self, page: Page) -> str:
        """The page, written on that paper below what stands there."""
        self._write(page)
        return str(page)

    def _table(self) -> tuple[list[Any], Sequence[Any]]:
        column = self.record[self.table]
        rows: Any = column.get(self)
        return flat_columns(column.kind.record, rows), rows

    def _repr_html_(self) -> str:
        return self.on(HtmlPage(limit=self.rows_shown))

    def _repr_markdown_(self) -> str:
        return self.on(MarkdownPage(limit=self.rows_shown))


def render(answer: Answer, form: Format, page: Page) -> str:
    """An answer in one of its forms.

    Args:
        answer: What was found.
        form: The form.
        page: What text is written on, empty; also says how many rows Markdown and HTML show.

    Raises:
        UsageError: The form is GitHub's, and the answer has no findings.
    """
    match form:
        case Format.JSON:
            return answer.to_json()
        case Format.CSV:
            return answer.to_csv()
        case Format.GITHUB:
            findings = getattr(answer, "findings", None)
            if findings is None:
                msg = f"--format github shows findings, and {answer.name} has none of its own"
                raise UsageError(msg, "choose text, md, csv, json or html")
            return workflow_log(findings)
        case Format.MARKDOWN:
            return answer.on(MarkdownPage(limit=page.limit))
        case Format.HTML:
            return answer.on(HtmlPage(limit=page.limit))
        case Format.TEXT:
            return answer.on(page)
