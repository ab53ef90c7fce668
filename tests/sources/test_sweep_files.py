"""Sweep files of a project: which fit the runs, which do not and why."""

import time

import pytest

from wbtools.errors import DataError, UsageError
from wbtools.sources import sweep_files
from wbtools.sources.sweep_files import find_specs, read_spec
from wbtools.sweepfile.bounded_yaml import YamlError, load_yaml

FITS = "method: bayes\nmetric: {name: acc}\nparameters: {lr: {min: 0, max: 1}}\n"
RUNS = [{"lr": 0.5}, {}, {"lr": 0.25, "seed": 1}]
LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(15)
)


def reasons(found):
    return {path.name: reason for path, reason in found.rejected}


def test_the_files_that_fit_are_found_once(tmp_path):
    (tmp_path / "a" / "wandb").mkdir(parents=True)
    (tmp_path / "a" / "fits.yaml").write_text(FITS)
    (tmp_path / "a" / "again.yml").symlink_to(tmp_path / "a" / "fits.yaml")
    (tmp_path / "a" / "wandb" / "copy.yaml").write_text(FITS)
    (tmp_path / "other.yaml").write_text("parameters: 3")
    found = find_specs([tmp_path, tmp_path / "a"], RUNS)
    assert [spec.path.name for spec in found.matching] == ["again.yml"]
    assert found.rejected == []
    assert find_specs([tmp_path], RUNS, deepest=0).matching == []


def test_the_first_mismatch_is_told(tmp_path):
    (tmp_path / "a.yaml").write_text(FITS.replace("max: 1", "max: 0.3"))
    (tmp_path / "b.yaml").write_text(FITS.replace("lr", "wd"))
    (tmp_path / "c.yaml").write_text("parameters: {wd: {value: 1}}")
    rejections = reasons(find_specs([tmp_path], RUNS))
    assert set(rejections) == {"a.yaml", "b.yaml"}
    assert "lr is 0.5" in rejections["a.yaml"]
    assert "0.3" in rejections["a.yaml"]
    assert "wd" in rejections["b.yaml"]


def test_without_configurations_nothing_matches(tmp_path):
    (tmp_path / "a.yaml").write_text(FITS)
    found = find_specs([tmp_path], [{}])
    assert found.matching == []
    assert reasons(found) == {"a.yaml": "there is no configuration of a run to compare it with"}


BROKEN = {
    "unfinished": "a: [",
    "no UTF-8": b"a: \xff",
    "too large": "#" * 300_000,
    "too deep": "a: " + "[" * 100 + "]" * 100,
    "aliases of aliases": LAUGHS,
    "an alias to itself": "parameters: &a {x: {parameters: *a}}",
    "an anchor that is not there": "a: *b",
    "a number without end": "a: 1" + "0" * 5000,
    "a hexadecimal number without end": "a: 0x" + "f" * 5000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_file_is_told_only_if_it_is_called_a_sweep(tmp_path, text):
    for name in ("my_Sweep.yaml", "other.yaml"):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    begun = time.perf_counter()
    rejections = reasons(find_specs([tmp_path], RUNS))
    assert time.perf_counter() - begun < 5
    assert set(rejections) == {"my_Sweep.yaml"}
    assert rejections["my_Sweep.yaml"].startswith("cannot be read: ")
    assert len(rejections["my_Sweep.yaml"]) <= 200
    with pytest.raises(DataError) as caught:
        read_spec(tmp_path / "my_Sweep.yaml")
    assert caught.value.hint


def test_aliases_that_stand_for_little_are_fine(tmp_path):
    text = "x: &range {min: 0, max: 1}\n" + FITS.replace("{min: 0, max: 1}", "*range")
    (tmp_path / "a.yaml").write_text(text)
    assert len(find_specs([tmp_path], RUNS).matching) == 1
    assert read_spec(tmp_path / "a.yaml").spec.metric.name == "acc"


def test_aliases_are_counted_as_what_they_stand_for():
    assert load_yaml("a: &a [1, 2]\nb: *a\n", most_nodes=20, deepest=2) == {
        "a": [1, 2],
        "b": [1, 2],
    }
    with pytest.raises(YamlError, match="larger or deeper"):
        load_yaml("a: &a [1, 2]\nb: *a\n", most_nodes=20, deepest=1)
    with pytest.raises(YamlError, match="larger or deeper"):
        load_yaml("a: &a [1, 2]\nb: [[*a]]\n", most_nodes=20, deepest=3)
    with pytest.raises(YamlError, match="larger or deeper"):
        load_yaml("a: &a [1, 2, 3, 4]\nb: [*a, *a, *a]\n", most_nodes=20, deepest=9)


def test_values_beyond_all_bounds_are_a_reason_and_no_error(tmp_path):
    (tmp_path / "a.yaml").write_text(FITS)
    assert "a.yaml" in reasons(find_specs([tmp_path], [{"lr": 10**400}]))


def test_a_search_has_an_end(tmp_path, monkeypatch):
    for n in range(3):
        (tmp_path / f"{n}.yaml").write_text(FITS)
    monkeypatch.setattr(sweep_files, "_MOST_FILES", 2)
    found = find_specs([tmp_path], RUNS)
    assert len(found.matching) == 2


def test_a_named_file_that_is_absent_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        read_spec(tmp_path / "no.yaml")
