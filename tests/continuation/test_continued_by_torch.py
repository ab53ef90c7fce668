"""Lightning and the Trainer themselves, stopped in an offline sweep: in their own layouts."""

import pytest

from tests.continuation.catalogue import LIGHTNING, TRANSFORMERS
from tests.continuation.goings_on import stopped_and_gone_on
from tests.continuation.projects import STOPPED

pytestmark = pytest.mark.slow


def test_lightning_goes_on_as_if_nobody_had_stopped_it(tmp_path):
    gone_on = stopped_and_gone_on(tmp_path, LIGHTNING)
    gone_on.check(9)
    assert f"lightning_logs/{STOPPED}/checkpoints/epoch=8-step=900.ckpt" in gone_on.notes
    assert "--ckpt_path=" in gone_on.script


def test_the_trainer_goes_on_as_if_nobody_had_stopped_it(tmp_path):
    """It saves what it has just evaluated: whether it still did that, is a matter of luck."""
    gone_on = stopped_and_gone_on(tmp_path, TRANSFORMERS)
    last = min(gone_on.after) - 1
    assert last >= max(gone_on.before) - 1
    gone_on.check(last)
    assert f"out/{STOPPED}/checkpoint-{16 * last} " in gone_on.notes
    assert "--resume_from_checkpoint=" in gone_on.script
