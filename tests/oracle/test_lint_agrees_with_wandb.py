"""Lint against W&B's own schema, client and engine, in both directions, on random sweep files."""

import random
from collections import Counter

import pytest
import yaml

from tests.oracle import random_files
from tests.planning import random_runs
from tests.sweepfile import random_options
from wbtools.findings import Severity
from wbtools.sweepfile.draft import Draft, write_draft
from wbtools.sweepfile.grid import GridSpec
from wbtools.sweepfile.grid_expansion import expand
from wbtools.sweepfile.grid_sweeps import grid_sweeps
from wbtools.sweepfile.launch import sent
from wbtools.sweepfile.lint import RULES, lint
from wbtools.sweepfile.numbers_in_yaml import as_sent

pytestmark = pytest.mark.slow
N_FILES = 4000


@pytest.fixture(scope="module")
def files():
    rng = random.Random(5)  # noqa: S311 - reproducible
    return [random_files.file(rng) for _ in range(N_FILES)]


@pytest.fixture(scope="module")
def verdicts(ask_validator, files):
    # As the server reads what reaches it.
    return ask_validator([as_sent(sent(config)) for config in files])


def client_refuses(config):
    """What `wandb sweep` and `launch-sweep` check before they speak to a server."""
    from wandb.apis.public.sweeps import _validate_config_and_fill_distribution

    try:
        _validate_config_and_fill_distribution(sent(config))
    except Exception as error:  # noqa: BLE001 - whatever it raises, the file is not sent
        return str(error) or type(error).__name__
    return None


def judged(config):
    return lint(yaml.safe_dump(config, sort_keys=False).encode(), source="s")


def test_what_the_schema_rejects_is_an_error_or_a_warning(files, verdicts):
    tally = Counter()
    for config, verdict in zip(files, verdicts, strict=True):
        rejected = verdict.get("crashed") or verdict["violations"]
        found = [finding for finding in judged(config) if finding.severity >= Severity.WARNING]
        tally[bool(rejected)] += 1
        assert found or not rejected, (config, verdict)
    assert min(tally.values()) > 500


def test_what_is_called_an_error_is_refused_by_someone(files, verdicts):
    tally = Counter()
    for config, verdict in zip(files, verdicts, strict=True):
        errors = [finding for finding in judged(config) if finding.severity is Severity.ERROR]
        tally.update({finding.code for finding in errors})
        refused = (
            verdict.get("crashed")
            or verdict["violations"]
            or verdict["next_run"]
            or verdict["stop_runs"]
            or client_refuses(config)
        )
        if any(RULES[finding.code].certain is None for finding in errors):
            assert refused, (config, [(finding.code, finding.title) for finding in errors])
    assert len(tally) > 25


def test_a_bayes_or_a_grid_on_which_the_engine_raises_is_an_error(files, verdicts):
    n_raised = 0
    for config, verdict in zip(files, verdicts, strict=True):
        raised = verdict["next_run"] or verdict["stop_runs"]
        if not raised or config.get("method") == "custom" or config.get("scheduler"):
            continue
        n_raised += 1
        found = [finding for finding in judged(config) if finding.severity >= Severity.WARNING]
        assert found, (config, verdict)
    assert n_raised > 300


def test_the_schema_accepts_every_file_that_make_sweep_emits(ask_validator):
    rng = random.Random(12)  # noqa: S311 - reproducible
    drafts = [random_options.emitted(rng, random_options.ask(rng)) for _ in range(1500)]
    texts = [draft[1] for draft in drafts if draft is not None]
    assert len(texts) > 800
    configs = [yaml.safe_load(text) for text in texts]
    for config, verdict in zip(configs, ask_validator(configs), strict=True):
        assert verdict.get("violations") == [], (config, verdict)
        assert client_refuses(config) is None
        assert (verdict["next_run"], verdict["stop_runs"]) == (None, None), config


def test_the_schema_accepts_every_next_sweep_and_every_grid(ask_validator):
    rng = random.Random(13)  # noqa: S311 - reproducible
    texts = [write_draft(random_runs.plan(rng)[3].draft) for _ in range(400)]
    values = [1, 0.5, 1e-9, "x", "1e-5", True, None, [1, 2], [["a"]], r"C:\new", "é"]
    for _ in range(300):
        axes = {name: tuple(rng.choices(values, k=rng.randrange(1, 4))) for name in "abc"}
        base = {name: rng.choice(values) for name in ("c", "d-e", "f.g")}
        spec = GridSpec(prefix="g", out_dir=None, axes=axes, base=base)
        (sweep,) = grid_sweeps(spec, expand(spec).configs, "train.py")
        texts.append(write_draft(Draft(data=sweep.data)))
    configs = [yaml.safe_load(text) for text in texts]
    for config, verdict in zip(configs, ask_validator(configs), strict=True):
        assert verdict.get("violations") == [], (config, verdict)
        assert client_refuses(config) is None
        assert (verdict["next_run"], verdict["stop_runs"]) == (None, None), config
