"""The lock names everything that the project and its tests ask for."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
NAME = re.compile(r"[A-Za-z0-9._-]+")


def normal(requirement):
    return re.sub(r"[-_.]+", "-", NAME.match(requirement)[0]).lower()


def wanted(group):
    for entry in PROJECT["dependency-groups"][group]:
        if isinstance(entry, dict):
            yield from wanted(entry["include-group"])
        else:
            yield normal(entry)


def locked(name):
    lines = (ROOT / ".ci" / name).read_text().splitlines()
    return {normal(line) for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize(
    ("lock", "names"),
    [
        (
            "constraints.txt",
            {
                *wanted("dev"),
                *map(normal, PROJECT["project"]["dependencies"]),
                *(normal(each) for extra in EXTRAS if extra != "all" for each in EXTRAS[extra]),
            },
        ),
        ("constraints-oracle.txt", {*wanted("oracle")}),
    ],
)
def test_nothing_is_asked_for_that_is_not_locked(lock, names):
    assert names - locked(lock) == set(), "run .ci/lock"
