"""What is kept of run files gives what a fresh reading gives, to the last bit, whatever happens."""

import os
import shutil
import tempfile
import time
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.sources.local.test_readers_agree import records
from tests.sources.local.wandb_writer import framed, history, serialized, simple_run
from wbtools.sources.local import kept_reads
from wbtools.sources.local.kept_entries import decoded_reading
from wbtools.sources.local.kept_reads import KeptReads
from wbtools.sources.local.kept_store import KeptStore
from wbtools.sources.local.run_file import metric_names, read_run_file
from wbtools.sources.local.run_reading import RunReading

METRICS = ["loss", "a.loss", "a.b.loss", "é", "_step", "a", "never"]
TICK_S = 0.02  # longer than that of any file system's clock here
ROW = history(3, {"a": 1.0}).history.SerializeToString()
# An item `loss` whose value is longer than the row: no row for who looks for it, for others a row.
ODD_ROW = ROW + b"\x0a\x0a\x12\x04loss\x82\x01\x7f1"
BROKEN = [b"\x12\x7f\x01", b"\xff" * 40, b"\x12" + bytes([len(ODD_ROW)]) + ODD_ROW]

some_records = st.builds(
    lambda some, more: [*some, *more],
    st.sampled_from([[], simple_run(values=[1.0, 0.5, -0.0]), simple_run(values=[7.0], code=None)]),
    st.lists(records, max_size=4),
)
shares = st.one_of(st.just(1.0), st.floats(0, 1))
looks = st.fixed_dictionaries(
    {
        "metrics": st.lists(st.sampled_from(METRICS), max_size=3),
        "with_summary": st.booleans(),
        "waits": st.booleans(),
    }
)


def bits(run):
    """All that a reading says, so that equal texts are equal to the last bit."""
    facts = {field.name: getattr(run, field.name) for field in fields(run)}
    series = {
        name: (rows.values.tobytes(), rows.steps.tobytes(), rows.times_s.tobytes())
        for name, rows in facts.pop("series").items()
    }
    return repr(facts), series


def assert_same(kept, path, metrics, *, with_summary):
    answer = kept.read_run_file(path, metrics, with_summary=with_summary)
    assert bits(answer) == bits(read_run_file(path, metrics, with_summary=with_summary))


