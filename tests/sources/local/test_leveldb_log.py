"""Framing: what is whole is read, what is damaged costs little, nothing raises."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.sources.local.wandb_writer import BLOCK, HEADER, fragment, framed
from wbtools.sources.local.leveldb_log import Damage, DamageKind, payloads

SMALL = [n.to_bytes(2, "big") * 250 for n in range(200)]


def read(data: bytes) -> tuple[list[bytes], list[Damage]]:
    damage: list[Damage] = []
    return [content for _, content in payloads(data, damage)], damage


def kinds(damage: list[Damage]) -> list[DamageKind]:
    return [place.kind for place in damage]


@pytest.mark.parametrize(
    "payload_sizes",
    [
        pytest.param([], id="no record at all"),
        pytest.param([0, 0, 1], id="empty records"),
        pytest.param([BLOCK - 14], id="a record that fills the first block exactly"),
        pytest.param([BLOCK - 14 - 7, 5], id="a block's end with room for a bare fragment header"),
        *(
            pytest.param([BLOCK - 14 - left, 5], id=f"{left} bytes left are padding")
            for left in range(1, 7)
        ),
        pytest.param([100_000, 3, 70_000], id="records over several blocks"),
    ],
)
def test_what_is_written_is_read(payload_sizes):
    written = [bytes([n % 256]) * size for n, size in enumerate(payload_sizes)]
    assert read(framed(written)) == (written, [])


@pytest.mark.parametrize(
    ("data", "kind", "n_bytes"),
    [
        pytest.param(b"", DamageKind.EMPTY, 0, id="an empty file"),
        pytest.param(HEADER[:3], DamageKind.CUT, 3, id="a file cut inside its header"),
        pytest.param(b"\0" * 7, DamageKind.NOT_A_RUN_FILE, 7, id="seven zeros"),
        pytest.param(HEADER + b"\0" * 100_000, DamageKind.ZEROS, 100_000, id="zeros to the end"),
        pytest.param(HEADER + b"abc", DamageKind.CUT, 3, id="a file cut inside a fragment header"),
        pytest.param(
            HEADER + fragment(1, b"abc")[:-1], DamageKind.CUT, 9, id="a file cut inside a record"
        ),
        pytest.param(
            HEADER + fragment(2, b"abc"), DamageKind.CUT, 10, id="a file cut between fragments"
        ),
        pytest.param(
            HEADER + fragment(3, b"abc"), DamageKind.ORPHAN, 10, id="a middle without a first"
        ),
        pytest.param(
            HEADER + fragment(4, b"abc"), DamageKind.ORPHAN, 10, id="a last without a first"
        ),
        pytest.param(HEADER + fragment(9, b"abc"), DamageKind.TYPE, 10, id="an unknown type"),
        pytest.param(
            HEADER + b"\1\2\3\4\xff\xff\1" + bytes(BLOCK - 14),
            DamageKind.LENGTH,
            BLOCK - 7,
            id="a record longer than its block",
        ),
    ],
)
def test_a_file_without_one_whole_record_is_one_place_of_damage(data, kind, n_bytes):
    records, damage = read(data)
    assert records == []
    assert [(place.kind, place.n_bytes) for place in damage] == [(kind, n_bytes)]


def test_a_header_alone_is_no_damage():
    assert read(HEADER) == ([], [])


def test_a_wrong_file_header_does_not_hide_the_records():
    records, damage = read(framed(SMALL, header=b"garbage"))
    assert records == SMALL
    assert kinds(damage) == [DamageKind.NOT_A_RUN_FILE]


def test_one_flipped_byte_costs_no_more_than_its_block():
    data = bytearray(framed(SMALL))
    data[BLOCK + 5_000] ^= 1
    records, damage = read(bytes(data))
    assert kinds(damage) == [DamageKind.CHECKSUM]
    assert records == [record for record in SMALL if record in records]
    assert len(records) > len(SMALL) - BLOCK // 500


def test_a_record_that_runs_on_after_damage_is_lost_and_the_next_one_is_not():
    data = bytearray(framed([b"a" * 100, b"b" * 50_000, b"c" * 100]))
    data[7 + 50] ^= 1
    records, damage = read(bytes(data))
    assert records == [b"c" * 100]
    assert kinds(damage) == [DamageKind.CHECKSUM]


def test_damage_in_the_middle_of_a_long_record_does_not_join_its_ends():
    data = bytearray(framed([b"a" * 90_000, b"b"]))
    data[BLOCK + 100] ^= 1
    records, damage = read(bytes(data))
    assert records == [b"b"]
    assert kinds(damage) == [DamageKind.CHECKSUM]


def test_a_first_that_is_followed_by_a_full_record_is_an_orphan():
    records, damage = read(HEADER + fragment(2, b"lost") + fragment(1, b"kept"))
    assert records == [b"kept"]
    assert kinds(damage) == [DamageKind.ORPHAN]


def test_random_bytes_give_one_place_of_damage_and_no_record():
    data = random.Random(0).randbytes(300_000)  # noqa: S311 - no secret
    records, damage = read(data)
    assert records == []
    assert len(damage) == 1


@settings(deadline=None)
@given(st.lists(st.integers(0, 70_000), max_size=8), st.data())
def test_a_cut_file_gives_a_beginning_of_its_records(sizes, data):
    written = [bytes([n]) * size for n, size in enumerate(sizes)]
    whole = framed(written)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    records, _ = read(cut)
    assert records == written[: len(records)]


@given(st.binary(max_size=300))
def test_no_bytes_raise(data):
    read(data)
    read(HEADER + data)
