from __future__ import annotations

import gzip
import re
import socket
import time

import pytest

from scripts.chipatlas.transport import client as http
from scripts.common.errors import BadResponseError, ServiceUnavailableError
from tests.tiny_server import Reply

ALL_TRIES = http.RETRIES + 1
#: Quick enough for a test, long enough to tell from no wait at all.
SHORT = 0.3


@pytest.fixture
def client():
    with http.Client() as opened:
        yield opened


@pytest.fixture
def quick(monkeypatch):
    """No waits between tries."""
    monkeypatch.setattr(http, "LOOPBACK_BACKOFF_SECONDS", 0)


@pytest.mark.parametrize("status", http.PASSING_STATUSES)
def test_get_is_tried_again_and_succeeds(server, client, quick, status):
    server.say(Reply(status), Reply(status), Reply(200, b"chipatlas"))
    assert client.get(server.url + "/x").text == "chipatlas"
    assert [request.method for request in server.requests] == ["GET"] * 3


def test_head_is_tried_again(server, client, quick):
    server.say(Reply(503), Reply(200))
    assert client.head(server.url + "/x").status_code == 200
    assert [request.method for request in server.requests] == ["HEAD"] * 2


def test_get_is_tried_again_when_the_connection_is_cut(server, client, quick):
    server.say(Reply(hang_up=True), Reply(200, b"ok"))
    assert client.get(server.url + "/x").text == "ok"


@pytest.mark.parametrize("status", http.PASSING_STATUSES)
def test_post_is_never_repeated(server, client, quick, status):
    server.say(Reply(status), Reply(200, b"a second job"))
    with pytest.raises(ServiceUnavailableError, match=f"HTTP {status} from {re.escape(server.url)}/jobs"):
        client.post(server.url + "/jobs", {"genome": "hg38"})
    assert len(server.requests) == 1


def test_post_is_never_repeated_even_with_retry_after(server, client, quick):
    server.say(Reply(503, headers={"Retry-After": "0"}), Reply(200))
    with pytest.raises(ServiceUnavailableError, match="HTTP 503"):
        client.post(server.url + "/jobs", {})
    assert len(server.requests) == 1


def test_post_is_never_repeated_when_the_connection_is_cut(server, client, quick):
    # The server may have started the job before the line went dead.
    server.say(Reply(hang_up=True), Reply(200, b"a second job"))
    with pytest.raises(ServiceUnavailableError, match="No answer from .*/jobs"):
        client.post(server.url + "/jobs", {})
    assert len(server.requests) == 1


def test_post_sends_a_form(server, client):
    client.post(server.url + "/jobs", {"bedAFile": "SRX1\nSRX2", "title": "a b"})
    assert server.requests[0].body == b"bedAFile=SRX1%0ASRX2&title=a+b"
    assert server.requests[0].headers["Content-Type"] == "application/x-www-form-urlencoded"


@pytest.mark.parametrize("status", http.PASSING_STATUSES)
def test_giving_up_names_url_and_status(server, client, quick, status):
    server.say(Reply(status, b"<html>down</html>"))
    with pytest.raises(ServiceUnavailableError, match=f"HTTP {status} from {re.escape(server.url)}/x"):
        client.get(server.url + "/x")
    assert len(server.requests) == ALL_TRIES


@pytest.mark.parametrize("status", [200, 400, 403, 404, 405])
def test_any_other_status_is_the_callers_to_judge(server, client, status):
    server.say(Reply(status, b"body"))
    assert client.get(server.url + "/x").status_code == status
    assert client.post(server.url + "/x", {}).status_code == status
    assert len(server.requests) == 2


def test_connection_refused(client, quick):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}/x"
        with pytest.raises(
            ServiceUnavailableError, match=f"(?s)No answer from {url} .*refused.*no embedded service runs there"
        ):
            client.get(url)


def test_a_read_that_takes_too_long(server, client, monkeypatch, quick):
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.1))
    monkeypatch.setattr(http, "RETRIES", 0)
    monkeypatch.setattr(server, "answer", lambda request: time.sleep(SHORT) or Reply())
    with pytest.raises(ServiceUnavailableError, match=r"No answer from .*timed out"):
        client.get(server.url + "/x")


def test_retry_after_is_honoured(server, client, quick):
    server.say(Reply(429, headers={"Retry-After": "1"}), Reply(200))
    start = time.monotonic()
    assert client.get(server.url + "/x").status_code == 200
    assert time.monotonic() - start >= 0.95


def test_a_retry_after_that_is_no_time_is_passed_over(server, client, quick):
    server.say(Reply(429, headers={"Retry-After": "soon"}), Reply(200, b"ok"))
    assert client.get(server.url + "/x").text == "ok"


def test_waits_grow(server, client, monkeypatch):
    waits = []
    monkeypatch.setattr("scripts.chipatlas.transport.client.time.sleep", waits.append)
    server.say(Reply(503))
    with pytest.raises(ServiceUnavailableError):
        client.get(server.url + "/x")
    assert len(waits) >= http.RETRIES - 1
    assert waits[-1] > waits[0] > 0


