"""What a program's text does with configuration keys and checkpoints: reads, loads, saves, looks.

Names are followed over one assignment and no further; what cannot be read off is left open.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final

from wbtools.model import ResumeReader
from wbtools.model.configuration import leaf
from wbtools.sources.programs.config_reads import is_config, run_names
from wbtools.sources.programs.expressions import (
    SyntaxTree,
    called,
    constant,
    definitions,
    key_of,
    keys_in,
)
from wbtools.sources.programs.sdk_names import PACKAGE, sdk_names

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

_LOAD: Final = ast.Load()
_MOST_CALLS: Final = 2000
_CONFIG_NAMES: Final = frozenset({"config", "cfg", "conf"})
_COPIES: Final = frozenset({"dict", "as_dict", "to_container"})
_DEEPEST: Final = 5
_LONGEST_CHAIN: Final = 10
_MOST_NODES: Final = 500
_HANDED: Final = frozenset({"resume_from_checkpoint", "xgb_model", "init_model"})
_LOADS: Final = re.compile(
    r"load|restore|resum|Booster|read_pickle|latest_checkpoint", re.IGNORECASE
)
_SAVES: Final = re.compile(r"save|dump|write|checkpoint_callback|ModelCheckpoint", re.IGNORECASE)
_EXISTS: Final = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir"})
_LISTS: Final = frozenset({"glob", "iglob", "rglob", "listdir", "iterdir", "scandir"})
_FINDS: Final = re.compile(
    r"(?:get_|find_|load_|restore_)*(?:last|latest)_(?:checkpoint|ckpt|step)s?(?:_path)?"
    r"|(?:last|latest)_checkpoint\w*|BackupAndRestore|restore_or_initialize|auto_resume\w*"
)
_OF_CHECKPOINTS: Final = re.compile(
    r"ck(?:ec)?pt|check_?point|resum|restor|snapshot|state|\blast|latest|backup", re.IGNORECASE
)
_LAST: Final = frozenset({"last", "hpc"})
_RESUMED: Final = "resumed"
_OF_A_RUN: Final = re.compile(rf"{PACKAGE}|run|experiment")
_HARMLESS: Final = frozenset(
    {"dict", "Namespace", "SimpleNamespace", "update", "init", "setdefaults", "format", "print"}
)
_VALIDATES: Final = frozenset({"model_validate", "parse_obj", "from_dict", "structure"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """What is done with keys, by the last parts of their names.

    Attributes:
        keys: What reads each key of a configuration that is W&B's or Hydra's, by dotted name.
        read: Every key that is read of anything.
        handed: Keys that reach what a library goes on from: `fit(ckpt_path=args.start)`.
        loaded: Keys whose values something loads.
        saved: Keys whose values something is saved to.
        only_tested: Keys that are read in conditions only.
        under: Pairs of a key in a condition and a key that is read under it.
        looked_for: For each look for a checkpoint, the keys that it depends on.
        reads_resumed: Whether `run.resumed` is read.
        hands_config: Whether W&B's configuration is handed over whole.
    """

    keys: dict[str, ResumeReader] = field(default_factory=dict)
    read: frozenset[str] = frozenset()
    handed: frozenset[str] = frozenset()
    loaded: frozenset[str] = frozenset()
    saved: frozenset[str] = frozenset()
    only_tested: frozenset[str] = frozenset()
    under: frozenset[tuple[str, str]] = frozenset()
    looked_for: tuple[frozenset[str], ...] = ()
    reads_resumed: bool = False
    hands_config: bool = False

    def looks_itself(self, options: Collection[str]) -> bool:
        """Whether one of its looks for a checkpoint depends on none of these options."""
        return any(keys.isdisjoint({*options, _RESUMED}) for keys in self.looked_for)

    def is_under(self, condition: str, name: str) -> bool:
        """Whether a key is read under a condition that reads another one."""
        return (leaf(condition), leaf(name)) in self.under


def read_uses(tree: SyntaxTree, declared: Collection[str]) -> Reads:
    """See what is done with keys.

    Args:
        tree: The program.
        declared: Names of options of a command line.
    """
    configs = _Configs(tree)
    calls = [node for node in tree.nodes if isinstance(node, ast.Call)][:_MOST_CALLS]
    keys = configs.keys()
    reads = [
        (node, key[1])
        for node in tree.nodes
        if (key := key_of(node)) is not None and isinstance(getattr(node, "ctx", _LOAD), ast.Load)
    ]
    known = {leaf(name) for name in (*keys, *declared)}
    handed: set[str] = set()
    loaded: set[str] = set()
    saved: set[str] = set()
    looked_for: list[frozenset[str]] = []
    loading = {id(tree.function_of(call)) for call in calls if _LOADS.search(called(call))}
    for call in calls:
        name = called(call)
        for value in _handed_values(call, name):
            handed |= _leaves(tree.passed(value))
            if constant(value) is True or constant(value) in _LAST:
                looked_for.append(_conditions(tree, call))
        if _SAVES.search(name):
            saved |= _subject(tree, call, _LOADS)
        elif _LOADS.search(name):
            loaded |= _subject(tree, call)
        if _FINDS.fullmatch(name) or (name in _EXISTS | _LISTS and _finds(tree, call, loading)):
            looked_for.append(_conditions(tree, call) | _subject(tree, call))
    outside, under = _places(tree, reads, known)
    return Reads(
        keys=keys,
        read=frozenset(name for _, name in reads),
        handed=frozenset(handed),
        loaded=frozenset(loaded),
        saved=frozenset(saved),
        only_tested=frozenset(known - outside),
        under=under,
        looked_for=tuple(looked_for),
        reads_resumed=any(
            name == _RESUMED and any(map(_OF_A_RUN.search, keys_in(node))) for node, name in reads
        ),
        hands_config=any(configs.is_handed_over(call) for call in calls),
    )


class _Configs:
    """What stands for a configuration that is W&B's or Hydra's in a program."""

    def __init__(self, tree: SyntaxTree) -> None:
        self._tree = tree
        self._names = sdk_names(tree.nodes)
        self._runs = run_names(tree.nodes, self._names)
        self._functions = definitions(tree.nodes)
        functions = [node for node in tree.nodes if isinstance(node, ast.FunctionDef)]
        mains = [node for node in functions if any(map(_is_hydra, node.decorator_list))]
        self._hydra = {argument.arg for main in mains for argument in main.args.args[:1]}
        for function in functions:
            self._hydra |= {
                argument.arg
                for argument in function.args.args
                if argument.annotation is not None and "DictConfig" in keys_in(argument.annotation)
            }
        self._named: dict[str, ResumeReader] = {}
        self._name()

    def reader(self, node: ast.expr) -> ResumeReader | None:
        """Whose configuration an expression stands for; None for anything else."""
        for _ in range(_DEEPEST):  # `dict(wandb.config)`, `run.config.as_dict()`
            if is_config(node, self._names, self._runs):
                return ResumeReader.CONFIG
            if not isinstance(node, ast.Call) or called(node) not in _COPIES:
                break
            if node.args:
                node = node.args[0]
            elif isinstance(node.func, ast.Attribute):
                node = node.func.value
        return self._named.get(node.id) if isinstance(node, ast.Name) else None

    def _name(self) -> None:
        """Find the names that stand for one: by what they are assigned, or by themselves."""
        for name, values in self._tree.assigned.items():
            readers = filter(None, map(self.reader, values))
            if (found := next(readers, None)) is not None:
                self._named[name] = found
        self._named |= dict.fromkeys(self._hydra, ResumeReader.HYDRA)
        if not (self._hydra or self._names.all):
            return
        usual = ResumeReader.HYDRA if self._hydra else ResumeReader.CONFIG
        for name in _CONFIG_NAMES - self._tree.assigned.keys():
            self._named.setdefault(name, usual)

    def keys(self) -> dict[str, ResumeReader]:
        """What is read of them, by dotted name."""
        found: dict[str, ResumeReader] = {}
        for node in self._tree.nodes:
            parts: list[str] = []
            place: ast.AST = node
            for _ in range(_LONGEST_CHAIN):
                key = key_of(place)
                if key is None:
                    break
                reader = self.reader(key[0])
                parts.insert(0, key[1])
                if reader is not None:
                    found.setdefault(".".join(parts), reader)
                    break
                place = key[0]
        return found

    def is_handed_over(self, call: ast.Call) -> bool:
        """Whether a call gets all of W&B's configuration, and may not take another key."""
        name = called(call)
        if name in _VALIDATES:
            return any(self.reader(each) is ResumeReader.CONFIG for each in call.args)
        spread = [each.value for each in call.keywords if each.arg is None]
        if name in _HARMLESS or not any(
            self.reader(each) is ResumeReader.CONFIG for each in spread
        ):
            return False
        function = self._functions.get(name)
        return not (isinstance(function, ast.FunctionDef) and function.args.kwarg is not None)


