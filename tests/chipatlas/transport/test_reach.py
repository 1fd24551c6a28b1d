"""A service that is out of reach is given up soon, and met once a run."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from scripts.chipatlas import endpoints
from scripts.chipatlas.transport import client as http
from scripts.chipatlas.transport import reach
from scripts.chipatlas.transport.client import Client
from scripts.chipatlas.transport.reach import one_run
from scripts.common.errors import ServiceUnavailableError
from tests.tiny_server import Reply

ELSEWHERE = "https://chip-atlas.example.org/x"


@pytest.fixture
def silent(monkeypatch):
    """A service that accepts and never answers, as the site; counts its connections."""
    listening = socket.create_server(("127.0.0.1", 0))
    accepted = []

    def accept():
        while True:
            try:
                accepted.append(listening.accept()[0])
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    monkeypatch.setenv("CHIPATLAS_SITE_URL", url)
    monkeypatch.setattr(http, "TIMEOUT", (1.0, 0.3))
    yield url, accepted
    listening.close()


def seconds_of(call):
    started = time.monotonic()
    with pytest.raises(ServiceUnavailableError) as caught:
        call()
    return time.monotonic() - started, str(caught.value)


# Names


def test_a_name_that_does_not_exist(monkeypatch):
    with Client() as client:
        seconds, message = seconds_of(lambda: client.get(ELSEWHERE))
    assert seconds < 1
    assert (
        "No answer from https://chip-atlas.example.org/x (the name chip-atlas.example.org cannot be resolved" in message
    )
    assert "Check the network" in message


def test_a_resolver_that_hangs_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(30))
    with Client() as client:
        seconds, message = seconds_of(lambda: client.get(ELSEWHERE))
        again, second = seconds_of(lambda: client.get(ELSEWHERE))
    assert seconds < 4
    assert "no answer within 3 s" in message
    assert again < 0.1 and second.startswith("Not asked again in this run: ")


def test_a_name_that_cannot_be_resolved_for_now_is_tried_again(monkeypatch):
    asked = []

    def passing(*_, **__):
        asked.append(1)
        if len(asked) < 2:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", passing)
    assert reach.unresolved(ELSEWHERE) == ""
    assert len(asked) == 2

    def never(*_, **__):
        asked.append(1)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    started = time.monotonic()
    assert "Temporary failure" in reach.unresolved(ELSEWHERE)
    assert time.monotonic() - started < 4


def test_a_proxy_resolves_names_itself(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    assert reach.unresolved(ELSEWHERE) == ""
    monkeypatch.setenv("no_proxy", "chip-atlas.example.org")
    assert "cannot be resolved" in reach.unresolved(ELSEWHERE)


def test_exceptions_from_a_proxy_are_no_proxy(monkeypatch):
    monkeypatch.setenv("no_proxy", "localhost")
    assert "cannot be resolved" in reach.unresolved(ELSEWHERE)


# Outages


def test_a_host_that_never_answers_costs_one_time_out(silent):
    url, accepted = silent
    with Client() as client:
        seconds, message = seconds_of(lambda: client.get(f"{url}/a"))
        again, second = seconds_of(lambda: client.get(f"{url}/b"))
    assert 0.25 < seconds < 1 and "timed out" in message
    assert again < 0.1 and second == f"Not asked again in this run: {message.splitlines()[0]}"
    assert len(accepted) == 1


def test_another_run_asks_again(silent):
    url, accepted = silent
    for _ in range(2):
        with Client() as client:
            seconds_of(lambda client=client: client.get(url))
    assert len(accepted) == 2


def test_one_run_has_many_clients(silent):
    url, accepted = silent

    @one_run()
    def run():
        for _ in range(3):
            with one_run(), Client() as client:
                seconds_of(lambda client=client: client.get(url))

    run()
    assert len(accepted) == 1
    run()
    assert len(accepted) == 2


def test_other_services_of_the_same_host_are_asked(silent, monkeypatch, server):
    url, _ = silent
    monkeypatch.setenv("CHIPATLAS_DATA_URL", f"{server.url}/data")
    monkeypatch.setenv("UCSC_API_URL", f"{server.url}/ucsc")
    with Client() as client:
        seconds_of(lambda: client.get(url))
        assert client.get(f"{server.url}/data/x").status_code == 200


def test_a_job_is_followed_through_time_outs(silent, monkeypatch):
    url, accepted = silent
    monkeypatch.delenv("CHIPATLAS_SITE_URL")
    monkeypatch.setenv("CHIPATLAS_WABI_URL", url)
    with Client() as client:
        for _ in range(2):
            seconds_of(lambda: client.get(f"{url}/job"))
    assert len(accepted) == 2


def test_a_busy_service_is_no_outage(server, monkeypatch):
    monkeypatch.setattr(http, "LOOPBACK_BACKOFF_SECONDS", 0)
    server.say(*[Reply(503)] * (http.RETRIES + 1), Reply(200, b"back"))
    with Client() as client:
        seconds_of(lambda: client.get(server.url))
        assert client.get(server.url).text == "back"


def test_nobody_listens(monkeypatch):
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{reserved.getsockname()[1]}"
        with Client() as client:
            _, message = seconds_of(lambda: client.get(url))
            again, second = seconds_of(lambda: client.get(url))
    assert "refused" in message and again < 0.1 and "Not asked again" in second


# How long each is waited for


def test_help_is_not_waited_for_as_long_as_what_is_needed():
    site, ucsc, blacklists, wabi, data = (
        endpoints.patience(f"{endpoints.DEFAULTS[name].rstrip('/')}/x")
        for name in ("CHIPATLAS_SITE_URL", "UCSC_API_URL", "BLACKLIST_URL", "CHIPATLAS_WABI_URL", "CHIPATLAS_DATA_URL")
    )
    assert site == ucsc == blacklists
    # One try without an answer to a connection, and no second that could end after 5 s.
    assert ucsc.connect <= 5 and ucsc.connect + http.BACKOFF_SECONDS + ucsc.connect > ucsc.unreached
    assert site.read < data.read < wabi.read == 120
    assert wabi.keeps_asking and not data.keeps_asking


def test_the_service_behind_an_address(monkeypatch):
    monkeypatch.setenv("CHIPATLAS_DATA_URL", "http://127.0.0.1:1/data")
    monkeypatch.setenv("CHIPATLAS_SITE_URL", "http://127.0.0.1:1/site")
    assert endpoints.service_of("http://127.0.0.1:1/data/hg38/x") == "CHIPATLAS_DATA_URL"
    assert endpoints.service_of("http://127.0.0.1:1/data") == "CHIPATLAS_DATA_URL"
    assert endpoints.service_of("http://127.0.0.1:1/database") == "127.0.0.1:1"
    assert endpoints.service_of("https://elsewhere.example.org/y?z") == "elsewhere.example.org"


def test_a_variable_that_holds_no_address_concerns_its_own_service(server, monkeypatch):
    monkeypatch.setenv("UCSC_API_URL", "ftp://nowhere")
    with Client() as client:
        assert client.get(server.url).status_code == 200
