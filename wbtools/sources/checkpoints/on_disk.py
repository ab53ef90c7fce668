"""What lies in folders of this machine: listed once, within limits, links followed nowhere out."""

from __future__ import annotations


class SearchedFolders:
    """Folders that were listed, so that searches for several runs walk through each once."""