def _is_hydra(decorator: ast.expr) -> bool:
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(function, ast.Attribute):
        return function.attr == "main" and called(function.value) == "hydra"
    return isinstance(decorator, ast.Call) and any(
        each.arg in {"config_path", "config_name"} for each in decorator.keywords
    )


def _handed_values(call: ast.Call, name: str) -> Iterator[ast.expr]:
    """What a call gets to go on from."""
    for each in call.keywords:
        if each.arg in _HANDED or (each.arg == "ckpt_path" and name == "fit"):
            yield each.value


def _given(call: ast.Call) -> list[ast.expr]:
    receiver = [call.func.value] if isinstance(call.func, ast.Attribute) else []
    return [*call.args, *(each.value for each in call.keywords), *receiver]


def _conditions(tree: SyntaxTree, node: ast.AST) -> frozenset[str]:
    """The keys in the conditions that a node stands under."""
    keys = [tree.meant(test) for test in tree.tests_of(node)]
    return _leaves(frozenset().union(*keys))


def _leaves(names: Iterable[str]) -> frozenset[str]:
    return frozenset(map(leaf, names))


def _subject(
    tree: SyntaxTree, call: ast.Call, skipped: re.Pattern[str] | None = None
) -> frozenset[str]:
    """The keys in what a call is given: what is looked for, loaded or saved."""
    return _leaves(frozenset().union(*(tree.meant(each, skipped) for each in _given(call))))


