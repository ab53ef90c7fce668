"""A sweep that is called by its id is found where it is: on its server, archived, in run files."""

import socket
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.archive.sweeps import archived
from tests.server.history import RowHistory
from tests.server.loading import LoadedRun
from tests.sources.local.test_attempts import agent_config
from tests.sources.local.wandb_writer import simple_run, write_run
from wbtools.app.opening import here
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.archive import ArchiveWriter, SweepHeader, SweepKey
from wbtools.errors import AmbiguousSweep, SignInError, TimeUp, Unreachable, UsageError
from wbtools.model import RunState

SWEEP_ID = "qz81x0ab"
CLOUD = "https://api.wandb.ai"
LONG_AGO = datetime(2026, 3, 1, tzinfo=UTC)
ENDED = RunState.FINISHED


def files(n_runs, home="wandb", *, sweep_id=SWEEP_ID, first=0, **owner):
    """Run files below the working folder."""
    for n in range(first, first + n_runs):
        records = simple_run(f"run{n:04}", sweep_id=sweep_id, **owner)
        write_run(Path(home), records, f"run{n:04}", f"20240101_{n:06}")


def fetched(
    reach, n_runs, project="ocr", *, base_url=CLOUD, sweep_id=SWEEP_ID, as_of=LONG_AGO, state=ENDED
):
    """A sweep of so many runs in the archive, without any curve."""
    key = SweepKey(base_url=base_url, entity="acme", project=project, name=sweep_id)
    with ArchiveWriter.open(reach.folder) as archive:
        archive.begin(SweepHeader(key=key))
        runs = [archived(f"run{n:04}", state=state) for n in range(n_runs)]
        archive.put_page(key, runs, [], cursor=None)
        archive.finish(key, as_of=as_of)
    return key


def served(reach, n_runs, project="ocr", **more):
    runs = [
        LoadedRun(name=f"run{n:04}", history=RowHistory([{"loss": 1.0, "_step": 0}]), **more)
        for n in range(n_runs)
    ]
    reach.server.load_sweep("acme", project, SWEEP_ID, runs=runs)


def opened(reach, text=SWEEP_ID, **wishes):
    """Number of runs, what was told, and what means the sweep again."""
    reach.notes.clear()
    with reach.session(**wishes) as session:
        source = open_sweep(text, session)
        sweep = source.read(["loss"])
        return len(sweep.runs), reach.notes, session.opened


@pytest.fixture
def signed_out(reach, monkeypatch):
    for name in ("WANDB_API_KEY", "WANDB_ENTITY"):
        monkeypatch.delenv(name)
    return reach


