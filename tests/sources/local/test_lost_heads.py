"""Run files whose beginning is lost do not vanish, and curves with lost rows do not look whole."""

import os

import pytest

from tests.sources.local.wandb_writer import (
    HEADER,
    framed,
    history,
    pb,
    run_record,
    serialized,
    simple_run,
    write_run,
)
from wbtools.findings import Severity
from wbtools.sources.local.run_file import read_head, read_run_file
from wbtools.sources.local.sweeps import find_sweeps, load

GOOD = framed(serialized(simple_run("zz", sweep_id="s1")))


def beside(tmp_path, data, run_id="zz"):
    path = write_run(tmp_path, [], run_id, "20240101_000009")
    path.write_bytes(data)
    return path


def lost(sweep):
    return [finding for finding in sweep.findings if finding.code == "WBT119"]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        pytest.param(HEADER, "header only", id="a header alone"),
        pytest.param(HEADER[:3], "header only", id="half a header"),
        pytest.param(b"", "empty", id="empty"),
        pytest.param(bytes(70_000), "damaged", id="zeros"),
        pytest.param(HEADER + bytes(70_000), "damaged", id="zeros after the header"),
        pytest.param(GOOD[:20] + b"\xff" + GOOD[21:], "damaged", id="first record flipped"),
        pytest.param(GOOD[:20], "without a run record", id="cut in the first record"),
    ],
)
def test_a_file_that_tells_nothing_is_said_to_lie_there(tmp_path, data, why):
    write_run(tmp_path, simple_run(sweep_id="s1"))
    write_run(tmp_path / "elsewhere", simple_run("e", sweep_id="s2"), "e")
    path = beside(tmp_path, data)
    sweeps = {sweep.sweep_id: sweep for sweep in find_sweeps(tmp_path)}
    assert [file.path for file in sweeps["s1"].unidentified] == [path]
    assert sweeps["s2"].unidentified == ()
    (finding,) = lost(load(sweeps["s1"], ["loss"]))
    assert finding.severity is Severity.WARNING
    assert finding.title.startswith("1 run file next to these does not say which sweep")
    assert finding.evidence == {"n_files": 1, "files": [path.name], "why": [why]}
    assert not lost(load(sweeps["s2"], ["loss"]))


def test_a_file_that_may_not_be_read_is_not_fatal(tmp_path, monkeypatch):
    write_run(tmp_path, simple_run(sweep_id="s1"))
    closed = beside(tmp_path, GOOD)
    opened = os.open

    def guarded(path, *arguments, **options):
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    monkeypatch.setattr(os, "open", guarded)
    (finding,) = lost(load(find_sweeps(tmp_path)[0], ["loss"]))
    assert finding.evidence["why"] == ["unreadable"]


def test_twenty_files_are_named_and_all_are_counted(tmp_path):
    write_run(tmp_path, simple_run(sweep_id="s1"))
    for n in range(25):
        beside(tmp_path, b"", f"z{n}")
    (finding,) = lost(load(find_sweeps(tmp_path)[0], []))
    assert finding.title.startswith("25 run files")
    assert (finding.evidence["n_files"], len(finding.evidence["files"])) == (25, 20)


def test_where_no_file_tells_anything_all_are_unidentified(tmp_path):
    beside(tmp_path, HEADER, "a")
    beside(tmp_path, b"", "b")
    (found,) = find_sweeps(tmp_path)
    assert found.sweep_id is None
    assert found.unidentified == found.files
    assert not lost(load(found, []))


def test_a_lost_head_is_told_by_the_agent_s_file_or_another_attempt(tmp_path):
    write_run(tmp_path, simple_run(sweep_id="s1"))
    write_run(tmp_path, [], stamp="20240101_090000")
    beside(tmp_path, HEADER)
    (tmp_path / "sweep-s1").mkdir()
    (tmp_path / "sweep-s1" / "config-zz.yaml").write_text("lr: {value: 0.5}\n")
    (found,) = find_sweeps(tmp_path)
    assert (found.sweep_id, len(found.files), found.n_runs) == ("s1", 3, 2)
    assert found.unidentified == ()
    assert {"lr": 0.5} in found.configs


def test_curves_are_complete_only_if_nothing_was_lost(tmp_path):
    path = write_run(tmp_path, simple_run(values=range(2000)))
    write_run(tmp_path, simple_run("other", start_s=1.6e9), "other")
    whole = path.read_bytes()
    (found,) = find_sweeps(tmp_path)
    assert load(found, ["loss"]).curves["loss"].complete
    path.write_bytes(whole[:-30])
    assert load(found, ["loss"]).curves["loss"].complete
    path.write_bytes(whole[:40_000] + b"\xff" + whole[40_001:])
    assert not load(found, ["loss"]).curves["loss"].complete
    path.write_bytes(framed([*serialized(simple_run()), b"\x12\x02\x0a\x7f"]))
    assert not load(found, ["loss"]).curves["loss"].complete


def test_the_configuration_is_known_from_the_heads(tmp_path):
    late = pb.Record(config=pb.ConfigRecord())
    late.config.update.add(key="b", value_json="2")
    after = pb.Record(config=pb.ConfigRecord())
    after.config.update.add(key="c", value_json="3")
    head = [run_record("r1", config={"a": 1}, sweep_id="s1"), late]
    write_run(tmp_path, [*head, history(0, {"loss": 1}), after], "r1")
    files = write_run(tmp_path, [run_record("r2", sweep_id="s1")], "r2").parent / "files"
    files.mkdir()
    (files / "config.yaml").write_text("a: {value: 7}\n")
    (found,) = find_sweeps(tmp_path)
    assert found.configs == ({"a": 1, "b": 2}, {"a": 7})
    assert load(found, []).runs[0].config == {"a": 1, "b": 2, "c": 3}


def test_only_the_beginning_of_a_file_is_read_for_its_head(tmp_path, monkeypatch):
    path = write_run(tmp_path, simple_run(values=range(20_000), sweep_id="s1"))
    sizes = []
    read = os.fdopen

    def counted(*arguments, **options):
        file = read(*arguments, **options)
        sizes.append(file)
        return file

    monkeypatch.setattr(os, "fdopen", counted)
    assert read_head(path).sweep_id == "s1"
    assert len(sizes) == 1
    assert path.stat().st_size > 1_000_000
    assert read_run_file(path).n_rows == 20_000


def test_summaries_are_left_out_where_nobody_asks(tmp_path):
    files = write_run(tmp_path, simple_run()).parent / "files"
    files.mkdir()
    (files / "wandb-summary.json").write_text('{"x": 1}')
    (found,) = find_sweeps(tmp_path)
    assert load(found, ["loss"]).runs[0].summary == {"loss": 1.0, "_step": 2}
    assert load(found, ["loss"], with_summary=False).runs[0].summary == {}