def _finds(tree: SyntaxTree, call: ast.Call, loading: Collection[int]) -> bool:
    """Whether a look for a file is one for a checkpoint, which is loaded in the same function."""
    if called(call) in _EXISTS and not any(True for _ in tree.tests_of(call)):
        return False
    names = {
        each.id
        for part in _given(call)
        for each in islice(ast.walk(part), _MOST_NODES)
        if isinstance(each, ast.Name)
    }
    values = [value for name in names for value in tree.assigned.get(name, ())]
    words = [
        text
        for part in (*_given(call), *values)
        for node in islice(ast.walk(part), _MOST_NODES)
        for text in (getattr(node, "id", None), getattr(node, "attr", None), constant(node))
        if isinstance(text, str)
    ]
    if not any(map(_OF_CHECKPOINTS.search, words)):
        return False
    return id(tree.function_of(call)) in loading


def _places(
    tree: SyntaxTree, reads: list[tuple[ast.AST, str]], known: Collection[str]
) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """Keys that are read outside of conditions, and pairs of a condition's key and one under it."""
    outside: set[str] = set()
    under: set[tuple[str, str]] = set()
    for node, name in reads:
        if leaf(name) not in known:
            continue
        in_test = False
        before: ast.AST = node
        for above in tree.above(node):
            if isinstance(above, ast.If | ast.IfExp | ast.While):
                if above.test is before:
                    in_test = True
                else:
                    keys = _leaves(keys_in(above.test)).intersection(known)
                    under |= {(key, leaf(name)) for key in keys}
            before = above
        if not in_test:
            outside.add(leaf(name))
    return frozenset(outside), frozenset(under)