@pytest.fixture
def nobody(reach, monkeypatch):
    """The address of no server."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
    return reach


@pytest.mark.usefixtures("signed_out")
def test_in_run_files_alone(reach):
    files(3)
    n_runs, told, again = opened(reach)
    why = f"not from W&B's server: not signed in to {reach.server.base_url}"
    assert (n_runs, told, again) == (3, [f"sweep: ./wandb, 3 runs; {why}"], [f"./wandb#{SWEEP_ID}"])
    n_runs, told, again = opened(reach, again[0])
    assert (n_runs, told, again) == (3, [], [f"./wandb#{SWEEP_ID}"])


@pytest.mark.usefixtures("signed_out")
def test_in_the_run_files_of_several_agents(reach):
    files(2, "a/wandb")
    files(3, "b/wandb", first=2)
    n_runs, told, again = opened(reach)
    assert (n_runs, again) == (5, [f".#{SWEEP_ID}"])
    assert told[0].startswith("sweep: this folder, 5 runs")
    assert opened(reach, again[0])[0] == 5


@pytest.mark.usefixtures("signed_out")
def test_in_the_archive_alone(reach):
    fetched(reach, 2, base_url=reach.server.base_url)
    n_runs, told, again = opened(reach, offline=True)
    assert (n_runs, again) == (2, [f"acme/ocr/{SWEEP_ID}"])
    assert told[0].startswith(f"sweep: archive archive, acme/ocr/{SWEEP_ID}, 2 runs, fetched ")
    assert told[0].endswith(" days ago")
    n_runs, told, _ = opened(reach)
    assert (n_runs, "not signed in" in told[0]) == (2, True)


@pytest.mark.parametrize(
    "owner",
    [
        pytest.param({"entity": "acme", "project": "ocr"}, id="the same project"),
        pytest.param({}, id="no project is recorded"),
        pytest.param({"project": "ocr"}, id="no entity is recorded"),
        pytest.param({"entity": "acme", "project": "old-name"}, id="the same runs"),
    ],
)
@pytest.mark.parametrize(("n_archived", "place"), [(2, "./wandb, 3"), (4, "archive archive, ac")])
@pytest.mark.usefixtures("signed_out")
def test_one_sweep_in_both_is_taken_where_there_is_more_of_it(reach, owner, n_archived, place):
    files(3, **owner)
    fetched(reach, n_archived)
    n_runs, told, _ = opened(reach, offline=True)
    assert n_runs == max(3, n_archived)
    assert told[0].startswith(f"sweep: {place}")
    assert told[0].endswith("is not read")


@pytest.mark.parametrize(
    ("as_of", "state", "place"),
    [
        (2000, RunState.RUNNING, "./wandb"),
        (2100, RunState.RUNNING, "archive archive"),
        (2000, ENDED, "archive archive"),  # a copy of old files is written now
    ],
)
@pytest.mark.usefixtures("signed_out")
def test_of_as_many_runs_those_that_ended_or_were_written_last_are_taken(
    reach, as_of, state, place
):
    files(2)
    fetched(reach, 2, as_of=datetime(as_of, 1, 1, tzinfo=UTC), state=state)
    assert opened(reach, offline=True)[1][0].startswith(f"sweep: {place}")


@pytest.mark.usefixtures("signed_out")
def test_another_sweep_of_that_id_is_asked_about_and_never_guessed(reach):
    files(3, entity="me", project="toys", first=100)
    fetched(reach, 2)
    with pytest.raises(AmbiguousSweep) as caught:
        opened(reach, offline=True)
    assert caught.value.exit_code == 2
    assert caught.value.message == f"'{SWEEP_ID}' means 2 sweeps"
    assert f"acme/ocr/{SWEEP_ID} (archive archive" in caught.value.hint
    assert f"'./wandb#{SWEEP_ID}' (./wandb, 3 runs)" in caught.value.hint
    assert opened(reach, f"acme/ocr/{SWEEP_ID}", offline=True)[0] == 2
    assert opened(reach, f"./wandb#{SWEEP_ID}", offline=True)[0] == 3


@pytest.mark.usefixtures("signed_out")
def test_who_can_answer_is_asked(reach):
    fetched(reach, 2)
    fetched(reach, 3, "other")
    asked = []

    def second(message, choices):
        asked.append((message, [choice.reference for choice in choices]))
        return choices[1]

    n_runs, _, again = opened(reach, offline=True, ask_which=second)
    names = [f"acme/ocr/{SWEEP_ID}", f"acme/other/{SWEEP_ID}"]
    assert asked == [(f"'{SWEEP_ID}' means 2 sweeps", names)]
    assert (n_runs, again) == (3, names[1:])


@pytest.mark.usefixtures("signed_out")
def test_one_path_on_two_servers_is_named_by_its_pages(reach):
    fetched(reach, 2)
    fetched(reach, 3, base_url="https://wandb.acme.example")
    with pytest.raises(AmbiguousSweep) as caught:
        opened(reach, offline=True)
    page = f"https://wandb.acme.example/acme/ocr/sweeps/{SWEEP_ID}"
    assert page in caught.value.hint
    n_runs, _, again = opened(reach, page, offline=True)
    assert (n_runs, again) == (3, [page])


@pytest.mark.usefixtures("signed_out")
def test_the_two_addresses_of_the_public_cloud_are_one_server(reach):
    fetched(reach, 3)
    fetched(reach, 2, base_url="https://api.forge.coreweave.com", as_of=datetime.now(UTC))
    assert opened(reach, offline=True)[0] == 2  # what was fetched last


def test_the_server_wins_and_refreshes_the_archive(reach, monkeypatch):
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    monkeypatch.setenv("WANDB_PROJECT", "ocr")
    files(9)
    served(reach, 4)
    fetched(reach, 2, base_url=reach.server.base_url)
    assert opened(reach) == (4, [], [f"acme/ocr/{SWEEP_ID}"])
    assert opened(reach, f"acme/ocr/{SWEEP_ID}", offline=True)[0] == 4


@pytest.mark.parametrize("project", [None, "toys"])
@pytest.mark.parametrize("known_by", ["archive", "run files"])
def test_the_server_is_asked_where_the_sweep_is_known_to_be(reach, monkeypatch, project, known_by):
    """W&B's settings name no project, or another one."""
    monkeypatch.setenv("WANDB_ENTITY", "me")
    if project is not None:
        monkeypatch.setenv("WANDB_PROJECT", project)
    served(reach, 4)
    if known_by == "archive":
        fetched(reach, 2, base_url=reach.server.base_url)
    else:
        files(2, entity="acme", project="ocr")
    n_runs, told, again = opened(reach)
    assert (n_runs, again) == (4, [f"acme/ocr/{SWEEP_ID}"])
    assert told == [f"sweep: acme/ocr/{SWEEP_ID}, on {reach.server.base_url}"]


