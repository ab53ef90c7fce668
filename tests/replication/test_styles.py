"""Each style, read back by the library whose style it is: the same values, bit for bit."""

import argparse
import ast
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.replication.test_scripts import SCALARS, TEXTS, names_no_secret, texts
from wbtools.errors import DataError
from wbtools.replication.styles import Style, json_word, words_of, yaml_flow
from wbtools.text.masking import holds_secret

RUN_8 = {
    "models.optimizer.lr": 0.0005134333170096499,
    "models.optimizer.weight_decay": 6.797303101020006e-05,
    "models.scheduler.eta_min": 6.388390006720873e-06,
    "models.scheduler.T_max": 24,
    "flag": True,
    "off": False,
    "nothing": None,
    "large": 1e16,
    "negative": -5e-324,
    "list": [1, 2.5, "a b"],
    "name": "with space, comma and 'quote'",
}
WORDS = {
    Style.ARGPARSE: "--models.optimizer.weight_decay=6.797303101020006e-05",
    Style.SPACED: "--models.optimizer.weight_decay",
    Style.FLAGS: "--flag",
    Style.HYDRA: "models.optimizer.weight_decay=6.797303101020006e-05",
    Style.HYDRA_APPEND: "+list=[1,2.5,'a b']",
    Style.HYDRA_OVERRIDE: "++nothing=null",
    Style.FIRE: "--list=[1, 2.5, 'a b']",
    Style.ABSL: "--list=1,2.5,a b",
}


@pytest.mark.parametrize(("style", "word"), WORDS.items(), ids=str)
def test_how_each_style_looks(style, word):
    assert word in texts(words_of(style, RUN_8))


def test_false_flags_are_left_out_and_empty_ones_of_absl():
    assert "--off" not in " ".join(texts(words_of(Style.FLAGS, RUN_8)))
    assert "nothing" not in " ".join(texts(words_of(Style.ABSL, RUN_8)))


def test_argparse_reads_every_bit_back():
    parser = argparse.ArgumentParser()
    kinds = {float: float, int: int, bool: ast.literal_eval, list: ast.literal_eval, str: str}
    for name, value in RUN_8.items():
        parser.add_argument(f"--{name}", type=kinds.get(type(value), ast.literal_eval), dest=name)
    for style in (Style.ARGPARSE, Style.SPACED):
        assert vars(parser.parse_args(texts(words_of(style, RUN_8)))) == RUN_8


def test_a_value_with_a_leading_dash_stays_a_value():
    parser = argparse.ArgumentParser()
    parser.add_argument("--text")
    for style in (Style.ARGPARSE, Style.SPACED):
        words = texts(words_of(style, {"text": "--help"}))
        assert parser.parse_args(words).text == "--help"


def hydra_overrides(words):
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from omegaconf import OmegaConf

    config = OmegaConf.create({})
    for override in OverridesParser.create().parse_overrides(words):
        OmegaConf.update(config, override.key_or_group, override.value(), force_add=True)
    return OmegaConf.to_container(config, resolve=True)


def nested(config):
    out = {}
    for name, value in config.items():
        *path, last = name.split(".")
        level = out
        for part in path:
            level = level.setdefault(part, {})
        level[last] = value
    return out


@pytest.mark.parametrize("style", [Style.HYDRA, Style.HYDRA_APPEND, Style.HYDRA_OVERRIDE])
def test_hydra_reads_every_bit_back(style):
    assert hydra_overrides(texts(words_of(style, RUN_8))) == nested(RUN_8)


KEYS = st.from_regex(r"[a-z_][a-z0-9_]{0,4}", fullmatch=True).filter(names_no_secret)
TREES = st.recursive(
    SCALARS | st.text("\\'\"${}[],:= a"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=2),
    max_leaves=5,
).filter(lambda value: "\\udc" not in ascii(value))


@settings(max_examples=200, deadline=None)
@given(value=TREES)
def test_hydra_reads_any_value_back(value):
    assert repr(hydra_overrides(texts(words_of(Style.HYDRA, {"k": value})))) == repr({"k": value})


@pytest.mark.parametrize("name", ["$(x)", "a b", "a=b", "é", "-a", ""])
def test_a_key_that_hydra_has_no_place_for_is_refused(name):
    with pytest.raises(DataError, match="not a key in Hydra's grammar"):
        words_of(Style.HYDRA, {name: 1})
    with pytest.raises(DataError, match="Hydra's grammar"):
        words_of(Style.HYDRA, {"k": {"a b": 1}})


@settings(max_examples=200, deadline=None)
@given(value=TREES)
def test_fire_reads_any_value_back(value):
    from fire.parser import DefaultParseValue

    (word,) = texts(words_of(Style.FIRE, {"k": value}))
    assert repr(DefaultParseValue(word.removeprefix("--k="))) == repr(value)


HYDRA_PROGRAM = """
import hydra, json
from omegaconf import OmegaConf
@hydra.main(version_base=None, config_path=None)
def main(cfg):
    print(json.dumps(OmegaConf.to_container(cfg)))
main()
"""
FIRE_PROGRAM = """
import fire, json
def main(**kwargs):
    print(json.dumps(kwargs))
fire.Fire(main)
"""
ABSL_PROGRAM = """
import json
from absl import app, flags
flags.DEFINE_float("lr", 0, "")
flags.DEFINE_boolean("flag", False, "")
flags.DEFINE_boolean("off", True, "")
flags.DEFINE_list("list", [], "")
flags.DEFINE_string("name", "", "")
def main(argv):
    print(json.dumps({k: getattr(flags.FLAGS, k) for k in ("lr", "flag", "off", "list", "name")}))
app.run(main)
"""
PROGRAMS = {
    "hydra": (Style.HYDRA_OVERRIDE, HYDRA_PROGRAM),
    "fire": (Style.FIRE, FIRE_PROGRAM),
    "absl": (Style.ABSL, ABSL_PROGRAM),
}
SMALL = {
    "lr": 6.797303101020006e-05,
    "flag": True,
    "off": False,
    "list": ["a b", "c,d"],
    "name": "it's $(x)\n-y",
}


@pytest.mark.parametrize("library", PROGRAMS)
def test_real_programs_get_the_values(tmp_path, library):
    style, source = PROGRAMS[library]
    (tmp_path / "program.py").write_text(source)
    result = subprocess.run(
        [sys.executable, "program.py", *texts(words_of(style, SMALL))],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(result.stdout) == SMALL


@given(values=st.dictionaries(TEXTS, TREES, max_size=3))
def test_a_wrapped_configuration_is_what_wandb_reads(values):
    import yaml

    safe = {k: v for k, v in values.items() if not holds_secret(k, v)}
    ((text,),) = [json_word(safe, wrapped=True)] if safe else [("{}",)]
    read = yaml.safe_load(text)
    assert repr({k: v["value"] for k, v in read.items()}) == repr(safe)
    assert text.isascii()
    assert text.isprintable()


def test_numbers_that_only_yaml_has():
    import yaml

    assert yaml.safe_load(yaml_flow([float("inf"), -float("inf"), 1e-5, 1e22])) == [
        float("inf"), -float("inf"), 1e-5, 1e22,
    ]  # fmt: skip
    assert repr(yaml.safe_load(yaml_flow(float("nan")))) == "nan"
