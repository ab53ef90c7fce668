"""`wbtools --help` takes less than a third of the processor time of `wandb --help`."""

import resource

import pytest

from tests.benchmarks.start_up import seconds


def processor_seconds(*words):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds(*words)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.slow
def test_help_is_quick():
    for words in (("wandb", "--help"), ("wbtools", "--help")):
        seconds(*words)  # what is compiled now is not compiled again
    wandb = min(processor_seconds("wandb", "--help") for _ in range(3))
    assert min(processor_seconds("wbtools", "--help") for _ in range(3)) < wandb / 3
