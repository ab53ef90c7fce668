"""What all tests share: goldens, rewritten by one flag, and signals that reach child processes."""

import functools
import itertools
import os
import signal
from pathlib import Path

import pytest

from tests.small_forests import few_trees
from wbtools.sources.wandb_api import certificates, http_client


def pytest_addoption(parser):
    parser.addoption(
        "--rewrite-goldens",
        action="store_true",
        help="write what the code says now into the golden files instead of comparing",
    )


def pytest_configure():
    os.environ["WBTOOLS_CACHE"] = "off"  # for what runs outside of a test, in fixtures of modules
    # A shell that starts pytest in the background has Ctrl-C ignored, here and in every child.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def certificates_of_the_machine():
    """Read them once, and not for each client; what a variable names is read whenever asked for."""
    of_machine = functools.cache(certificates.tls_context)

    def tls_context():
        named = any(os.environ.get(variable) for variable in certificates._VARIABLES)
        return certificates.tls_context() if named else of_machine()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(http_client, "tls_context", tls_context)
        yield


@pytest.fixture(scope="session")
def new_folder(tmp_path_factory):
    """Make an empty folder; `mktemp` looks through all earlier ones for a number that is free."""
    base, numbers = tmp_path_factory.mktemp("of_tests"), itertools.count()

    def make():
        folder = base / str(next(numbers))
        folder.mkdir()
        return folder

    return make


@pytest.fixture(autouse=True)
def archive_of_this_test(new_folder, monkeypatch):
    """Commands leave their archive, and what they used last, in no folder of the project."""
    monkeypatch.setenv("WBTOOLS_ARCHIVE", str(new_folder() / "fresh"))
    monkeypatch.delenv("WBTOOLS_SWEEP", raising=False)
    monkeypatch.delenv("WBTOOLS_SETTINGS", raising=False)


@pytest.fixture(autouse=True)
def cache_of_this_test(new_folder, monkeypatch):
    """What is read of run files is kept for the length of a test, and not in the user's cache."""
    monkeypatch.setenv("WBTOOLS_CACHE", str(new_folder() / "fresh"))


@pytest.fixture
def small_forests():
    """Forests of a few trees, where something else is looked at."""
    with few_trees():
        yield


@pytest.fixture
def golden(request):
    """`golden(name, text)`: the text must equal `goldens/NAME` beside the test."""
    folder = Path(request.path).parent / "goldens"

    def compare(name, text):
        path = folder / name
        if request.config.getoption("--rewrite-goldens"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(text.encode())
        assert path.exists(), f"no golden {name}; pytest --rewrite-goldens writes it"
        assert text == path.read_bytes().decode()

    return compare
