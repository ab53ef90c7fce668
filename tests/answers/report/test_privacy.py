"""A page that is passed on names no machine, nobody's home, no address and no secret."""

from dataclasses import replace
from pathlib import Path

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
from wbtools.answers.report.private_paths import Whereabouts, last_parts, pasteable
from wbtools.answers.report.report import Refusal

HOST = "gpu-box-17.lab.example"
ROOTS_HOME = Path("/", "root")
PRIVATE = ["gpu-box-17", "mallory", "hunter2", "0123456789abcdef"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("read from /home/mallory/sweeps/wandb", "read from ~/sweeps/wandb"),
        ("/Users/mallory", "~"),
        ("it lies in /home/mallory.", "it lies in ~."),
        ("(in /home/mallory/x)", "(in ~/x)"),
        ("/cluster/home/mallory/x, too", "~/x, too"),
        ("/data/users/mallory/x", "~/x"),
        ("/home2/mallory/x", "~/x"),
        ("/mnt/c/Users/mallory/x", "~/x"),
        ("c:/users/mallory/x", "~/x"),
        ("./home/mallory/x", "~/x"),
        ("/Users/John Doe/x and val/acc", "~/x and val/acc"),
        ("/Users/mallory and val/acc", "~ and val/acc"),
        ("~val/acc", "~val/acc"),
        ("/Volumes/Mac Disk/Users/mallory/x", "~/x"),
        ("../../../home/mallory/x", "~/x"),
        ("PATH=/opt/bin:/home/mallory/bin", "PATH=/opt/bin:~/bin"),
        ("/home/mallory", "~"),
        ("/u/mallory/x and /mnt/u/x", "~/x and /mnt/u/x"),
        ("/Users/Shared/x", "/Users/Shared/x"),
        ("file:///home/mallory/x%20y", "~/x%20y"),
        ("file://box/srv/users/mallory/x", "~/x"),
        ("file://box/srv/x", "file://…/srv/x"),
        ("sftp://box/home/mallory/x", "~/x"),
        (r"\\box\Users\mallory\x", r"~\x"),
        (r"\\box\share\x", r"\\…\share\x"),
        ("//box/home/mallory/x //cdn.example/x", "~/x //cdn.example/x"),
        (r"C:\Users\Mallory Smith\data and more", r"~\data and more"),
        (r"'D:\Users\Mallory Smith'", "'~'"),
        ("'/bin/sh -c /home/mallory/x'", "'/bin/sh -c ~/x'"),
        ("'/home/mallory smith/x'", "'~/x'"),
        ("s3://bucket/users/mallory/x", "s3://bucket/users/mallory/x"),
        ("val/users/acc, ~val/home/x", "val/users/acc, ~val/home/x"),
        ("mallory@gpu-box-17:/home/mallory/x", "an e-mail address:~/x"),
        ("'/home/mallory/my dir/x'", "'~/my dir/x'"),
        (r"C:\Users\mallory\data", r"~\data"),
        (f"{ROOTS_HOME}/x and {ROOTS_HOME}ed", "~/x and /rooted"),
        ("see https://wandb.ai/home/mallory", "see https://wandb.ai/home/mallory"),
        ("by mallory@lab.example.org.", "by an e-mail address."),
        ("mallory%40lab.example.org", "an e-mail address"),
        ('"m s"@lab.example.org', "an e-mail address"),
        ("recall@10 and map@k", "recall@10 and map@k"),
        ("mallory@login1:/data/x", "an e-mail address:/data/x"),
        ("ssh://mallory@login1/x", "ssh://…/x"),
        ("x mallory@lab…", "x …"),
        ("recall@1…", "recall@1…"),
        ("node.gpu-bo…", "node.…"),
        ("url=http://gpu-b…", "url=http://…"),
        ("url=http://gpt-b…", "url=http://gpt-b…"),
        ("/home/mall…", "~"),
        ("gpu-box-17_log, gpu-box-17-log", "host-1_log, host-1-log"),
        ("node.gpu-box-17.lab.example", "host-1"),
        ("other.lab.example", "a host"),
        ("mallory@gpu-box-17", "host-1"),
        ("ran on gpu-box-17", "ran on host-1"),
        (f"ran on {HOST.upper()}, alone", "ran on host-1, alone"),
        ("gpu-box-170 is another", "gpu-box-170 is another"),
        ("python train.py --api-key abc123", "python train.py --api-key ***"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_private_words_leave(text, shown):
    assert redaction([HOST, None])(text) == shown


MALLORY = Whereabouts(user="Mallory", home="/srv/people/m", here="/data/vision")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/scratch/mallory/x", "/scratch/$USER/x"),
        ("/scratch/mallory", "/scratch/$USER"),
        ("/scratch/trudy/x and /scratch/other/x", "/scratch/…/x and /scratch/other/x"),
        (r"C:\work\trudy\x", r"C:\work\…\x"),
        ("file:///scratch/mallory/x", "file:///scratch/$USER/x"),
        ("trudy/vision/abc123, loss/mallory", "trudy/vision/abc123, loss/mallory"),
        ("https://wandb.ai/trudy/vision", "https://wandb.ai/trudy/vision"),
        ("/srv/people/m/x, /srv/people/mm", "~/x, /srv/people/mm"),
        ("wbtools rank /data/vision/wandb", "wbtools rank ./wandb"),
        ("/data/vision. /data/visions", ".. /data/visions"),
        ("/mnt/data/x", "/mnt/data/x"),
        ("~trudy/x, ~val/x", "~/x, ~val/x"),
        ("/scratch/tru…", "/scratch/…"),
        ("/scratch/tra…", "/scratch/tra…"),
    ],
)
def test_names_leave_every_path(text, shown):
    texts = ["/home/trudy/x", "/home/data/x", "{'at': '/home/trudy'}"]
    clean = redaction([], texts=texts, maker=MALLORY)
    assert clean(text) == shown


