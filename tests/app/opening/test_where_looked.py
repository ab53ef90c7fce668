"""A sweep that is nowhere: what is here tells what may have been meant."""

from pathlib import Path

import pytest

from tests.app.opening.test_open_named import SWEEP_ID, fetched, files, opened, served
from wbtools.app.opening.open_sweep import open_sweep
from wbtools.app.opening.session import Session
from wbtools.errors import UsageError


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"ocr/{SWEEP_ID}", f"did you mean 'acme/ocr/{SWEEP_ID}'?"),
        ("ocr/qz81x0ba", f"did you mean 'acme/ocr/{SWEEP_ID}'?"),
        ("toys/zzzzzz99", "did you mean 'zzzzzz99'?"),
        ("toys/ab12cd34", "write toys/ab12cd34/SWEEP_ID; "),
        ("toys/runs.csv", "name a wandb/ folder"),
        ("wandb/*", "a shell puts names in place of * and ?"),
    ],
)
def test_what_is_here_tells_what_two_words_mean_that_are_no_path(reach, text, hint):
    fetched(reach, 1)
    files(1, sweep_id="zzzzzz99")
    with pytest.raises(UsageError) as caught:
        opened(reach, text)
    assert caught.value.hint.startswith(hint)
    assert not reach.server.log.all("graphql")


def test_what_the_server_names_is_not_asked_about_beside_it(reach):
    served(reach, 1)
    fetched(reach, 1)
    with pytest.raises(UsageError) as caught:
        opened(reach, "acme/toys/" + SWEEP_ID)
    assert caught.value.hint == f"there is acme/ocr/{SWEEP_ID}"


def test_an_archive_above_is_named_and_not_used(reach, monkeypatch):
    monkeypatch.delenv("WBTOOLS_ARCHIVE", raising=False)
    fetched(reach, 1)
    reach.folder.rename(".wbtools")
    Path("src/deep").mkdir(parents=True)
    monkeypatch.chdir("src/deep")
    with Session(offline=True) as session, pytest.raises(UsageError) as caught:
        open_sweep(SWEEP_ID, session)
    assert "archive .wbtools: none" in caught.value.message
    assert caught.value.hint.startswith("an archive lies above: add --archive ../../.wbtools; else")
    with Session(offline=True, archive=Path("../../.wbtools")) as session:
        assert len(open_sweep(SWEEP_ID, session).read(["loss"]).runs) == 1
