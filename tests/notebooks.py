"""The executed notebooks of `docs/`: run in a kernel of their own, and shown as pages of the site.

`python -m tests.notebooks rewrite` runs all of them anew, and writes their outputs and pages.
"""

import os
import sys
import tempfile
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
_SHOWN = ("image/png", "text/markdown", "text/plain")
_MOMENT = "execution"
"""When a cell was run, which says nothing."""


def executed(path: Path):
    """The notebook as it is now if all its cells are run, in an empty folder."""
    import nbclient
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        env = {
            "PYTHONPATH": f"{ROOT}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
            "IPYTHONDIR": f"{folder}/ipython",
            "JUPYTER_RUNTIME_DIR": f"{folder}/jupyter",
            "WBTOOLS_ARCHIVE": f"{folder}/archive",
            "WBTOOLS_CACHE": "off",
            "COLUMNS": "100",
        }
        (Path(folder) / "work").mkdir()
        with patch.dict("os.environ", env):
            os.environ.pop("MPLBACKEND", None)
            client = nbclient.NotebookClient(
                notebook,
                kernel_name="python3",
                timeout=240,
                resources={"metadata": {"path": f"{folder}/work"}},
            )
            client.execute()
    for cell in notebook["cells"]:
        cell["metadata"].pop(_MOMENT, None)
    notebook["metadata"]["language_info"] = {"name": "python"}
    return notebook


def texts(notebook) -> list[list[str]]:
    """What each cell says, in the forms that a reader of text sees; pictures are left out."""
    return [
        [
            text
            for output in cell.get("outputs", [])
            if "image/png" not in output.get("data", {})
            for text in (
                output.get("text", ""),
                output.get("data", {}).get("text/markdown", ""),
                output.get("data", {}).get("text/plain", ""),
            )
            if text
        ]
        for cell in notebook["cells"]
    ]


def page_of(path: Path) -> tuple[str, dict[str, bytes]]:
    """The notebook as a page of the site, and the pictures in it by the names of their files."""
    from nbconvert.exporters import MarkdownExporter
    from traitlets.config import Config

    config = Config()
    config.NbConvertBase.display_data_priority = list(_SHOWN)
    exporter = MarkdownExporter(config=config)
    text, resources = exporter.from_filename(
        str(path), resources={"unique_key": path.stem, "output_files_dir": "."}
    )
    text = "\n".join(line.rstrip() for line in text.strip().splitlines())
    return f"{text}\n", {Path(name).name: data for name, data in resources["outputs"].items()}


def rewrite() -> None:
    """Run every notebook, and write what came out."""
    import nbformat

    for path in NOTEBOOKS:
        nbformat.write(executed(path), path)
        text, pictures = page_of(path)
        path.with_suffix(".md").write_text(text)
        for old in FOLDER.glob(f"{path.stem}_*.png"):
            old.unlink()
        for name, data in pictures.items():
            (FOLDER / name).write_bytes(data)


if __name__ == "__main__" and sys.argv[1:] == ["rewrite"]:
    rewrite()
