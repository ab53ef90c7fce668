"""`wbtools config`: which settings hold here, and where each comes from."""

from __future__ import annotations

from wbtools.cli.argument_groups import WholeAnswerArguments
from wbtools.cli.option_groups import takes_groups


@takes_groups
def config(*, answer: WholeAnswerArguments) -> None:
    """Show which settings hold here, where each comes from, and whether you are signed in.

    A project's settings are in wbtools.toml, or in pyproject.toml under [tool.wbtools]: the nearest
    file counts, from this folder up to the repository's root. No server is asked, and no key shown.
    """
    from wbtools.app.config import find_config

    answer.check("", has_findings=False)
    answer.deliver(find_config())