def test_get_json_with_parameters(server, client):
    server.say(Reply(200, b'\n{"a": [1]}'))
    assert client.get_json(server.url + "/x", params={"q": "TP53 K-562", "limit": 20}) == {"a": [1]}
    assert server.requests[0].path == "/x?q=TP53+K-562&limit=20"


@pytest.mark.parametrize("body", [b"<html><title>Maintenance</title></html>", b"", b'{"cut": ', b"\xff\xfe\x00"])
def test_get_json_of_something_else(server, client, body):
    server.say(Reply(200, body))
    with pytest.raises(BadResponseError, match=f"Expected JSON from {re.escape(server.url)}/x") as caught:
        client.get_json(server.url + "/x")
    if body.startswith(b"<"):
        assert "It answered: <html><title>Maintenance" in str(caught.value)


def test_get_json_of_another_status_names_it_and_quotes(server, client):
    server.say(Reply(400, b'{"error": "unknown genome"}'))
    with pytest.raises(BadResponseError, match=r'HTTP 400 from .*/x\nIt answered: \{"error": "unknown genome"\}'):
        client.get_json(server.url + "/x")


def test_blocks_give_the_body(server, client):
    body = bytes(range(256)) * 4096
    server.say(Reply(200, body))
    received = list(client.blocks(client.get(server.url + "/x", stream=True), limit=len(body)))
    assert b"".join(received) == body
    assert len(received) > 1
    assert max(map(len, received)) <= http.BLOCK_BYTES


def test_blocks_stop_at_the_limit(server, client):
    server.say(Reply(200, b"x" * 1001))
    with pytest.raises(BadResponseError, match=f"{re.escape(server.url)}/x sends more than 1,000 bytes"):
        list(client.blocks(client.get(server.url + "/x", stream=True), limit=1000))


def test_the_limit_counts_what_is_unpacked(server, client):
    server.say(Reply(200, gzip.compress(b"\0" * 1_000_000), {"Content-Encoding": "gzip"}))
    with pytest.raises(BadResponseError, match="sends more than 10,000 bytes"):
        list(client.blocks(client.get(server.url + "/x", stream=True), limit=10_000))


def test_a_compressed_body_is_not_taken_for_a_truncated_one(server, client):
    # Incompressible, so that the packed body is longer than what was announced counts for.
    server.say(Reply(200, gzip.compress(b"ab"), {"Content-Encoding": "gzip"}))
    assert b"".join(client.blocks(client.get(server.url + "/x", stream=True), limit=100)) == b"ab"


@pytest.mark.parametrize("received", [0, 400])
def test_a_truncated_body(server, client, received):
    server.say(Reply(200, b"x" * received, announce=1000))
    with pytest.raises(
        ServiceUnavailableError, match=rf"The download of {re.escape(server.url)}/x broke off.*Run it again"
    ):
        list(client.blocks(client.get(server.url + "/x", stream=True), limit=5000))


def test_a_truncated_body_that_the_http_library_lets_pass(server, client):
    server.say(Reply(200, b"x" * 400, announce=1000))
    response = client.get(server.url + "/x", stream=True)
    response.raw.enforce_content_length = False  # urllib3 1.26, which requests 2.28 comes with, does not look
    with pytest.raises(ServiceUnavailableError, match=r"/x broke off: 400 of 1,000 bytes\. Run it again"):
        list(client.blocks(response, limit=5000))


def test_a_truncated_body_that_is_not_streamed(server, client, quick):
    server.say(Reply(200, b"[1, 2", announce=1000))
    with pytest.raises(ServiceUnavailableError, match="No answer from .*/x"):
        client.get_json(server.url + "/x")


def test_simulated_is_recorded_and_stays(server, client):
    server.say(Reply(404), Reply(200, headers={http.SIMULATED_HEADER: "1"}), Reply(200))
    seen = []
    for _ in range(3):
        client.get(server.url + "/x")
        seen.append(client.simulated)
    assert seen == [False, True, True]


@pytest.mark.parametrize("value", ["0", "", "no"])
def test_another_value_of_the_header_is_not_simulated(server, client, value):
    server.say(Reply(200, headers={http.SIMULATED_HEADER: value}))
    client.get(server.url + "/x")
    assert client.simulated is False


def test_the_client_says_who_it_is(server, client):
    client.get(server.url + "/x")
    assert server.requests[0].headers["User-Agent"].startswith("chip-atlas-skills/")


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_an_environment_proxy_is_not_asked_about_loopback(server, client, monkeypatch, variable):
    monkeypatch.setenv(variable, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "elsewhere.example.org")
    assert client.get(server.url + "/x").status_code == 200


def test_an_environment_proxy_is_used_for_any_other_host(server, client, monkeypatch):
    monkeypatch.setenv("http_proxy", server.url)
    server.say(Reply(200, b"by proxy"))
    assert client.get("http://mirror.example.org/data").text == "by proxy"
    assert server.requests[0].path == "http://mirror.example.org/data"
