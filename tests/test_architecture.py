"""The house keeps its floors: import contracts, light start-up, small files, honest packaging."""

import ast
import functools
import json
import re
import subprocess
import sys
import tomllib
from collections import Counter, defaultdict
from itertools import chain
from pathlib import Path

import pytest

import wbtools
from wbtools.cli.app import COMMANDS

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "wbtools"
CHANGES = PACKAGE / "sources" / "wandb_api" / "changes.py"
SCHEDULER = CHANGES.with_name("sdk_scheduler.py")
MUTATION = re.compile(r"^\s*mutation\b[^{]*\{", re.MULTILINE)
READ_OF_WANDB = {"Error", "Settings"}
WRITES = re.compile(r"(upsert|stop_run|create_run|enqueue|register_agent)\w*|delete")
WRITES_OF_AN_OBJECT = {"update", "save", "create", "stop", "cancel", "log", "finish"}
WRITES_OF_AN_OBJECT |= {"run_scheduler"}  # of the scheduler in the SDK
MODULES = [path for path in PACKAGE.rglob("*.py") if "demo" not in path.parts]
TESTS = list((ROOT / "tests").rglob("*.py"))


class Module:
    """What the tests below ask of a module's text, which is parsed for all of them together."""

    def __init__(self, path):
        text = path.read_text()
        tree = ast.parse(text)
        nodes = list(ast.walk(tree))
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        named = [call for call in calls if isinstance(call.func, ast.Name)]
        self.n_lines = len(text.splitlines())
        self.docstring = ast.get_docstring(tree)
        self.functions = [
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and not node.decorator_list
        ]
        self.classes = [node.name for node in nodes if isinstance(node, ast.ClassDef)]
        self.asserts = any(isinstance(node, ast.Assert) for node in nodes)
        self.called = {call.func.id for call in named}
        self.kinds_asked = {
            name.id
            for call in named
            if call.func.id == "isinstance"
            for name in ast.walk(call.args[1])
            if isinstance(name, ast.Name)
        }
        self.changes = sorted(changes_on_wandb(nodes))


of = functools.cache(Module)


