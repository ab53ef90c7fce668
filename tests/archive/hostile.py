"""Archives of somebody's making: each function spoils the file of a sound one."""

import os
import sqlite3
import zlib
from contextlib import closing

import numpy as np

from wbtools.archive import codec

DATABASE = "archive.sqlite"
LONGEST = codec.LONGEST_CHUNK
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"


def sql(folder, *statements):
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            database.execute(*((statement,) if isinstance(statement, str) else statement))


def columns(folder, table):
    with closing(sqlite3.connect(folder / DATABASE)) as database:
        return [row[1] for row in database.execute(f"PRAGMA table_info({table})")]


def endless_view(folder, table="runs"):
    """A view in place of a table, with its columns and rows without an end."""
    names = columns(folder, table)
    values = ", ".join(f"i AS {name}" for name in names)
    sql(
        folder,
        f"DROP TABLE {table}",
        f"CREATE VIEW {table} AS {ENDLESS} SELECT {values} FROM n",  # noqa: S608 - our own words
    )


def endless_sweeps(folder):
    endless_view(folder, "sweeps")


def endless_meta(folder):
    endless_view(folder, "meta")


def trigger(folder):
    sql(
        folder,
        "CREATE TRIGGER t AFTER INSERT ON writer BEGIN INSERT INTO meta VALUES (1, 1); END",
    )


def rewritten(folder, table, old, new):
    """Another text for a table's definition."""
    sql(
        folder,
        "PRAGMA writable_schema = ON",
        (
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE name = ?",
            (old, new, table),
        ),
    )


def generated_column(folder):
    rewritten(folder, "runs", "gpu TEXT", "gpu TEXT GENERATED ALWAYS AS (zeroblob(999999999))")


def check_constraint(folder):
    rewritten(folder, "runs", "gpu TEXT", "gpu TEXT CHECK (length(zeroblob(999999999)) > 0)")


def costly_index(folder):
    sql(folder, "CREATE INDEX costly ON runs (length(config || config))")


def virtual_table(folder):
    sql(folder, "DROP TABLE launches", "CREATE VIRTUAL TABLE launches USING fts5(run, record)")


def long_definition(folder):
    rewritten(folder, "runs", "gpu TEXT", "gpu TEXT " + "/* x */" * 1_000_000)


def many_tables(folder):
    sql(
        folder,
        "PRAGMA writable_schema = ON",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)"
        " INSERT INTO sqlite_master SELECT 'table', 't' || i, 't' || i, 2,"
        " 'CREATE TABLE t' || i || ' (a)' FROM n",
    )


def another_table(folder):
    sql(folder, "CREATE TABLE more (a)")


def lacking_table(folder):
    sql(folder, "DROP TABLE launches")


def newest_version(folder):
    sql(folder, f"PRAGMA user_version = {2**31 - 1}")


def negative_version(folder):
    sql(folder, f"PRAGMA user_version = {-(2**31)}")


def older_with_a_view(folder):
    endless_view(folder)
    sql(folder, "PRAGMA user_version = 1")


def large_blob(folder):
    """A hundred megabytes of text as a configuration."""
    sql(folder, "UPDATE runs SET config = CAST(zeroblob(100000000) AS TEXT) WHERE id = 1")


def deep_json(folder):
    sql(folder, ("UPDATE runs SET config = ?", ("[" * 10_000_000,)))


def wide_json(folder):
    """Sixty megabytes of empty lists, each of which takes twenty times as much in memory."""
    sql(folder, ("UPDATE runs SET config = ?", ('{"a": [' + "[]," * 20_000_000 + "[]]}",)))


