"""What the tests of the transport share."""

import io

from tests.server.running import API_KEY
from wbtools.sources.wandb_api.api_keys import ApiKey
from wbtools.sources.wandb_api.credentials import Credentials
from wbtools.sources.wandb_api.retries import RetryPolicy
from wbtools.sources.wandb_api.transport import Transport

VIEWER = "query Viewer { viewer { entity } }"
QUICK = RetryPolicy(read_s=0.3, connect_s=2, first_wait_s=0.01, most_wait_s=0.1, most_errors=40)
PATIENT = RetryPolicy(read_s=30, connect_s=30, first_wait_s=0.01, most_wait_s=0.1, most_errors=40)
"""For tests that count requests: a busy machine must not look as if the server were silent."""
HASTY = RetryPolicy(
    read_s=0.4, first_wait_s=0.001, most_wait_s=0.002, give_up_after_s=0, least_tries=3
)


def credentials(base_url, key=API_KEY, **more):
    return Credentials(base_url=base_url, source="a test", secret=ApiKey(key), **more)


def transport(server, *, patience=QUICK, **options):
    return Transport(credentials(server.base_url), patience=patience, **options)


def entity(asked):
    return asked.ask(VIEWER, {}).data["viewer"]["entity"]


def download(asked, url, most_bytes=10**8):
    """The file at an address."""
    into = io.BytesIO()
    asked.download(url, into, most_bytes=most_bytes)
    return into.getvalue()