@pytest.mark.parametrize("owner", [("a/b", "c"), ("https:/", "x"), ("..", "c"), ("a", "")])
def test_whose_files_name_no_project_are_asked_about_nowhere(reach, monkeypatch, owner):
    monkeypatch.setenv("WANDB_ENTITY", "me")
    monkeypatch.setenv("WANDB_PROJECT", "toys")
    files(2, entity=owner[0], project=owner[1])
    n_runs, told, again = opened(reach)
    assert (n_runs, again) == (2, [f"./wandb#{SWEEP_ID}"])
    assert "no project me/toys" in told[0]


def test_a_key_goes_to_no_server_but_its_own(reach, monkeypatch):
    """What the archive says of another server does not bring it the configured one's key."""
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    other = "https://wandb.acme.example"
    fetched(reach, 2, base_url=other)
    n_runs, told, again = opened(reach)
    assert (n_runs, again) == (2, [f"{other}/acme/ocr/sweeps/{SWEEP_ID}"])
    assert f"not signed in to {other}" in told[0]
    assert told[0].startswith(f"sweep: archive archive, acme/ocr/{SWEEP_ID} of {other}, 2 runs")


REFUSALS = {
    "it does not answer": (["hang"] * 9, {"timeout_s": 0.5}, "0.5 s"),
    "it is broken": (["500"] * 9, {"timeout_s": 0.5}, "0.5 s"),
    "it has no such sweep": ([], {}, f"no sweep '{SWEEP_ID}' in acme/ocr"),
}


@pytest.mark.parametrize("text", [SWEEP_ID, f"acme/ocr/{SWEEP_ID}"])
@pytest.mark.parametrize(("script", "wishes", "why"), REFUSALS.values(), ids=REFUSALS)
def test_what_the_server_does_not_give_is_never_silently_old(
    reach, monkeypatch, text, script, wishes, why
):
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    monkeypatch.setenv("WANDB_PROJECT", "ocr")
    reach.server.load_sweep("acme", "ocr", "another0", runs=[])
    fetched(reach, 2, base_url=reach.server.base_url)
    reach.server.faults.script.extend(script)
    reach.server.faults.hang_s = 0.1
    reach.notes.clear()
    with reach.session(**wishes) as session:
        sweep = open_sweep(text, session).read(["loss"])
    assert len(sweep.runs) == 2
    (told,) = [note for note in reach.notes if note.startswith("sweep: archive archive, acme/ocr")]
    assert "not from W&B's server: " in told
    assert why in told
    (finding,) = [finding for finding in sweep.findings if finding.code == "WBT136"]
    assert "fetched on 2026-03-01 00:00 UTC, not as it is now: " in finding.title
    assert why in finding.title


def test_run_files_that_had_to_do_are_known_from_the_answer_too(reach, monkeypatch):
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    monkeypatch.setenv("WANDB_PROJECT", "ocr")
    reach.server.load_sweep("acme", "ocr", "another0", runs=[])
    files(2)
    with reach.session() as session:
        sweep = open_sweep(SWEEP_ID, session).read(["loss"])
    assert [finding.code for finding in sweep.findings] == ["WBT137"]
    assert sweep.findings[0].title.startswith("only the run files in wandb were read: no sweep ")
    with reach.session() as session:
        assert not open_sweep("./wandb", session).read(["loss"]).findings


@pytest.mark.usefixtures("signed_out")
def test_who_wants_everything_anew_gets_nothing_old(reach):
    fetched(reach, 2, base_url=reach.server.base_url)
    with pytest.raises(SignInError) as caught:
        opened(reach, f"acme/ocr/{SWEEP_ID}", refresh=True)
    assert "; without --refresh it is taken from archive " in caught.value.hint


def test_a_wrong_key_leaves_what_is_here(reach, monkeypatch):
    monkeypatch.setenv("WANDB_ENTITY", "acme")
    monkeypatch.setenv("WANDB_PROJECT", "ocr")
    monkeypatch.setenv("WANDB_API_KEY", "0" * 40)
    files(2)
    _, told, _ = opened(reach)
    assert told[0].startswith("sweep: ./wandb, 2 runs; not from W&B's server: ")
    assert "(status 401)" in told[0]


