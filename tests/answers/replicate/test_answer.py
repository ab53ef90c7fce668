"""The answer of `replicate`: its page as goldens, and every form of it."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.answers.forms import HOSTILE, check_all_forms, check_widths
from wbtools.app.opening.question import AuditOptions
from wbtools.app.opening.session import Session
from wbtools.app.replica_scripts import Target
from wbtools.app.replicate import ReplicateOptions, replicate
from wbtools.app.replicate_answer import replicate_answer
from wbtools.model import Goal
from wbtools.replication.changes import Changes
from wbtools.replication.styles import Style

TESTS = Path(__file__).parents[2]
OCR = TESTS / "data" / "seeds" / "ocr_v5inrfwe_runs.csv"
SECRETS = {"api_key": "hunter2", "seed": 7}


def answer_of(reference, options, audit_options=None, folder=None, **more):
    with Session(archive=folder) as session:
        replicated = replicate(str(reference), options, audit_options, session)
        return replicate_answer(replicated, options.target, **more)


@pytest.fixture
def seeds(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ReplicateOptions(
        runs=("8",),
        changes=Changes(seeds=(42, 123), seed_key="seed", force_set=True),
        success=("0.966",),
        acceptable=("0.965",),
        fallback="3",
        program="train.py",
        style=Style.HYDRA,
    )
    judged = AuditOptions(metric="val/hmean", goal=Goal.MAXIMIZE)
    return answer_of(OCR, options, judged, tmp_path)


@pytest.fixture
def several(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return answer_of("demo", ReplicateOptions(runs=("16", "3")), None, tmp_path)


def test_the_page(golden, seeds):
    golden("replicate-seeds.txt", seeds.to_text())
    golden("replicate-seeds.md", seeds._repr_markdown_())
    check_all_forms(seeds)
    check_widths(seeds, 20, 40, 80, 160)


def test_several_runs_say_what_each_has_to_reach(several):
    check_all_forms(several)
    text = several.to_text()
    assert "2 runs of t3xtur35 again: 2 replicas" in text
    assert "run 16: val/acc" in text
    assert several.cost_h == pytest.approx(sum(run.plan.cost_h for run in several.runs))


def test_hostile_names_and_values_run_nothing(seeds):
    (run,), replicas = seeds.runs, seeds.replicas
    hostile = replace(
        seeds,
        runs=(replace(run, failure=HOSTILE, audit=replace(run.audit, run=replicas[0].run)),),
        replicas=(
            replace(
                replicas[0],
                run=replace(replicas[0].run, id=HOSTILE, name=HOSTILE),
                name="=cmd()",
                changed={HOSTILE: HOSTILE},
                command=(HOSTILE, "=cmd()"),
            ),
        ),
        notes=(HOSTILE,),
    )
    check_all_forms(hostile)
    assert "'=cmd()" in hostile.to_csv()


def test_secrets_are_named_and_not_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes = Changes(values=SECRETS, force_set=True)
    options = ReplicateOptions(runs=("8",), changes=changes, program="t.py", style=Style.HYDRA)
    judged = AuditOptions(metric="val/hmean", goal=Goal.MAXIMIZE)
    (replica,) = answer_of(OCR, options, judged, tmp_path).replicas
    assert replica.changed == {"api_key": "***", "seed": 7}
    assert replica.variables == ("SECRET_API_KEY",)
    assert "api_key=$SECRET_API_KEY" in replica.command
    (shown,) = answer_of(OCR, options, judged, tmp_path, show_secrets=True).replicas
    assert shown.changed == SECRETS
    assert shown.command == replica.command


def test_of_plain_yaml_the_configuration_takes_the_commands_place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    options = ReplicateOptions(runs=("16",), target=Target.YAML)
    answer = answer_of("demo", options, None, tmp_path)
    (replica,) = answer.replicas
    assert replica.command == ()
    assert replica.config["lr"] == 0.16409557101954536
    check_all_forms(answer)
