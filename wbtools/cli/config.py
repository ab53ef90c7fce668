"""`wbtools config`: which settings hold here, and where each comes from."""

from __future__ import annotations

from wbtools.cli.argument_groups import WholeAnswerArguments
from wbtools.cli.help_pages import with_examples
from wbtools.cli.option_groups import takes_groups


@with_examples(
    ("wbtools config", "Which settings hold in this folder, and where each comes from."),
    ("wbtools config --format json", "The same for a program."),
)
@takes_groups
def config(*, answer: WholeAnswerArguments) -> None:
    """Show which settings hold here, where each comes from, and whether you are signed in.

    A project's settings are in wbtools.toml, or in pyproject.toml under [tool.wbtools]: the nearest
    file counts, from this folder up to the repository's root. No server is asked, and no key shown.
    """
    from wbtools.app.config import find_config

    answer.check("", has_findings=False)
    answer.deliver(find_config())