@pytest.mark.slow  # a report
def test_a_user_without_a_name_hides_nothing(monkeypatch):
    def nobody():
        raise KeyError(1000)

    def nowhere():
        raise RuntimeError

    monkeypatch.setattr("getpass.getuser", nobody)
    monkeypatch.setattr("pathlib.Path.home", nowhere)
    report = wb.report("demo")
    assert report.maker == Whereabouts(here=str(Path.cwd()))
    assert report.clean("/scratch/mallory/x") == "/scratch/mallory/x"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("wbtools rank '/home/mallory/my runs' --run 5", "wbtools rank ~/'my runs' --run 5"),
        ("wbtools rank '/mnt/my runs'", "wbtools rank '/mnt/my runs'"),
    ],
)
def test_a_shell_finds_the_home_of_a_command(line, shown):
    assert pasteable(redaction([])(line)) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("36 files in /mnt/some/where/textures", "36 files in …/textures"),
        ("in ~/x/y, ./z and sweep.csv", "in ~/x/y, ./z and sweep.csv"),
        (r"in D:\some\runs", r"in …/runs"),
        ("of https://wandb.ai/a/b", "of https://wandb.ai/a/b"),
        ("/runs", "/runs"),
    ],
)
def test_where_something_was_read_is_its_last_folder(text, shown):
    assert last_parts(text) == shown


def test_with_hosts_only_secrets_leave():
    clean = redaction([HOST], include_host=True)
    assert clean(f"{HOST} /home/mallory --token=abc") == f"{HOST} /home/mallory --token=***"


def test_a_host_called_like_a_parameter_or_a_word_of_every_page_stays():
    clean = redaction(["train", "Dropout", "deepthought"], but=["model/dropout"])
    assert clean("train: dropout on deepthought") == "train: dropout on host-1"


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
            "cut": f"{'x' * 44} mallory@lab{k}.example.org",
            "cut_url": f"{'x' * 20}{k}/http://gpu-box-17.lab.example/",
            "loss": f"~mallory/{k}",
        }
        records = [
            run_record(
                f"mallory@corp{k}.example.org" if k == 1 else f"run{k:03d}",
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


@pytest.mark.slow  # a report
def test_what_a_parameter_chooses_stays_where_a_machine_is_called_so():
    audit = wb.audit("demo")
    rows = [
        replace(row, run=replace(row.run, host=("cosine", "deepthought")[k % 2]))
        for k, row in enumerate(audit.rows)
    ]
    report = replace(wb.report("demo"), audits=(replace(audit, rows=tuple(rows)),))
    assert report.clean("cosine on deepthought") == "cosine on host-2"


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


def test_machines_are_known_where_the_audit_was_refused(tmp_path, private):
    for k in range(4):
        start_s = START_S + 60 * k
        records = [
            run_record(
                f"nan{k:03d}",
                start_s=start_s,
                config={"lr": k},
                sweep_id="s",
                host="badbox-7.lab.example",
            ),
            history(0, {"loss": float("nan")}, time_s=start_s + 1),
            exit_record(1),
        ]
        write_run(tmp_path, records, f"nan{k:03d}", f"20240101_{k:06d}")
    report = wb.report(private, tmp_path, metric="loss:min")
    assert [isinstance(audit, Refusal) for audit in report.audits] == [False, True]
    assert report.hosts == ("badbox-7.lab.example",)
    assert "badbox-7" not in report.clean(
        "4 of 4 runs on the host badbox-7.lab.example ended badly"
    )