def shared_pages(folder):
    """A page of runs that is linked to many times over, level upon level."""
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        (root,) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name = 'runs'"
        ).fetchone()
        (size,) = database.execute("PRAGMA page_size").fetchone()
        (n_pages,) = database.execute("PRAGMA page_count").fetchone()
    file = folder / DATABASE
    pages = bytearray(file.read_bytes())
    leaf = pages[(root - 1) * size : root * size]
    child = n_pages + 1
    pages += leaf
    levels = 12
    for level in range(levels):
        target = child if level == 0 else n_pages + 1 + level
        pages += _interior(target, size)
    pages[(root - 1) * size : root * size] = _interior(n_pages + 1 + levels, size)
    pages[28:32] = (len(pages) // size).to_bytes(4, "big")
    file.write_bytes(pages)


def _interior(child, size):
    """A page of a table's tree whose cells all lead to one other page."""
    cell = child.to_bytes(4, "big") + b"\x01"
    n_cells = 300
    start = size - len(cell)
    head = b"\x05" + bytes(2) + n_cells.to_bytes(2, "big") + start.to_bytes(2, "big") + bytes(1)
    body = head + child.to_bytes(4, "big") + start.to_bytes(2, "big") * n_cells
    return body + bytes(size - len(body) - len(cell)) + cell


def bomb(folder, n_chunks=20_000):
    """Zeros, packed a thousand times smaller, in many chunks that share one axis."""
    packed = codec.pack(np.zeros(LONGEST), differences=False)
    steps = codec.pack(np.arange(LONGEST), differences=True)
    with closing(sqlite3.connect(folder / DATABASE)) as database, database:
        database.execute(
            "UPDATE axes SET n_rows = ?, steps = ?, times_s = ?", (LONGEST, steps, steps)
        )
        (axis,) = database.execute("SELECT min(id) FROM axes").fetchone()
        series = [id_ for (id_,) in database.execute("SELECT id FROM series")]
        database.execute("DELETE FROM chunks")
        database.executemany(
            "INSERT INTO chunks (series, place, n_rows, axis, numbers) VALUES (?, ?, ?, ?, ?)",
            (
                (series[n % len(series)], n // len(series), LONGEST, axis, packed)
                for n in range(n_chunks)
            ),
        )


def one_bomb(folder):
    """A chunk that promises little and holds much."""
    press = zlib.compressobj(9)
    packed = b"".join(press.compress(bytes(2**20)) for _ in range(300)) + press.flush()
    sql(
        folder, ("UPDATE chunks SET numbers = ? WHERE id = (SELECT min(id) FROM chunks)", (packed,))
    )


def texts_for_numbers(folder):
    sql(
        folder,
        "UPDATE series SET n_rows = 'many', n_bytes = 'x', last_step = 'y'",
        "UPDATE chunks SET n_rows = 'many'",
        "UPDATE runs SET number = 'x', attempts = 'y', runtime_s = 'z', exit_code = x'00'",
        "UPDATE sweeps SET n_expected_runs = 'x'",
    )


def numbers_for_texts(folder):
    """In columns of type TEXT they are texts again, of no JSON object and no time."""
    sql(folder, "UPDATE runs SET created_at = '5', config = '7'")


def odd_times(folder):
    sql(folder, "UPDATE sweeps SET as_of = '0001-01-01T00:00:00+23:59'")


def naive_times(folder):
    sql(folder, "UPDATE runs SET created_at = '2026-03-01T00:00:00'")


def huge_numbers(folder):
    sql(folder, ("UPDATE series SET n_rows = ?, n_bytes = ?", (2**63 - 1, 2**63 - 1)))


def sparse(folder):
    """A file of a terabyte that takes up nothing."""
    with (folder / DATABASE).open("r+b") as file:
        file.seek(28)
        file.write((2**28).to_bytes(4, "big"))
    os.truncate(folder / DATABASE, 2**40)


REFUSED = (
    endless_view,
    endless_sweeps,
    endless_meta,
    trigger,
    generated_column,
    check_constraint,
    costly_index,
    virtual_table,
    long_definition,
    many_tables,
    another_table,
    lacking_table,
    newest_version,
    negative_version,
    older_with_a_view,
    shared_pages,
    sparse,
)
"""Told when the file is opened."""

DAMAGED = (
    large_blob,
    deep_json,
    wide_json,
    bomb,
    one_bomb,
    texts_for_numbers,
    numbers_for_texts,
    odd_times,
    naive_times,
    huge_numbers,
)
"""Told when what is spoilt is read."""
