"""What the README promises, as data: its commands, its examples, its picture.

`python -m tests.readme tests` prints the command under `<!-- command: tests -->`;
`python -m tests.readme rewrite` runs the examples and draws the picture anew.
"""

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PICTURE = ROOT / ".github" / "audit.svg"
PICTURE_WORDS = ["audit-terminations", "demo", "--color", "always"]
WIDTH = "100"
_COMMAND = re.compile(r"<!-- command: (\w+) -->\n```sh\n(.+)\n```")
_EXAMPLE = re.compile(r"```console\n\$ wbtools (?P<words>.+)\n(?P<shown>(?:.*\n)*?)```")


def commands() -> dict[str, str]:
    """The README's named commands, one line each."""
    return dict(_COMMAND.findall(README.read_text()))


def examples() -> list[tuple[str, str]]:
    """Words after `wbtools`, and the output that the README shows."""
    return [(match["words"], match["shown"]) for match in _EXAMPLE.finditer(README.read_text())]


def output(words: list[str]) -> str:
    """What `wbtools` prints on a terminal 100 columns wide."""
    from wbtools.cli.app import main

    out = io.StringIO()
    with (
        patch.object(sys, "argv", ["wbtools", *words, "--quiet"]),
        patch.dict("os.environ", {"COLUMNS": WIDTH, "WBTOOLS_CACHE": "off"}),
        contextlib.redirect_stdout(out),
        contextlib.suppress(SystemExit),
    ):
        main()
    return out.getvalue()


def picture() -> str:
    """The demo's audit as an SVG of a terminal."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=int(WIDTH), file=io.StringIO())
    console.print(Text.from_ansi(output(PICTURE_WORDS)))
    return console.export_svg(title="wbtools audit-terminations demo", unique_id="audit")


def rewrite() -> None:
    """Put the present output into the README and draw the picture."""
    README.write_text(
        _EXAMPLE.sub(
            lambda match: (
                f"```console\n$ wbtools {match['words']}\n{output(shlex.split(match['words']))}```"
            ),
            README.read_text(),
        )
    )
    PICTURE.write_text(picture())


if __name__ == "__main__":
    if sys.argv[1:] == ["rewrite"]:
        rewrite()
    else:
        print(commands()[sys.argv[1]])
