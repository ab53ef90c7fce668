"""What is given up leaves nothing behind."""

import contextlib
import gc
import io

import pytest

from tests.sources.wandb_api.asking import HASTY, VIEWER, transport
from tests.sources.wandb_api.hostile import packed
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import WbtoolsError
from wbtools.sources.wandb_api.interpretation import RawResponse

MANY = b'{"data": {"x": [' + b"0," * 3_000_000 + b"0]}}"
GIVEN_UP = {
    "too long to be read": (packed(MANY), 1_000_000),
    "too large to be parsed": (Said(body=MANY), None),
    "no JSON": (Said(body=b"x" * 1_000_000), None),
    "a refusal": (Said(404, b"x" * 60_000), None),
    "a refused key": (Said(401, b"x" * 60_000), None),
    "an unknown field": (
        Said(200, b'{"errors": [{"message": "unknown type x"}], "data": "' + b"x" * 99_999 + b'"}'),
        None,
    ),
}


@pytest.fixture
def collected_by_nobody():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def held():
    """The bodies of answers that are still there."""
    return [
        thing
        for thing in gc.get_objects()
        if type(thing) is RawResponse
        or (type(thing) is io.BytesIO and not thing.closed and thing.getbuffer().nbytes > 50_000)
    ]


@pytest.mark.usefixtures("collected_by_nobody")
@pytest.mark.parametrize(("said", "most_bytes"), GIVEN_UP.values(), ids=GIVEN_UP)
def test_the_body_of_an_answer_that_is_given_up_is_dropped_at_once(said, most_bytes):
    errors = []
    with odd_server(lambda *_: said) as server, transport(server, patience=HASTY) as asked:
        for _ in range(3):
            with contextlib.suppress(WbtoolsError):
                asked.ask(VIEWER, {}, most_bytes=most_bytes)
            try:
                asked.ask(VIEWER, {}, most_bytes=most_bytes)
            except WbtoolsError as error:
                errors.append(error)  # whoever keeps the error does not keep the body
    assert len(errors) == 3
    assert held() == []
