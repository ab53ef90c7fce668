"""The files of a report's page: what is bundled is what its README says, and our own is safe."""

import re
from hashlib import sha256
from pathlib import Path

import pytest

import wbtools.answers.report

STATIC = Path(wbtools.answers.report.__file__).parent / "static"
README = (STATIC / "README.md").read_text()
BUNDLED = re.findall(r"\| `(\S+\.js)` \| `(\S+)` \| (\S+) \| ISC, `(\S+)` \| `([0-9a-f]{64})`", README)
OWN = sorted(path for path in STATIC.glob("*.js") if not path.name.endswith(".min.js"))


def test_both_libraries_are_told():
    assert {name for name, *_rest in BUNDLED} == {path.name for path in STATIC.glob("*.min.js")}


@pytest.mark.parametrize(("name", "package", "version", "licence", "digest"), BUNDLED)
def test_a_bundled_library_is_the_package_s_own(name, package, version, licence, digest):
    content = (STATIC / name).read_bytes()
    assert sha256(content).hexdigest() == digest
    assert f" v{version} ".encode() in content[:100]
    assert "Permission to use, copy, modify" in (STATIC / licence).read_text()
    assert package


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_no_script_of_ours_makes_markup_or_programs_of_text(path):
    text = path.read_text()
    risky = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|\bon\w+="
    assert not re.search(risky, text)
    assert f"`{path.name}`" in README
    assert text.startswith('"use strict";\n/*')
    assert len(text.splitlines()) <= 400
