"""A fetch in a process of its own: put pages until told where to stop, or until killed.

`python -m tests.archive.writer_process FOLDER N_PAGES [local|network]`; prints each page's number
once it is committed, `open` before the first one, `error: …` if there is none to come.
"""

import sys
from pathlib import Path

from tests.archive.sweeps import HEAD, KEY, page
from wbtools.archive import ArchiveWriter, connection
from wbtools.errors import WbtoolsError


def main() -> None:
    """Go on from the cursor."""
    folder, n_pages, system = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    connection.is_local = lambda _: system == "local"
    try:
        with ArchiveWriter.open(folder) as archive:
            cursor = archive.begin(HEAD, "all")
            print("open", flush=True)
            for n in range(int(cursor or 0), n_pages):
                archive.put_page(KEY, *page(n), cursor=str(n + 1))
                print(n + 1, flush=True)
    except WbtoolsError as error:
        print(f"error: {error}", flush=True)


if __name__ == "__main__":
    main()
