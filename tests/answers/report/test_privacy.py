"""A page that is passed on names no machine, nobody's home, no address and no secret."""

import pytest

import wbtools as wb
from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    history,
    run_record,
    summary,
    write_run,
)
from wbtools.answers.report.privacy import redaction
from wbtools.answers.report.report import Refusal

HOST = "gpu-box-17.lab.example"
PRIVATE = ["gpu-box-17", "mallory", "hunter2", "0123456789abcdef"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("read from /home/mallory/sweeps/wandb", "read from ~/sweeps/wandb"),
        ("/Users/mallory", "~"),
        ("'/home/mallory/my dir/x'", "'~/my dir/x'"),
        (r"C:\Users\mallory\data", r"~\data"),
        ("/root/x and /rooted", "~/x and /rooted"),
        ("see https://wandb.ai/home/mallory", "see https://wandb.ai/home/mallory"),
        ("by mallory@lab.example.org.", "by an e-mail address."),
        ("ran on gpu-box-17", "ran on host-1"),
        (f"ran on {HOST.upper()}, alone", "ran on host-2, alone"),
        ("gpu-box-170 is another", "gpu-box-170 is another"),
        ("python train.py --api-key abc123", "python train.py --api-key ***"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_private_words_leave(text, shown):
    assert redaction([HOST, None])(text) == shown


def test_with_hosts_only_secrets_leave():
    clean = redaction([HOST], include_host=True)
    assert clean(f"{HOST} /home/mallory --token=abc") == f"{HOST} /home/mallory --token=***"


@pytest.mark.parametrize("host", ["", "12", "7", "demo"])
def test_a_host_called_like_other_words_changes_none(host):
    assert redaction([host], but=["demo"])("run 12 of 7: demo, ab") == "run 12 of 7: demo, ab"


@pytest.fixture(scope="module")
def private(tmp_path_factory):
    folder = tmp_path_factory.mktemp("private")
    for k in range(12):
        config = {
            "lr": k / 100,
            "data": f"/home/mallory/data/{k}",
            "mail": f"mallory@lab{k}.example.org",
            "api_key": f"0123456789abcdef{k}",
            "db": f"postgres://bob:hunter2{k}@db.example.org/x",
            "node": f"gpu-box-17/{k}",
        }
        records = [
            run_record(
                f"run{k:03d}",
                start_s=START_S + 60 * k,
                config=config,
                sweep_id="sweep123",
                display_name=f"/home/mallory/run-{k}",
                host=HOST,
            )
        ]
        n = 9 if k % 3 else 3
        records += [
            history(step, {"loss": 1 / (step + k / 10 + 1)}, time_s=START_S + 60 * k + step)
            for step in range(n)
        ]
        records += [summary({"loss": 0.1}), exit_record(0 if n == 9 else 1)]
        write_run(folder, records, f"run{k:03d}", f"20240101_{k:06d}")
    return folder


@pytest.fixture
def words(private):
    return {
        "sweeps": (str(private),),
        "keywords": {"metric": "loss:min", "early_terminate": "hyperband(min_iter=3,eta=3)"},
    }


def test_nothing_private_is_on_the_page(words):
    report = wb.report(*words["sweeps"], **words["keywords"])
    for text in (report.to_html(), report.to_markdown()):
        assert [word for word in PRIVATE if word in text] == []
        assert "~/run-" in text
        assert "lab1.example" not in text


def test_hosts_and_homes_stay_where_they_are_asked_for(words):
    report = wb.report(*words["sweeps"], **words["keywords"], include_host=True)
    page = report.to_html()
    assert "/home/mallory/run-1" in page
    assert "mallory@lab1.example.org" in page
    assert "hunter2" not in page
    assert "0123456789abcdef" not in page


def test_the_ids_of_a_table_are_other_peoples_text_too(tmp_path):
    table = tmp_path / "runs.csv"
    ids = [f"/home/mallory/run-{k}" for k in range(4)]
    ids += [f"mallory@lab{k}.example.org" for k in range(4)]
    rows = [f"{run_id},{k / 100},finished,{1 / (k + 1)}" for k, run_id in enumerate(ids)]
    table.write_text("\n".join(["ID,lr,state,loss", *rows]) + "\n")
    report = wb.report(table, metric="loss:min")
    assert [row.run.id for row in report.audit.rows] == ids
    for text in (report.to_html(), report.to_markdown()):
        assert "mallory" not in text
        assert "lab1.example" not in text
        assert "~/run-1" in text


def test_machines_are_known_where_the_audit_was_refused(tmp_path):
    for k in range(16):
        host = "badbox-7.lab.example" if k % 2 else "okbox"
        start_s = START_S + 60 * k
        records = [
            run_record(f"run{k:03d}", start_s=start_s, config={"lr": k}, sweep_id="s", host=host),
            history(0, {"loss": float("nan")}, time_s=start_s + 1),
            exit_record(k % 2),
        ]
        write_run(tmp_path, records, f"run{k:03d}", f"20240101_{k:06d}")
    report = wb.report(str(tmp_path), metric="loss:min")
    assert isinstance(report.audit, Refusal)
    assert any("badbox-7" in finding.title for finding in report.doctor.findings)
    for text in (report.to_html(), report.to_markdown()):
        assert "badbox-7" not in text
        assert "on the host host-" in text
