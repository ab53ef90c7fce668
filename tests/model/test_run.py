"""States of runs, by what they mean."""

from wbtools.model import RunState


def test_states_are_parted_by_how_a_run_ended():
    failed = {state for state in RunState if state.has_failed}
    abnormal = {state for state in RunState if state.ended_abnormally}
    assert failed == {RunState.FAILED, RunState.CRASHED}
    assert abnormal == failed | {RunState.KILLED}
    assert not any(state.is_going for state in abnormal)