class ReadingsOfAFile(RuleBasedStateMachine):
    """A file that grows, shrinks, is replaced, rewritten and deleted, and is read in between."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "run-abc12345.wandb"
        self.kept = KeptReads(KeptStore(self.folder / "cache"))
        self.rest = b""
        self.tick, kept_reads._UNSURE_NS = kept_reads._UNSURE_NS, int(TICK_S * 1e9)

    def teardown(self):
        kept_reads._UNSURE_NS = self.tick
        shutil.rmtree(self.folder)

    @property
    def content(self):
        return self.path.read_bytes() if self.path.exists() else b""

    def write(self, payloads, share):
        """Write what is left of the log, and a part of what is new; the rest comes later."""
        before = self.content
        begun = before + self.rest
        rest = framed(payloads, begun)[len(before) :] if begun else framed(payloads)
        n_bytes = round(len(rest) * share)
        with self.path.open("ab") as file:
            file.write(rest[:n_bytes])
        self.rest = rest[n_bytes:]

    def look(self, metrics, *, with_summary, waits):
        """Read, and again once the file is old enough that its stamp alone is believed."""
        assert_same(self.kept, self.path, metrics, with_summary=with_summary)
        if waits:
            time.sleep(TICK_S * 1.5)
            assert_same(self.kept, self.path, metrics, with_summary=with_summary)

    @initialize(some=some_records, is_sound=st.booleans(), looks=looks)
    def begin(self, some, is_sound, looks):
        self.is_sound = is_sound
        self.write(serialized(some), 1.0)
        self.look(**looks)

    @rule(some=some_records, share=shares, looks=looks)
    def append(self, some, share, looks):
        self.write(serialized(some), share)
        self.look(**looks)

    @rule(n_bytes=st.integers(1, 60_000), share=shares, looks=looks)
    def append_a_long_record(self, n_bytes, share, looks):
        self.write(serialized([history(7, {"loss": 1.5, "text": "x" * n_bytes})]), share)
        self.look(**looks)

    @precondition(lambda self: not self.is_sound)
    @rule(payload=st.sampled_from(BROKEN), looks=looks)
    def append_what_is_no_message(self, payload, looks):
        self.write([payload], 1.0)
        self.look(**looks)

    @rule(noise=st.binary(min_size=1, max_size=30), looks=looks)
    def append_noise(self, noise, looks):
        with self.path.open("ab") as file:
            file.write(noise)
        self.rest = b""
        self.look(**looks)

    @rule(share=st.floats(0, 1), looks=looks)
    def truncate(self, share, looks):
        self.path.touch()
        os.truncate(self.path, round(len(self.content) * share))
        self.rest = b""
        self.look(**looks)

    @rule(some=some_records, is_copy=st.booleans(), looks=looks)
    def replace(self, some, is_copy, looks):
        """Another file of this name; as a copy with the time and, as far as may be, the size."""
        before = self.content
        other = self.folder / "other"
        data = framed(serialized(some))
        other.write_bytes(data.ljust(len(before), b"\0") if is_copy else data)
        if is_copy and self.path.exists():
            status = self.path.stat()
            os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
        other.replace(self.path)
        self.rest = b""
        self.look(**looks)

    @precondition(lambda self: self.content)
    @rule(place=st.floats(0, 1), mask=st.integers(1, 255), keeps_time=st.booleans(), looks=looks)
    def flip_a_byte(self, place, mask, keeps_time, looks):
        data = bytearray(self.content)
        data[min(len(data) - 1, int(place * len(data)))] ^= mask
        status = self.path.stat()
        with self.path.open("r+b") as file:
            file.write(data)
        if keeps_time:
            os.utime(self.path, ns=(status.st_atime_ns, status.st_mtime_ns))
        self.look(**looks)

    @rule(looks=looks)
    def delete(self, looks):
        self.path.unlink(missing_ok=True)
        self.rest = b""
        self.look(**looks)

    @rule(looks=looks)
    def damage_what_is_kept(self, looks):
        for file in (self.folder / "cache").iterdir() if self.content else ():
            file.write_bytes(file.read_bytes()[:-1])
        self.look(**looks)

    @rule(looks=looks)
    def ask_for_other_metrics(self, looks):
        self.look(**looks)

    @rule()
    def ask_for_names(self):
        names = self.kept.metric_names(self.path)
        assert list(names.items()) == list(metric_names(self.path).items())


ReadingsOfAFile.TestCase.settings = settings(
    max_examples=12,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_any_interleaving_gives_what_a_fresh_reading_gives = pytest.mark.slow(ReadingsOfAFile.TestCase)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "run-abc12345.wandb"
    path.write_bytes(framed(serialized(simple_run(values=[0.25, 0.5, 0.75]))))
    return path


@pytest.fixture
def kept(tmp_path):
    return KeptReads(KeptStore(tmp_path / "cache"))


@pytest.fixture
def n_bytes_read(monkeypatch):
    """How much was taken apart of each file."""
    found = []
    take = RunReading.take

    def counting(reading, data):
        found.append(len(data) - reading.place.position)
        take(reading, data)

    monkeypatch.setattr(RunReading, "take", counting)
    return found


def test_a_change_within_one_tick_of_the_clock_is_noticed(kept, path, monkeypatch):
    """The worst case: no part of the stamp tells, and the file was just written."""
    monkeypatch.setattr(kept_reads, "_stamp_of", lambda _file: ((1, 2, 3, 4, 5), False))
    assert_same(kept, path, ["loss"], with_summary=True)
    path.write_bytes(path.read_bytes().replace(b"0.25", b"0.26"))
    assert_same(kept, path, ["loss"], with_summary=True)


@pytest.mark.parametrize(("age_s", "is_sure"), [(0, False), (1.9, False), (2.1, True), (-9, False)])
def test_a_stamp_is_believed_two_seconds_after_the_last_change(path, monkeypatch, age_s, is_sure):
    status = path.stat()
    now_ns = max(status.st_mtime_ns, status.st_ctime_ns) + int(age_s * 1e9)
    monkeypatch.setattr(kept_reads.time, "time_ns", lambda: now_ns)
    with path.open("rb") as file:
        assert kept_reads._stamp_of(file)[1] is is_sure


def test_only_what_is_new_is_taken_apart(kept, path, n_bytes_read, monkeypatch):
    monkeypatch.setattr(kept_reads, "_UNSURE_NS", -(10**18))
    kept.read_run_file(path, ["loss"], with_summary=True)
    size = path.stat().st_size
    kept.read_run_file(path, ["loss"])
    kept.read_run_file(path, [], with_summary=False)
    assert n_bytes_read == [size]
    more = framed(serialized([history(3, {"loss": 1.0})]), path.read_bytes())
    path.write_bytes(more)
    kept.read_run_file(path, ["loss"])
    assert n_bytes_read == [size, len(more) - size]
    kept.read_run_file(path, ["loss", "other"])
    assert n_bytes_read == [size, len(more) - size, 0, len(more)]


def test_a_file_that_was_cut_and_written_on_is_read_anew(kept, path):
    """It has the same last record in the same place, and another one before."""
    path.write_bytes(framed(serialized(simple_run(values=[0.25, 0.5, 0.75], code=None))))
    assert_same(kept, path, ["loss"], with_summary=False)
    path.write_bytes(framed(serialized(simple_run(values=[0.25, 0.6, 0.75]))))
    assert_same(kept, path, ["loss"], with_summary=False)


def test_a_nested_metric_is_expected_again(kept, path):
    """An odd row may pass where a nested name is searched for first, and not where it is not."""
    path.write_bytes(framed(serialized([history(1, {("a", "loss"): 1.0})])))
    kept.read_run_file(path, ["a.loss"])
    (entry,) = (path.parent / "cache").iterdir()
    _, reading = decoded_reading(entry.name, entry.read_bytes())
    assert reading.rows["a.loss"].finder.is_nested


def test_a_file_that_is_gone_is_forgotten(kept, path):
    kept.read_run_file(path, ["loss"])
    kept.metric_names(path)
    path.unlink()
    kept.metric_names(path)
    assert_same(kept, path, ["loss"], with_summary=True)
    assert list((path.parent / "cache").iterdir()) == []


def test_nothing_that_is_kept_shows_the_names_of_runs(kept, path):
    kept.read_run_file(path, ["loss"])
    (entry,) = (path.parent / "cache").iterdir()
    assert len(entry.name) == 40
    assert set(entry.name) <= set("0123456789abcdef")
