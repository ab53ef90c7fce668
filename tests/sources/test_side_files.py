"""One reader a kind of side file, for local and for fetched runs: bounds, and odd content."""

import json

import pytest

from wbtools.sources.side_files import (
    DIFF,
    LARGEST_BYTES,
    LAUNCH_FILES,
    METADATA,
    REQUIREMENTS,
    launch_facts,
    parse_config,
    parse_metadata,
    parse_summary,
    read_side_file,
)


@pytest.mark.parametrize("name", LARGEST_BYTES)
def test_a_file_beyond_its_bound_is_as_good_as_none(tmp_path, name):
    most_bytes = LARGEST_BYTES[name]
    (tmp_path / name).write_bytes(b"x" * most_bytes)
    assert len(read_side_file(tmp_path, name)) == most_bytes
    (tmp_path / name).write_bytes(b"x" * (most_bytes + 1))
    assert read_side_file(tmp_path, name) == ""


def test_packages_and_changes_are_bounded_more_tightly_than_metadata():
    assert LARGEST_BYTES[DIFF] == LARGEST_BYTES[REQUIREMENTS] == 4 * 1024 * 1024
    assert set(LAUNCH_FILES) <= set(LARGEST_BYTES)


ODD = ["", "null", "[1]", "7", "{", "\0", "[" * 5000, '{"git": 3, "args": 5, "startedAt": "then"}']


@pytest.mark.parametrize("text", ODD)
def test_odd_content_says_nothing(text):
    metadata = parse_metadata(text)
    assert {getattr(metadata, name) for name in metadata.__slots__} == {None}
    files = {METADATA: text, REQUIREMENTS: "", DIFF: ""}
    assert launch_facts(files) == launch_facts({}) == {"requirements": ()}


@pytest.mark.parametrize("text", ["", "null", "[1]", "7", "\0", "[" * 5000])
def test_what_is_no_mapping_holds_nothing(text):
    assert parse_config(text) == parse_summary(text) == {}


def test_what_a_configuration_holds_is_without_wandbs_own():
    text = "wandb_version: 1\n_wandb: {value: {t: 1}}\nlr: {desc: null, value: {a: 1}}\nplain: 2\n"
    assert parse_config(text) == {"lr": {"a": 1}, "plain": 2}


def test_a_start_without_a_zone_is_utc():
    times = ["2024-01-01T00:00:00", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00.000000Z"]
    known = {parse_metadata(json.dumps({"startedAt": time})).started_at_s for time in times}
    assert known == {1704067200.0}
