"""What the README and the pages of `docs/` promise, as data: commands, examples, a picture.

`python -m tests.readme tests` prints the command under `<!-- command: tests -->` of the README;
`python -m tests.readme rewrite` runs all examples and draws the picture anew.
"""

import contextlib
import functools
import io
import re
import shlex
import sys
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
HOW_SURE = DOCS / "how-sure.md"
GENERATED = DOCS / "json.md"
PAGES = [README, *sorted(set(DOCS.rglob("*.md")) - {GENERATED})]
PICTURE = ROOT / ".github" / "audit.svg"
PICTURE_WORDS = "audit-terminations demo --limit 5 --color always"
WIDTH = "100"
_COMMAND = re.compile(r"<!-- command: (\w+) -->\n```sh\n(.+?)\n```", re.DOTALL)
_EXAMPLE = re.compile(r"```console\n\$ wbtools (?P<words>.+)\n(?P<shown>(?:.*\n)*?)```")
_SCRIPT = re.compile(r"```sh\n(.*?)```", re.DOTALL)


def commands() -> dict[str, str]:
    """The README's named commands: one line, or the lines of the loop."""
    return dict(_COMMAND.findall(README.read_text()))


def examples() -> dict[str, dict[str, str]]:
    """By the words after `wbtools`: the output that each page shows, by its path."""
    found: dict[str, dict[str, str]] = {}
    for page in PAGES:
        for match in _EXAMPLE.finditer(page.read_text()):
            found.setdefault(match["words"], {})[str(page.relative_to(ROOT))] = match["shown"]
    return found


def lines() -> list[tuple[str, list[str]]]:
    """Every line of a script that calls wbtools: its page, and the words after `wbtools`."""
    return [
        (str(page.relative_to(ROOT)), shlex.split(re.split(r"\s[#|]", call)[0]))
        for page in PAGES
        for script in _SCRIPT.findall(page.read_text())
        for call in re.findall(r"^(?:uvx .*)?\bwbtools (.+)$", script, re.MULTILINE)
    ]


@functools.cache
def printed(line: str) -> str:
    """What the line `wbtools LINE` prints, run once for all pages that show it."""
    return output(shlex.split(line))


def output(words: list[str]) -> str:
    """What `wbtools` prints on a terminal 100 columns wide."""
    from wbtools.cli.app import main

    out = io.StringIO()
    with (
        patch.object(sys, "argv", ["wbtools", *words]),
        patch.dict("os.environ", {"COLUMNS": WIDTH, "WBTOOLS_CACHE": "off"}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.suppress(SystemExit),
    ):
        main()
    return out.getvalue()


def picture() -> str:
    """The demo's audit as an SVG of a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=int(WIDTH), file=io.StringIO())
    console.print(Text.from_ansi(printed(PICTURE_WORDS)))
    return console.export_svg(title="wbtools audit-terminations demo", unique_id="audit")


def rewrite() -> None:
    """Put the present output into the pages and draw the picture."""
    for page in PAGES:
        page.write_text(
            _EXAMPLE.sub(
                lambda match: (
                    f"```console\n$ wbtools {match['words']}\n{printed(match['words'])}```"
                ),
                page.read_text(),
            )
        )
    PICTURE.write_text(picture())


if __name__ == "__main__":
    if sys.argv[1:] == ["rewrite"]:
        rewrite()
    else:
        print(commands()[sys.argv[1]])
