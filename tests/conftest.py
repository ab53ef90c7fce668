"""What all tests share: goldens, rewritten by one flag."""

from pathlib import Path

import pytest


def pytest_addoption(parser):
    parser.addoption(
        "--rewrite-goldens",
        action="store_true",
        help="write what the code says now into the golden files instead of comparing",
    )


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