@pytest.mark.usefixtures("signed_out")
def test_a_project_and_an_id_mean_no_other_projects_files(reach):
    files(2, entity="me", project="toys")
    with pytest.raises(SignInError) as caught:
        opened(reach, f"acme/ocr/{SWEEP_ID}")
    assert f"./wandb: 1 sweep ({SWEEP_ID})" in caught.value.message
    assert opened(reach, f"me/toys/{SWEEP_ID}")[0] == 2


@pytest.mark.usefixtures("signed_out")
def test_where_it_was_looked_for_comes_before_that_nobody_is_signed_in(reach):
    files(2)
    files(1, sweep_id="zzzzzz99", first=7)
    fetched(reach, 1, sweep_id="ab12cd34")
    with pytest.raises(SignInError) as caught:
        opened(reach, "qz81x0ba")
    assert caught.value.message == (
        "there is no file, folder or sweep 'qz81x0ba': ./wandb: 2 sweeps (qz81x0ab, zzzzzz99); "
        "archive archive: 1 sweep (acme/ocr/ab12cd34); "
        f"server: not signed in to {reach.server.base_url}"
    )
    assert caught.value.hint.startswith("did you mean 'qz81x0ab'? Otherwise: sign in with `wandb ")


@pytest.mark.usefixtures("signed_out")
def test_a_sweep_of_which_only_configurations_are_left(reach):
    files(1)
    agent_config(Path("wandb"), "ab12cd34", "gone", lr=0.5)
    with pytest.raises(SignInError) as caught:
        opened(reach, "ab12cd34")
    assert "agents took 1 configuration of it here" in caught.value.message
    with pytest.raises(SignInError) as caught:
        opened(reach, "acme/ocr/ab12cd34")
    assert "agents took 1 configuration of it here" in caught.value.message


@pytest.mark.usefixtures("signed_out")
def test_nothing_anywhere(reach):
    with pytest.raises(UsageError) as caught:
        opened(reach, SWEEP_ID, offline=True)
    assert caught.value.message == (
        f"there is no file, folder or sweep '{SWEEP_ID}': there is no W&B run file in '.'; "
        "archive archive: none; server: not asked (--offline)"
    )
    assert not reach.server.log.all("graphql")
    with pytest.raises(UsageError) as caught:
        opened(reach, "dmeo")
    assert caught.value.hint == "did you mean 'demo'?"


@pytest.mark.usefixtures("nobody")
def test_a_server_that_is_down_is_said_to_be(reach):
    with pytest.raises((TimeUp, Unreachable)) as caught:
        opened(reach, f"acme/ocr/{SWEEP_ID}", timeout_s=0.5)
    assert "server: " in caught.value.message


@pytest.mark.usefixtures("signed_out")
def test_a_damaged_archive_keeps_no_run_files_from_being_found(reach):
    reach.folder.mkdir()
    (reach.folder / "archive.sqlite").write_bytes(b"no database" * 100)
    files(2)
    n_runs, told, _ = opened(reach)
    assert (n_runs, "is not an archive of wbtools" in told[0]) == (2, True)
    with pytest.raises(SignInError) as caught:
        opened(reach, "ab12cd34")
    assert "archive.sqlite" in caught.value.message


@pytest.mark.usefixtures("signed_out")
def test_a_folder_that_holds_too_much_is_not_walked_to_its_end(reach, monkeypatch):
    monkeypatch.setattr(here, "MOST_FOLDERS", 4)
    files(6)  # folders of runs are not counted
    assert opened(reach, offline=True)[0] == 6
    for n in range(5):
        Path(f"data/{n}").mkdir(parents=True)
    assert opened(reach, offline=True)[0] == 6
    with pytest.raises(UsageError) as caught:
        opened(reach, "ab12cd34", offline=True)
    assert "more than 4 folders lie below '.', so that only ./wandb was searched" in (
        caught.value.message
    )


@pytest.mark.parametrize("sweep_id", ["../../etc", "$(touch x)", "a b", "-h", "x#y"])
@pytest.mark.usefixtures("signed_out")
def test_a_hostile_id_is_found_by_its_folder_alone_and_is_no_path(reach, sweep_id):
    files(2, sweep_id=sweep_id)
    before = sorted(Path().iterdir())
    if sweep_id != "-h":  # a word like others
        with pytest.raises(UsageError):
            opened(reach, sweep_id, offline=True)
    with pytest.raises(UsageError) as caught:
        opened(reach, "ab12cd34", offline=True)
    assert f"./wandb: 1 sweep ({sweep_id})" in caught.value.message
    assert sorted(Path().iterdir()) == before