def test_every_module_imports_only_lower_floors():
    result = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["audit-terminations", "--help"],
        ["archive", "--help"],
        ["rank", "--help"],
        ["importance", "--help"],
        ["replicate", "--help"],
        ["verify", "--help"],
        ["archive", "export", "--help"],
        ["make-sweep", "--help"],
        ["expand-grid", "--help"],
        ["forecast", "--help"],
        ["lint", "--help"],
        ["doctor", "--help"],
        ["rule", "--help"],
    ],
)
def test_help_loads_nothing_heavy(words):
    program = (
        "import json, sys\n"
        f"sys.argv = ['wbtools', *{words!r}]\n"
        "from wbtools.cli.app import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = json.loads(result.stdout.splitlines()[-1])
    assert "wbtools.cli.app" in loaded
    heavy = {"wandb", "pandas", "pyarrow", "matplotlib", "numpy", "rich", "scipy", "sklearn"}
    assert not heavy & set(loaded)


def test_an_audit_of_run_files_loads_neither_wandb_nor_pandas_nor_matplotlib():
    program = (
        "import json, sys\n"
        "from wbtools.app.audit import audit_reference\n"
        "audit_reference('demo')\n"
        "print(json.dumps(sorted(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert not {"wandb", "pandas", "pyarrow", "matplotlib"} & set(json.loads(result.stdout))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_module_is_small_and_says_what_it_is_for(path):
    assert of(path).n_lines <= 400
    assert of(path).docstring


def test_every_test_file_is_small():
    long = [path.name for path in TESTS if len(path.read_text().splitlines()) > 400]
    assert len(TESTS) > 200
    assert long == []


def test_every_dependency_says_which_file_needs_it():
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    project = tomllib.loads("\n".join(lines))["project"]
    extras = project["optional-dependencies"]
    assert extras.pop("all") == [f"{project['name']}[{','.join(extras)}]"]
    for dependency in chain(project["dependencies"], *extras.values()):
        line = next(line for line in lines if f'"{dependency}"' in line)
        comment = line.partition("#")[2].strip()
        file = comment.partition(" ")[0].rstrip(":")
        assert (ROOT / file).exists(), f"{dependency}: {comment}"


def test_a_public_class_name_means_one_thing():
    places = defaultdict(list)
    for path in MODULES:
        for name in of(path).classes:
            if not name.startswith("_"):
                places[name].append(str(path.relative_to(PACKAGE)))
    assert len(places) > 100
    assert {name: files for name, files in places.items() if len(files) > 1} == {}


def test_every_public_function_has_a_caller_in_the_package():
    """A function that tests alone call is a second answer to what another one decides."""
    texts = [path.read_text() for path in PACKAGE.rglob("*.py")]
    n_mentions = Counter(word for text in texts for word in re.findall(r"\w+", text))
    public = [name for path in MODULES for name in of(path).functions if not name.startswith("_")]
    assert len(public) > 500
    commands = {name.replace("-", "_") for name in COMMANDS}
    assert [name for name in public if n_mentions[name] == 1 and name not in commands] == []


def test_no_function_of_the_library_shares_its_name_with_a_room():
    rooms = {path.stem for path in PACKAGE.iterdir() if not path.name.startswith("_")}
    assert "answers" in rooms
    assert "audit" in wbtools.__all__
    assert not rooms & set(wbtools.__all__)


def test_only_the_room_of_sources_asks_what_kind_of_source_a_sweep_has():
    kinds = {"LocalSource", "TableSource", "RemoteSource", "InMemorySource"}
    for path in MODULES:
        assert not kinds & of(path).kinds_asked or "opening" in path.parts, path


def test_no_module_asserts_or_evaluates():
    for path in MODULES:
        assert not of(path).asserts, path
        assert not of(path).called & {"eval", "exec", "__import__"}, path


def changes_on_wandb(nodes):
    """What a module does to W&B's servers: mutations, and calls of the SDK that write."""
    nodes = list(nodes)
    knows_sdk = any(
        name.split(".")[0] == "wandb"
        for node in nodes
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    )
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if MUTATION.search(node.value):
                yield "mutation"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_wandb = isinstance(node.func.value, ast.Name) and node.func.value.id == "wandb"
            name = node.func.attr
            if (
                WRITES.fullmatch(name)
                or (of_wandb and name not in READ_OF_WANDB)
                or (knows_sdk and name in WRITES_OF_AN_OBJECT)
            ):
                yield ast.unparse(node.func)


def test_one_module_alone_changes_anything_on_wandb():
    assert {path: of(path).changes for path in MODULES if of(path).changes} == {
        CHANGES: ["mutation"] * 4 + ["wandb.sweep"],
        SCHEDULER: ["sdk.client.run_scheduler"],  # which CHANGES alone may import
    }


@pytest.mark.parametrize(
    "source",
    [
        'DOCUMENT = """\nmutation UpsertSweep($id: ID) { upsertSweep(input: {id: $id}) { ok } }"""',
        'DOCUMENT = f"mutation {{ stopRun {fields} }}"',
        "import wandb\nwandb.sweep(config)",
        "import wandb\nwith wandb.init(): pass",
        "from wandb.apis.internal import Api\nApi().upsert_sweep(config)",
        "from wandb import Api\nrun = Api().run(path)\nrun.update()",
        "def remove(run):\n    run.delete()",
        "from wandb.sdk.sweeps.scheduler import client\nclient.run_scheduler(entity=e)",
    ],
)
def test_a_change_on_wandb_is_noticed(source):
    assert list(changes_on_wandb(ast.walk(ast.parse(source))))


def test_a_question_is_no_change():
    source = "import wandb\nwandb.Settings(base_url=url)\nSWEEP = 'query { sweep { mutation } }'"
    assert list(changes_on_wandb(ast.walk(ast.parse(source)))) == []
