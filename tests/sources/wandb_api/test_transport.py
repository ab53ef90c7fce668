"""Documents reach W&B and answers come back, whatever the network and the server do."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from email.utils import formatdate

import pytest

from tests.server.faults import KINDS
from tests.sources.wandb_api.asking import (
    HASTY,
    PATIENT,
    QUICK,
    VIEWER,
    credentials,
    download,
    entity,
    transport,
)
from tests.sources.wandb_api.odd_server import Said, odd_server
from wbtools.errors import (
    FieldsUnknown,
    Interrupted,
    SignInError,
    TimeUp,
    TooLarge,
    Unreachable,
)
from wbtools.sources.wandb_api import interpretation
from wbtools.sources.wandb_api.retries import RetryPolicy
from wbtools.sources.wandb_api.transport import Transport

N_ASKS, N_THREADS = 200, 8
RATES = {
    **{f"{kind} in every fifth answer": {kind: 0.2} for kind in KINDS},
    "everything at once": dict.fromkeys(KINDS, 0.2 / len(KINDS)),
}


def ask_from_many_threads(asked, n_asks=N_ASKS):
    with ThreadPoolExecutor(N_THREADS) as pool:
        return list(pool.map(lambda _: entity(asked), range(n_asks)))


def test_an_answer_says_what_it_was(server):
    with transport(server, patience=PATIENT) as asked:
        answer = asked.ask(VIEWER, {"x": 1})
    assert answer.data == {"viewer": {"entity": "tester"}}
    (request,) = server.log.all()
    assert (answer.n_bytes, request.variables) == (request.n_bytes, {"x": 1})
    assert 0 < answer.seconds < 30
    assert asked.n_requests == 1


@pytest.mark.parametrize("rates", RATES.values(), ids=RATES)
def test_every_ask_is_answered_although(server, rates):
    server.faults.rates = rates
    waits = []
    # Where nothing hangs, a machine under load must not look as if something did.
    patience = QUICK if "hang" in rates else replace(QUICK, read_s=30.0)
    options = {"patience": patience, "on_wait": lambda *wait: waits.append(wait)}
    with transport(server, **options) as asked:
        assert ask_from_many_threads(asked) == ["tester"] * N_ASKS
    n_faults = sum(server.faults.n_by_kind.values())
    assert n_faults > 20
    n_retries = asked.n_requests - N_ASKS
    assert n_retries >= n_faults
    if "hang" not in rates:
        assert n_retries == n_faults
    assert waits
    assert all(wait_s >= 0 and why for wait_s, why in waits)


def test_a_storm_is_waited_out_in_silence(server):
    server.faults.storm(1.5)
    waits = []
    with transport(server, on_wait=lambda *wait: waits.append(wait)) as asked:
        assert ask_from_many_threads(asked, 40) == ["tester"] * 40
    assert [request for request in server.log.all() if request.waiting_asked] == []
    assert [request.status for request in server.log.all()].count(429) == 1
    assert 1 < waits[0][0] < 2
    assert "429" in waits[0][1]


def test_a_storm_in_the_middle_stops_those_that_were_not_under_way(server):
    """What is on the way when the 429 comes cannot be called back; nothing follows it."""
    server.faults.latency_s = 0.05
    with transport(server) as asked, ThreadPoolExecutor(N_THREADS) as pool:
        going = [pool.submit(entity, asked) for _ in range(60)]
        going[20].result()
        server.faults.storm(0.6)
        assert [future.result() for future in going] == ["tester"] * 60
    first = next(request for request in server.log.all() if request.status == 429)
    late = [request for request in server.log.all() if request.waiting_asked]
    assert len(late) <= N_THREADS
    assert all(request.at < first.ended_at + 0.5 for request in late)


def test_a_rate_limit_is_not_overdrawn(server):
    server.switches.rate_limit, server.switches.rate_limit_headers = 5, True
    server.switches.rate_window_s = 0.4
    waits = []
    with transport(server, on_wait=lambda *wait: waits.append(wait)) as asked:
        assert ask_from_many_threads(asked, 16) == ["tester"] * 16
    assert [request.status for request in server.log.all()] == [200] * 16
    assert any("rate limit" in why for _, why in waits)


def test_a_date_to_wait_for_is_waited_for():
    times = []

    def answer(*_):
        times.append(time.monotonic())
        if len(times) > 1:
            return Said()
        # A date holds whole seconds: of these two at least one is left.
        return Said(503, b"", {"Retry-After": formatdate(time.time() + 2, usegmt=True)})

    with odd_server(answer) as server, transport(server) as asked:
        assert asked.ask(VIEWER, {}).data == {"ok": True}
    assert times[1] - times[0] > 0.9


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3", 3.0),
        ("0.25", 0.25),
        (None, None),
        ("soon", None),
        ("-3", None),
        ("1e9", None),
        ("inf", None),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_what_retry_after_may_say(text, seconds):
    assert interpretation.retry_after_s(text) == seconds


def test_a_server_that_asks_for_more_time_than_there_is(server):
    server.faults.storm(120)
    with (
        transport(server, timeout_s=20) as asked,
        pytest.raises(TimeUp, match=r"asks to wait another 1[23]\d s"),
    ):
        entity(asked)
    assert len(server.log.all()) == 1


def test_a_deadline_ends_a_silence(server):
    server.faults.script.extend(["hang"] * 20)
    with transport(server, timeout_s=0.7, patience=RetryPolicy()) as asked:
        for _ in range(2):
            with pytest.raises(TimeUp, match=r"the 0\.7 s that were allowed are over"):
                entity(asked)
    assert len(server.log.all()) == 1


def test_a_silence_costs_little(server):
    server.faults.hang_s = 30
    server.faults.script.append("hang")
    began = time.monotonic()
    with transport(server) as asked:
        assert entity(asked) == "tester"
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("doing", ["reads", "pauses", "is told to wait"])
def test_a_stop_ends_a_thread_that(server, doing):
    server.faults.hang_s = 20
    patience = RetryPolicy(first_wait_s=1e6, most_wait_s=1e6)
    if doing == "is told to wait":
        server.faults.storm(20)
    else:
        server.faults.script.append("hang" if doing == "reads" else "500")
    with transport(server, patience=patience) as asked, ThreadPoolExecutor(1) as pool:
        going = pool.submit(entity, asked)
        while not server.log.all():
            time.sleep(0.01)
        time.sleep(0.2)
        began = time.monotonic()
        threading.Thread(target=asked.stop).start()
        with pytest.raises(Interrupted):
            going.result()
        assert time.monotonic() - began < 5
        with pytest.raises(Interrupted):
            entity(asked)
    assert len(server.log.all()) == 1


def test_a_stop_in_the_moment_of_connecting_leaves_no_socket_open(server, monkeypatch):
    connect = socket.create_connection
    connected = []
    with transport(server) as asked:

        def connect_and_stop(*address, **options):
            connected.append(connect(*address, **options))
            asked.stop()
            return connected[-1]

        monkeypatch.setattr(socket, "create_connection", connect_and_stop)
        with pytest.raises(Interrupted):
            entity(asked)
    assert [connection.fileno() for connection in connected] == [-1]


def test_patience_ends(server):
    server.faults.rates = {"502": 1.0}
    with (
        transport(server, patience=HASTY) as asked,
        pytest.raises(Unreachable, match=r"502 Bad Gateway \(3 tries in 0 s\)"),
    ):
        entity(asked)
    assert asked.n_requests == 3


def test_an_error_that_stays_is_taken_as_the_last_word(server):
    server.faults.rates = {"graphql_error": 1.0}
    patience = RetryPolicy(first_wait_s=0.001, most_wait_s=0.002, most_errors=5)
    with (
        transport(server, patience=patience) as asked,
        pytest.raises(Unreachable, match=r"something went wrong \(5 tries"),
    ):
        entity(asked)


def test_five_minutes_of_failure_are_borne():
    assert (RetryPolicy().give_up_after_s, RetryPolicy().least_tries) == (300, 8)


def test_a_key_that_is_refused(server):
    wrong = credentials(server.base_url, key="0" * 40, how_to_sign_in="like this")
    with Transport(wrong) as asked, pytest.raises(SignInError, match="from a test") as caught:
        entity(asked)
    assert caught.value.hint == "like this"
    assert len(server.log.all()) == 1


def test_an_old_server_is_asked_once(server):
    server.switches.missing_fields = frozenset({"User.entity"})
    with (
        transport(server, patience=PATIENT) as asked,
        pytest.raises(FieldsUnknown) as caught,
    ):
        entity(asked)
    (message,) = caught.value.messages
    assert "Cannot query field 'entity' on type 'User'" in message
    assert len(server.log.all()) == 1


def test_a_long_answer_is_not_read_to_its_end():
    with (
        odd_server(lambda *_: Said(body=b" " * 50_000_000)) as server,
        transport(server, patience=PATIENT) as asked,
    ):
        with pytest.raises(TooLarge, match="longer than 100,000 bytes"):
            asked.ask(VIEWER, {}, most_bytes=100_000)
        with pytest.raises(TooLarge):
            download(asked, f"{server.base_url}/file", most_bytes=100_000)
    assert asked.n_requests == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (Said(404, b"no such page"), r"answered 404: no such page"),
        (Said(400, b'{"errors": [{"message": "bad\\n\\u001b[31mthing"}]}'), r"400: bad \[31mthing"),
        (Said(200, b'{"errors": [{"message": "run not found"}]}'), "refuses the request: run not"),
        (Said(400, b'{"errors": ["plain words"]}'), "400: plain words"),
        (Said(400, b"x" * 10_000), "400: x{199}…"),
        (Said(301, b"", {"Location": "/elsewhere"}), r"to http://localhost:\d+/elsewhere,"),
        (Said(301, b"", {"Location": "elsewhere"}), r"to http://localhost:\d+/elsewhere,"),
        (Said(302, b"", {"Location": "//other.host/x?q=1"}), "to http://other.host/x,"),
        (Said(307, b"", {"Location": "https://[x/"}), "to an address that cannot be read,"),
    ],
    ids=[
        "an absent page",
        "a refusal with control signs",
        "an error for good",
        "an error that is no object",
        "a long refusal",
        "a redirect on the same host",
        "a redirect within the same folder",
        "a redirect without a scheme",
        "a redirect to nowhere",
    ],
)
def test_not_tried_again(said, words):
    with (
        odd_server(lambda *_: said) as server,
        transport(server, patience=PATIENT) as asked,
        pytest.raises(Unreachable, match=words),
    ):
        asked.ask(VIEWER, {})
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"errors": [{"message": "odd"}], "data": {"run": null}}', "odd"),
        (b'{"data": null}', "neither data nor errors"),
        (b"[1]", r"JSON object: it begins with '\[1\]' \(3 tries"),
        (b'{"data": {"x": NaN}}', "JSON object: it begins with"),
        (b'{"data": {"x": 1', "cut off"),
        (b'{"data": {"x": "\xc3', "cut off"),
        (b"", "cut off"),
        (b'{"data": {"x": "\xc3"}}', "JSON object: it begins with"),
        (b"it is\x1b[31m \x00broken" * 9, "begins with 'it is \\[31m brokenit is"),
        (b'{"data": [1]}', "has a list where its data should be"),
        (b'{"data": "x"}', "has a text where its data should be"),
        (b'{"data": 1}', "has a number where its data should be"),
        (b'{"errors": [{"message": "x", "extensions": {"code": ["?"]}}]}', "error: x"),
    ],
)
def test_tried_again_but_not_for_ever(body, words):
    with (
        odd_server(lambda *_: Said(body=body)) as server,
        transport(server, patience=HASTY) as asked,
        pytest.raises(Unreachable, match=words),
    ):
        asked.ask(VIEWER, {})
    assert len(server.asked) == 3


def test_a_web_page_in_place_of_an_answer():
    page = Said(200, b"<html>Sign in to the hotel's network", {"Content-Type": "text/html"})
    with (
        odd_server(lambda *_: page) as server,
        transport(server, patience=HASTY) as asked,
        pytest.raises(Unreachable, match="web page instead of data: <html>Sign in"),
    ):
        asked.ask(VIEWER, {})


def test_a_host_that_does_not_exist():
    began = time.monotonic()
    asked = Transport(credentials("http://no-such-host.invalid"), timeout_s=20)
    with asked, pytest.raises((Unreachable, TimeUp)):
        asked.ask(VIEWER, {})
    assert time.monotonic() - began < 25


def test_a_closed_port_is_tried_three_times_and_the_address_asked_about():
    assert RetryPolicy().most_refused == 3
    with odd_server(lambda *_: Said()) as server:
        gone = server.base_url
    patience = RetryPolicy(first_wait_s=0.001)
    with (
        Transport(credentials(gone), patience=patience) as asked,
        pytest.raises(Unreachable, match=r"refused \(3 tries") as caught,
    ):
        asked.ask(VIEWER, {})
    assert "is WANDB_BASE_URL right" in caught.value.hint


def test_whoever_has_no_network_hears_it_soon():
    assert RetryPolicy().first_contact_s < 20  # a pause that would last longer is not made
    with odd_server(lambda *_: Said()) as server:
        gone = server.base_url
    rarely = RetryPolicy(first_wait_s=1e9, most_wait_s=1e9)
    with (
        Transport(credentials(gone), patience=rarely) as asked,
        pytest.raises(Unreachable, match=r"refused \(1 tries in 0 s"),
    ):
        asked.ask(VIEWER, {})


def test_a_deadline_before_the_next_try_tells_what_failed():
    with odd_server(lambda *_: Said()) as server:
        gone = server.base_url
    rarely = RetryPolicy(first_wait_s=1e9, most_wait_s=1e9, first_contact_s=1e10)
    with (
        Transport(credentials(gone), patience=rarely, timeout_s=5) as asked,
        pytest.raises(TimeUp, match=r"are left; no connection: .*, and the next try is in \d+ s"),
    ):
        asked.ask(VIEWER, {})


def test_a_server_that_asks_to_wait_no_time_is_not_hammered():
    busy = Said(429, b"", {"Retry-After": "0"})
    with odd_server(lambda *_: busy) as server:
        patience = replace(HASTY, first_wait_s=0.05, most_wait_s=0.4, give_up_after_s=1.0)
        with transport(server, patience=patience) as asked, pytest.raises(Unreachable):
            asked.ask(VIEWER, {})
        assert 3 <= len(server.asked) < 60
