"""The limits of the HTTP policy, met over real connections."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest

from scripts.chipatlas.transport import client as http
from scripts.chipatlas.transport import failures
from scripts.common.errors import BadResponseError, ServiceUnavailableError
from tests.tiny_server import Reply, TinyServer, _Handler


@pytest.fixture
def client() -> Iterator[http.Client]:
    with http.Client() as opened:
        yield opened


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "LOOPBACK_BACKOFF_SECONDS", 0.0)


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_long_retry_after_is_reported_not_slept_through(server, client, method) -> None:
    server.say(Reply(503, headers={"Retry-After": "3600"}))
    begun = time.monotonic()
    with pytest.raises(ServiceUnavailableError, match=r"left alone for 3,600 s, longer than is waited for") as caught:
        getattr(client, method)(server.url + "/x")
    assert time.monotonic() - begun < 5
    assert len(server.requests) == 1
    assert caught.value.retry_after == 3600


def test_a_retry_after_at_the_limit_is_waited_for(server, client, monkeypatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("scripts.chipatlas.transport.client.time.sleep", waits.append)
    limit = failures.MAX_RETRY_AFTER_SECONDS
    server.say(Reply(429, headers={"Retry-After": f"{limit:.0f}"}), Reply(200, b"ok"))
    assert client.get(server.url + "/x").text == "ok"
    assert waits == [limit]


def test_a_longer_wait_is_said(server, client, monkeypatch, capsys) -> None:
    monkeypatch.setattr("scripts.chipatlas.transport.client.time.sleep", lambda seconds: None)
    server.say(Reply(429, b'{"retryAfterSeconds": 30}'), Reply(200))
    client.get(server.url + "/x")
    assert f"{server.url}/x is busy or out of reach: trying again in 30 s" in capsys.readouterr().out


def test_no_further_try_when_time_is_up(server, client, monkeypatch) -> None:
    monkeypatch.setattr(http, "TRYING_SECONDS", 0.5)
    server.say(Reply(503, headers={"Retry-After": "1"}))
    with pytest.raises(ServiceUnavailableError, match="HTTP 503"):
        client.get(server.url + "/x")
    assert len(server.requests) == 1


def test_a_body_that_breaks_off_is_asked_for_again(server, client) -> None:
    server.say(Reply(200, b"[1, 2", announce=1000), Reply(200, b"[1, 2]"))
    assert client.get_json(server.url + "/x") == [1, 2]


def test_gzip_that_is_none_is_asked_for_again_then_refused(server, client) -> None:
    noise = Reply(200, b"no gzip at all", {"Content-Encoding": "gzip"})
    server.say(noise, Reply(200, b"ok"))
    assert client.get(server.url + "/x").text == "ok"
    server.say(noise)
    with pytest.raises(BadResponseError, match="/x says that its body is gzip, and it is not"):
        client.get(server.url + "/x")
    with pytest.raises(BadResponseError, match="says that its body is gzip"):
        list(client.blocks(client.get(server.url + "/x", stream=True), 100))


@pytest.mark.parametrize("status", [200, 404, 503])
def test_a_body_that_is_not_streamed_has_a_limit_too(server, client, monkeypatch, status) -> None:
    monkeypatch.setattr(http, "MAX_BODY_BYTES", 1000)
    server.say(Reply(status, b"x" * 1001))
    with pytest.raises(BadResponseError, match="sends more than 1,000 bytes"):
        client.get(server.url + "/x")
    with pytest.raises(BadResponseError, match="sends more than 1,000 bytes"):
        client.post(server.url + "/x", {})


def test_an_announced_size_over_the_limit_is_refused_before_it_comes(server, client) -> None:
    server.say(Reply(200, b"PK", announce=10 * 1000**3))
    response = client.get(server.url + "/x", stream=True)
    with pytest.raises(BadResponseError, match="sends more than 100 bytes; it was not taken"):
        next(client.blocks(response, 100))


def test_next_to_nothing_is_an_end(server, client, monkeypatch) -> None:
    monkeypatch.setattr(http, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(http, "RETRIES", 0)
    trickling = _trickling_server()
    try:
        url = f"http://127.0.0.1:{trickling.server_port}/x"
        with pytest.raises(ServiceUnavailableError, match=r"sends next to nothing: \d+ bytes in"):
            client.get(url)
        with pytest.raises(ServiceUnavailableError, match="sends next to nothing"):
            list(client.blocks(client.get(url, stream=True), 10**9))
    finally:
        trickling.shutdown()
        trickling.server_close()


def _trickling_server() -> ThreadingHTTPServer:
    class Handler(_Handler):
        def _serve(self) -> None:
            self.close_connection = True
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            for _ in range(40):
                time.sleep(0.05)
                try:
                    self.wfile.write(b"x")
                except OSError:  # the client has had enough
                    return

        do_GET = _serve  # noqa: N815 - http.server's name

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listening.daemon_threads = True
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    return listening


def test_the_readers_own_time_is_not_the_servers(server, client, monkeypatch) -> None:
    monkeypatch.setattr(http, "SLOW_SECONDS", 0.2)
    monkeypatch.setattr(http, "BLOCK_BYTES", 10)
    server.say(Reply(200, b"x" * 50))
    received = 0
    for block in client.blocks(client.get(server.url + "/x", stream=True), 100):
        received += len(block)
        time.sleep(0.06)
    assert received == 50


def test_a_redirect_within_the_site_is_followed(server, client) -> None:
    server.say(Reply(302, headers={"Location": "/y?new=1"}), Reply(200, b"here"))
    response = client.get(server.url + "/x", params={"old": "1"})
    assert (response.text, response.url) == ("here", f"{server.url}/y?new=1")
    assert [request.path for request in server.requests] == ["/x?old=1", "/y?new=1"]


@pytest.mark.parametrize("target", ["http://elsewhere.example.org/y", "//elsewhere.example.org", "http://[broken"])
def test_a_redirect_elsewhere_is_an_error_that_names_both(server, client, target) -> None:
    server.say(Reply(301, headers={"Location": target}))
    with pytest.raises(BadResponseError, match="it is another site") as caught:
        client.get(server.url + "/x")
    assert f"{server.url}/x" in str(caught.value)
    assert target.strip("/") in str(caught.value)
    assert len(server.requests) == 1


def test_a_redirect_to_a_configured_host_is_followed(server, client, monkeypatch) -> None:
    monkeypatch.setenv("CHIPATLAS_DATA_URL", server.url.replace("127.0.0.1", "localhost") + "/data")
    server.say(Reply(302, headers={"Location": server.url.replace("127.0.0.1", "localhost") + "/y"}), Reply(200, b"y"))
    assert client.get(server.url + "/x").text == "y"


def test_redirects_end(server, client) -> None:
    server.say(Reply(302, headers={"Location": "/x"}))
    with pytest.raises(BadResponseError, match=f"after {http.MAX_REDIRECTS} redirects and redirects again"):
        client.get(server.url + "/x")
    assert len(server.requests) == http.MAX_REDIRECTS + 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_form_is_never_redirected(server, client, status) -> None:
    server.say(Reply(status, headers={"Location": "/y"}))
    with pytest.raises(BadResponseError, match="a form is sent once, to one place"):
        client.post(server.url + "/x", {"a": "b"})
    assert [(request.method, request.path) for request in server.requests] == [("POST", "/x")]


def test_at_most_four_connections_a_host(server, client) -> None:
    open_now, most = [], []
    answer = server.answer

    def slowly(request):
        open_now.append(1)
        most.append(len(open_now))
        time.sleep(0.1)
        open_now.pop()
        return answer(request)

    server.answer = slowly
    threads = [threading.Thread(target=client.get, args=(server.url + "/x",)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(server.requests) == 12
    assert max(most) <= http.CONNECTIONS_A_HOST


def test_a_certificate_that_nobody_signed_is_refused_at_once(tmp_path: Path, client: http.Client) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, *names, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.tiny = TinyServer("")  # type: ignore[attr-defined]
    listening.socket = context.wrap_socket(listening.socket, server_side=True)
    listening.handle_error = lambda *_: None  # type: ignore[method-assign]
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        for ask in (client.get, client.head, lambda url: client.post(url, {})):
            with pytest.raises(ServiceUnavailableError, match="TLS verification failed"):
                ask(f"https://localhost:{listening.server_port}/x")
        assert listening.tiny.requests == []  # type: ignore[attr-defined]
    finally:
        listening.shutdown()
        listening.server_close()
