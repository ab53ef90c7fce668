"""The story of a report as titled pieces of Markdown, for whoever puts them together otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wbtools.answers.report.page_runs import PageRuns
from wbtools.answers.report.sections import title_of
from wbtools.answers.report.story import write_story
from wbtools.answers.report.story_page import MarkdownStory

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wbtools.answers.report.report import SweepReport

_MOST_ROWS = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySection:
    """One section of a report.

    Attributes:
        key: Its address, a word: `curves`; empty for what stands above all sections.
        title: As people read it; plain text.
        markdown: What stands below it.
    """

    key: str
    title: str
    markdown: str


class _SectionedStory(MarkdownStory):
    """A story that remembers where its sections begin."""

    def __init__(self, clean: Callable[[str], str], runs: PageRuns, *, limit: int) -> None:
        super().__init__(clean, runs, limit=limit)
        self._starts: list[tuple[int, str, str]] = []

    def opening(self, title: str, question: str, answer: str, facts: Sequence[str]) -> None:
        """Write the answer first; the title stands above the report."""
        del title
        self._starts.append((len(self._lines), "", self.clean(question)))
        self.say(answer, style="bold")
        self.opened_with = answer
        for fact in facts:
            self.say(fact)

    def section(self, key: str, title: str) -> None:
        """Begin a section, whose title stands apart."""
        self.about = title
        self._starts.append((len(self._lines), key, title))

    def sections(self) -> tuple[StorySection, ...]:
        """What was written, without sections that hold nothing."""
        ends = [start for start, _, _ in self._starts[1:]] + [len(self._lines)]
        written = (
            StorySection(key=key, title=title, markdown="\n".join(self._lines[start:end]).strip())
            for (start, key, title), end in zip(self._starts, ends, strict=True)
        )
        return tuple(section for section in written if section.markdown)


def story_sections(report: SweepReport) -> tuple[str, tuple[StorySection, ...]]:
    """The title of a report, and its sections; tables show their first 25 rows.

    Private words are taken out, as in every form of the report.
    """
    page = _SectionedStory(report.clean, PageRuns(report), limit=_MOST_ROWS)
    write_story(report, page)
    return report.clean(title_of(report)), page.sections()
