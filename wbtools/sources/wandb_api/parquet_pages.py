"""How much the pages of a Parquet file unpack to, told before anything is unpacked.

A few bytes may stand for a billion rows, or for a page of gigabytes, and the file's own summary of
that (its footer) may lie. The headers of the pages cannot: what is read of a page is as long as
its header says, or an error. They are Thrift structures in the compact protocol
(https://github.com/apache/parquet-format, `PageHeader` in `parquet.thrift`), which pyarrow does not
show.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    import pyarrow.parquet as pq

_MAGIC: Final = b"PAR1"
_LARGEST_FOOTER: Final = 2**23
"""Bytes: tens of thousands of columns in all row groups, which pyarrow reads at once."""
_LARGEST_PAGE: Final = 2**26
"""Writers end a page at about 1 MiB (pyarrow's default); each is unpacked by whole."""
_LARGEST_TEXT_CHUNK: Final = 2**27
"""The texts of a row group are unpacked together, beside the numbers that are read of it."""
_MOST_PAGES: Final = 200_000
"""Of a file, each a step of Python: at the most values, sixty to a page; writers put thousands."""
_MOST_WITHOUT_VALUES: Final = 2
"""Of a column in a row group: its dictionary, and an index or an empty one."""
_LONGEST_FIXED: Final = 32
"""Bytes of a number of a fixed length: the widest decimals."""
_LONGEST_HEADER: Final = 2**20
_HEADER_AT_FIRST: Final = 2**9
"""Read of a header before it is known how long it is; a page's least and largest text are in it."""
_DEEPEST: Final = 16
"""Known headers are three structures deep; each level is one of Python's calls."""
_LONGEST_NUMBER: Final = 10
"""Bytes of 64 bits, seven to a byte."""
# Field ids of a page's header, and of the headers of its kinds of data within it.
_UNPACKED, _PACKED = 2, 3
_DATA, _DATA_V2 = 5, 8
_N_VALUES: Final = 1
# Types of the compact protocol.
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS: Final = frozenset({4, 5, 6})
_LONG_LIST: Final = 15


class PagesError(ValueError):
    """The file is damaged, or holds more than is read."""


@dataclass(frozen=True, slots=True)
class _Page:
    n_values: int
    n_packed: int
    n_unpacked: int
    n_header: int


def check_footer(file: BinaryIO) -> None:
    """Refuse a file whose description alone is too long to be read.

    Raises:
        PagesError: It is, or this is no Parquet.
    """
    n_bytes = file.seek(0, os.SEEK_END)
    file.seek(max(0, n_bytes - 8))
    end = file.read(8)
    if end[4:] != _MAGIC:
        msg = "it does not end as Parquet does"
        raise PagesError(msg)
    if int.from_bytes(end[:4], "little") > min(_LARGEST_FOOTER, n_bytes):
        msg = "its description is too long"
        raise PagesError(msg)


class PageCount:
    """How many pages of one file were looked at, all columns together.

    Args:
        go_on: Called before each; what it raises ends the reading.
    """

    def __init__(self, go_on: Callable[[], object]) -> None:
        """None is looked at yet."""
        self._go_on = go_on
        self._n = 0

    def add(self) -> None:
        """Another one is about to be.

        Raises:
            PagesError: There are too many.
        """
        self._go_on()
        self._n += 1
        if self._n > _MOST_PAGES:
            msg = f"it has more than {_MOST_PAGES:,} pages"
            raise PagesError(msg)


def check_pages(
    file: BinaryIO,
    metadata: pq.FileMetaData,
    leaf: int,
    *,
    most_values: int,
    n_rows: int,
    pages: PageCount,
) -> None:
    """Refuse a column that unpacks to more than is read.

    Args:
        file: The whole file.
        metadata: Its own description, which is not believed.
        leaf: Place of the column among all leaves of the schema.
        most_values: In all row groups together.
        n_rows: In each of so many rows read at once, a text may be written out in full; 1 where
            texts are read once each.
        pages: Of the file so far.

    Raises:
        PagesError: It does, or is damaged.
    """
    column = metadata.schema.column(leaf)
    if (column.length or 0) > _LONGEST_FIXED:
        msg = f"each value of a column takes {column.length:,} bytes"
        raise PagesError(msg)
    n_values = 0
    for k in range(metadata.num_row_groups):
        group = metadata.row_group(k)
        chunk = group.column(leaf)
        n_in_chunk = n_unpacked = 0
        largest = n_without_values = 0
        for page in _pages(file, chunk, pages):
            n_in_chunk += page.n_values
            n_unpacked += page.n_unpacked
            largest = max(largest, page.n_unpacked)
            n_without_values += not page.n_values
            if n_without_values > _MOST_WITHOUT_VALUES:
                msg = "it has pages without values"
                raise PagesError(msg)
            if page.n_unpacked > _LARGEST_PAGE:
                msg = f"a page of it unpacks to {page.n_unpacked:,} bytes"
                raise PagesError(msg)
            if n_values + n_in_chunk > most_values:
                msg = f"it holds more than {most_values:,} values of a column"
                raise PagesError(msg)
        n_unpacked += largest * (min(n_rows, group.num_rows) - 1)
        if chunk.physical_type == "BYTE_ARRAY" and n_unpacked > _LARGEST_TEXT_CHUNK:
            msg = f"texts of it unpack to {n_unpacked:,} bytes"
            raise PagesError(msg)
        if column.max_repetition_level == 0 and n_in_chunk != group.num_rows:
            msg = f"it says {group.num_rows:,} rows and holds {n_in_chunk:,}"
            raise PagesError(msg)
        n_values += n_in_chunk


def _pages(file: BinaryIO, chunk: pq.ColumnChunkMetaData, pages: PageCount) -> Iterator[_Page]:
    if not chunk.num_values:
        return
    place = chunk.data_page_offset
    if chunk.has_dictionary_page and chunk.dictionary_page_offset:
        place = min(place, chunk.dictionary_page_offset)
    end = place + chunk.total_compressed_size
    while place < end:
        pages.add()
        page = _page_at(file, place)
        yield page
        place += page.n_header + page.n_packed


def _page_at(file: BinaryIO, place: int) -> _Page:
    if place < 0:
        msg = "a page of it lies nowhere"
        raise PagesError(msg)
    n_bytes = _HEADER_AT_FIRST
    while True:
        file.seek(place)
        begin = file.read(n_bytes)
        try:
            return _Header(begin).page()
        except IndexError:
            if len(begin) < n_bytes or n_bytes >= _LONGEST_HEADER:
                msg = "a page of it has no end"
                raise PagesError(msg) from None
            n_bytes *= 4


class _Header:
    """A page's header, read from its first byte on; an `IndexError` says that there are too few."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def page(self) -> _Page:
        sizes: dict[int, int] = {}
        n_values = 0
        for field, kind in self._fields():
            if field in {_UNPACKED, _PACKED} and kind in _INTEGERS:
                sizes[field] = self._integer()
            elif field in {_DATA, _DATA_V2} and kind == _STRUCT:
                for inner, inner_kind in self._fields():
                    if inner == _N_VALUES and inner_kind in _INTEGERS:
                        n_values = self._integer()
                    else:
                        self._skip(inner_kind)
            else:
                self._skip(kind)
        unpacked, packed = sizes.get(_UNPACKED, -1), sizes.get(_PACKED, -1)
        if min(unpacked, packed, n_values) < 0:
            msg = "a page of it has no size"
            raise PagesError(msg)
        return _Page(n_values, packed, unpacked, self._at)

    def _fields(self) -> Iterator[tuple[int, int]]:
        field = 0
        while True:
            head = self._byte()
            kind = head & 15
            if kind == _STOP:
                return
            field = field + (head >> 4) if head >> 4 else self._integer()
            yield field, kind

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _varint(self) -> int:
        value = 0
        for k in range(_LONGEST_NUMBER):
            byte = self._byte()
            value |= (byte & 127) << (7 * k)
            if byte < 128:  # noqa: PLR2004 - the bit that says that more follows
                return value
        msg = "a number of it has no end"
        raise PagesError(msg)

    def _integer(self) -> int:
        """A zigzag number."""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)

    def _pass(self, n_bytes: int) -> None:
        self._at += n_bytes
        if self._at > len(self._data):
            raise IndexError

    def _skip(self, kind: int, depth: int = 0) -> None:
        if depth > _DEEPEST:
            msg = "a page of it is described too deeply"
            raise PagesError(msg)
        if kind in {_BYTE, _DOUBLE}:
            self._pass(1 if kind == _BYTE else 8)
        elif kind in _INTEGERS:
            self._varint()
        elif kind == _BINARY:
            self._pass(self._varint())
        elif kind in {_LIST, _SET}:
            head = self._byte()
            n = self._varint() if head >> 4 == _LONG_LIST else head >> 4
            for _ in range(n):
                # In a list even a truth value takes its byte.
                self._skip(_BYTE if head & 15 in {_TRUE, _FALSE} else head & 15, depth + 1)
        elif kind == _STRUCT:
            for _, inner in self._fields():
                self._skip(inner, depth + 1)
        elif kind not in {_TRUE, _FALSE}:
            msg = "a page of it is described in an unknown way"
            raise PagesError(msg)
