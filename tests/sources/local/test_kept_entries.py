"""What is kept is checked before it is believed: flips, cuts, other files, other versions."""

import json
import random
import struct

import pytest

from tests.sources.local.test_kept_reads import bits
from tests.sources.local.wandb_writer import framed, serialized, simple_run
from wbtools.sources.local import kept_entries
from wbtools.sources.local.kept_entries import decoded_names, decoded_reading
from wbtools.sources.local.kept_reads import KeptReads
from wbtools.sources.local.kept_store import KeptStore
from wbtools.sources.local.run_file import metric_names, read_run_file

N_FLIPS = 150


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run-abc12345.wandb"
    records = simple_run(values=[1 / n for n in range(1, 60)], config={"lr": 0.1})
    path.write_bytes(framed(serialized(records)))
    return path


@pytest.fixture
def kept(tmp_path, monkeypatch):
    # The test's file is seconds old, and is to be believed by its stamp alone.
    monkeypatch.setattr("wbtools.sources.local.kept_reads._UNSURE_NS", -(10**18))
    return KeptReads(KeptStore(tmp_path / "cache"))


@pytest.fixture
def entries(tmp_path, path, kept):
    kept.read_run_file(path, ["loss"])
    kept.metric_names(path)
    return sorted((tmp_path / "cache").iterdir())


def as_fresh(kept, path):
    return bits(kept.read_run_file(path, ["loss"])) == bits(read_run_file(path, ["loss"])) and (
        kept.metric_names(path) == metric_names(path)
    )


def test_every_flipped_bit_is_noticed(kept, path, entries):
    whole = [entry.read_bytes() for entry in entries]
    chance = random.Random(1)  # noqa: S311 - any places do
    assert len(entries) == 2
    for n in range(N_FLIPS):
        for entry, content in zip(entries, whole, strict=True):
            changed = bytearray(content)
            place = n if n < 60 else chance.randrange(len(content))
            changed[place] ^= 1 << chance.randrange(8)
            entry.write_bytes(changed)
            assert decoded_reading(entry.name, bytes(changed)) is None
            assert decoded_names(entry.name, bytes(changed)) is None
        assert as_fresh(kept, path)
        assert [entry.read_bytes() for entry in entries] == whole


@pytest.mark.parametrize("n_bytes", [0, 1, 14, 15, 47, 48, 51, 52, 200, -1])
def test_what_is_cut_or_too_long_is_read_anew(kept, path, entries, n_bytes):
    for entry in entries:
        content = entry.read_bytes()
        entry.write_bytes(content[:n_bytes])
        assert as_fresh(kept, path)
        entry.write_bytes(content + b"\0" * (n_bytes + 2))
        assert as_fresh(kept, path)


def test_every_flipped_byte_of_the_run_file_is_noticed(kept, path, entries, monkeypatch):
    monkeypatch.undo()
    assert entries
    whole = path.read_bytes()
    chance = random.Random(2)  # noqa: S311 - any places do
    for _ in range(N_FLIPS):
        changed = bytearray(whole)
        changed[chance.randrange(len(whole))] ^= 1 << chance.randrange(8)
        path.write_bytes(changed)
        assert as_fresh(kept, path)
        path.write_bytes(whole)
        assert as_fresh(kept, path)


def test_what_another_version_kept_is_not_used(kept, path, entries, monkeypatch):
    (rows, _) = sorted(entries, key=lambda entry: entry.stat().st_size, reverse=True)
    assert decoded_reading(rows.name, rows.read_bytes()) is not None
    monkeypatch.setattr(kept_entries, "__version__", "0.0.1")
    assert decoded_reading(rows.name, rows.read_bytes()) is None
    assert as_fresh(kept, path)


def test_what_was_kept_of_another_file_is_not_used(entries):
    (rows, _) = sorted(entries, key=lambda entry: entry.stat().st_size, reverse=True)
    assert decoded_reading("another name", rows.read_bytes()) is None


ODD_VALUES = [None, True, -1, 10**30, 1.5, "x", [], [[]], {}, {"x": []}, [None], ["x", "y", "z"]]
PARTS = [
    *("stamp", "is_sure", "n_bytes", "checksum", "settled", "damage", "n_rows", "first_step"),
    *("last_time_s", "facts", "summary", "metrics", "pieces", "version", "name", "counts"),
    *("facts.known", "facts.has_run", "facts.config", "facts.stats_at_s", "facts.sdk_version"),
    *("facts.known.run_id", "facts.known.exit_code", "facts.known.other", "summary.offsets"),
]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("value", ODD_VALUES, ids=json.dumps)
def test_what_a_stranger_wrote_is_no_error(kept, path, entries, part, value):
    """With a right checksum anything may stand there; what is no reading is read anew."""
    for entry in entries:
        content = entry.read_bytes()
        begin = len(kept_entries._MARK) + 32
        (n_bytes,) = struct.unpack_from("<I", content, begin)
        head = json.loads(content[begin + 4 : begin + 4 + n_bytes])
        holder = head
        *above, last = part.split(".")
        for name in above:
            holder = holder.get(name, {})
        holder[last] = value
        text = json.dumps(head).encode()
        rest = struct.pack("<I", len(text)) + text + content[begin + 4 + n_bytes :]
        checksum = kept_entries.hashlib.sha256(rest).digest()
        entry.write_bytes(kept_entries._MARK + checksum + rest)
    kept.read_run_file(path, ["loss"])
    kept.metric_names(path)
