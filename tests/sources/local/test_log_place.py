"""Going on in a file that has grown comes to what one reading of the longer file comes to."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.local.test_readers_agree import METRICS, records
from tests.sources.local.wandb_writer import framed, serialized
from wbtools.sources.local.kept_entries import KeptFile, decoded_reading, encoded_reading
from wbtools.sources.local.leveldb_log import LogPlace, payloads
from wbtools.sources.local.run_reading import RunReading

lengths = st.one_of(st.integers(0, 200), st.integers(32_000, 33_000), st.integers(0, 90_000))
shares = st.lists(st.floats(0, 1), max_size=5)
flips = st.lists(st.tuples(st.floats(0, 1), st.integers(1, 255)), max_size=5)
BLOCK = 32_768


def cuts(data, parts):
    """Where the file ended at each look; the ends of blocks are the places where much happens."""
    ends = [round(part * len(data)) for part in parts]
    near = [end // BLOCK * BLOCK + shift for end in ends for shift in (-8, -3, 0, 5)]
    return sorted({*(end for end in (*ends, *near) if 0 <= end <= len(data)), len(data)})


def damaged(data, places):
    changed = bytearray(data)
    for place, mask in places:
        changed[min(len(data) - 1, int(place * len(data)))] ^= mask
    return bytes(changed)


@settings(deadline=None, max_examples=200)
@given(st.lists(lengths, max_size=8), shares, flips)
def test_the_records_and_the_damage_of_a_growing_file_are_those_of_the_whole(sizes, parts, places):
    data = damaged(framed([bytes([n]) * size for n, size in enumerate(sizes)]), places)
    place, found = LogPlace(), []
    for end in cuts(data, parts):
        damage = list(place.damage)
        found += payloads(data[:end], damage, place)
        at_once = []
        assert found == list(payloads(data[:end], at_once))
        assert damage == at_once


@settings(deadline=None, max_examples=100)
@given(st.lists(records, max_size=12), shares, flips, st.booleans())
def test_a_reading_that_is_kept_goes_on_as_if_it_had_not_been(some, parts, places, with_summary):
    data = damaged(framed(serialized(some)), places)
    reading = RunReading(METRICS, with_summary=with_summary)
    for end in cuts(data, parts):
        reading.take(data[:end])
        at_once = RunReading(METRICS, with_summary=with_summary)
        at_once.take(data[:end])
        if reading.is_doubtful or not reading.place.position:
            reading = at_once
            continue
        reading = through_the_cache(reading)
        assert said(reading, with_summary=with_summary) == said(at_once, with_summary=with_summary)


def through_the_cache(reading):
    file = KeptFile(
        stamp=(1, 2, 3, 4, 5), is_sure=True, n_bytes=reading.place.position, checksum=b"sum"
    )
    content = encoded_reading("a name", file, reading)
    again = decoded_reading("a name", content)
    assert again is not None
    assert again[0] == file
    for metric, rows in reading.rows.items():
        assert again[1].rows[metric].finder.is_nested == rows.finder.is_nested
    return again[1]


def said(reading, *, with_summary):
    answer = reading.answer(METRICS, with_summary=with_summary, name="run-x")
    series = [
        (rows.values.tobytes(), rows.steps.tobytes(), rows.times_s.tobytes())
        for rows in answer.series.values()
    ]
    facts = {
        name: getattr(answer, name)
        for name in type(answer).__dataclass_fields__
        if name != "series"
    }
    return repr(facts), series
