"""A tiny HTTP server that replies as told, and an environment that points nowhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from scripts.chipatlas import endpoints

PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the person who runs the tests changes what they see."""
    for name in (*endpoints.DEFAULTS, "CHIPATLAS_POLL_SECONDS", "CHIPATLAS_QUIET", *PROXY_VARIABLES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@dataclass
class Reply:
    """What the server says once. `hang_up` closes the connection instead; `announce` overrides Content-Length."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    announce: int | None = None
    hang_up: bool = False


@dataclass
class Request:
    method: str
    path: str
    body: bytes
    headers: dict[str, str]


class TinyServer:
    """Gives the replies of `script` in order, the last one for ever, and keeps every request."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.script: list[Reply] = [Reply()]
        self.requests: list[Request] = []

    def say(self, *replies: Reply) -> None:
        self.script = list(replies)

    def answer(self, request: Request) -> Reply:
        self.requests.append(request)
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


class _Handler(BaseHTTPRequestHandler):
    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        reply = self.server.tiny.answer(Request(self.command, self.path, body, dict(self.headers)))
        self.close_connection = True
        if reply.hang_up:
            return
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body) if reply.announce is None else reply.announce))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_POST = do_HEAD = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[TinyServer]:
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    listening.tiny = TinyServer(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield listening.tiny
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join(timeout=5)
