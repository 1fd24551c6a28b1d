"""What goes wrong on the way: connections, statuses, bodies. An effect makes the reply that a fault sends."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from flask import Request, Response

from ..pace import Pace

#: Has the route do its work, and gives its true reply.
Route = Callable[[], Response]

ELSEWHERE = "http://elsewhere.example.org/"
MAINTENANCE_PAGE = (
    "<!doctype html><html><head><title>Maintenance</title></head>"
    "<body><h1>The service is in maintenance [until 18:00]</h1></body></html>\n"
)
TEN_GIGABYTES = 10 * 1000**3
_NOISE_SEED = 20240707
_NOISE_BYTES = 4096


Effect = Callable[[Request, Route, Pace], Response]


def dropped(request: Request, route: Route, pace: Pace) -> Response:
    """The request is not even looked at: the connection is reset."""
    return _Reset()


def reset(request: Request, route: Route, pace: Pace) -> Response:
    """Half of the body, then the connection is reset."""
    reply = route()
    body = _body(reply)
    environ = request.environ  # here: where the body is sent, there is no request any more

    def half() -> Iterator[bytes]:
        yield body[: len(body) // 2]
        _reset_connection(environ)
        raise ConnectionResetError

    return _with_body(reply, half(), len(body))


def cut(request: Request, route: Route, pace: Pace) -> Response:
    """Half of the body under the full Content-Length, then the end."""
    reply = route()
    body = _body(reply)
    return _with_body(reply, [body[: len(body) // 2]], len(body))


def short_length(request: Request, route: Route, pace: Pace) -> Response:
    """A Content-Length of half of the body: nobody can tell that the rest is missing."""
    reply = route()
    body = _body(reply)
    return _with_body(reply, [body[: len(body) // 2]], len(body) // 2)


def ten_gigabytes(request: Request, route: Route, pace: Pace) -> Response:
    """A Content-Length of 10 GB before the true body."""
    reply = route()
    return _with_body(reply, [_body(reply)], TEN_GIGABYTES)


def slow(request: Request, route: Route, pace: Pace) -> Response:
    """The true body in ten pieces, with a pause before each."""
    reply = route()
    body = _body(reply)
    size = max(-(-len(body) // 10), 1)

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(body), size):
            time.sleep(pace.pause)
            yield body[start : start + size]

    return _with_body(reply, pieces(), len(body))


def trickle(request: Request, route: Route, pace: Pace) -> Response:
    """A byte now and then, until the end of the stall; then the connection closes."""
    reply = route()
    body = _body(reply)

    def drops() -> Iterator[bytes]:
        until = time.monotonic() + pace.stall
        for byte in body:
            if time.monotonic() > until:
                return
            time.sleep(pace.pause)
            yield bytes([byte])

    return _with_body(reply, drops(), len(body))


def stall(request: Request, route: Route, pace: Pace) -> Response:
    """Nothing at all for a long while, then the true reply."""
    reply = route()
    time.sleep(pace.stall)
    return reply


def status(code: int, body: str = "", headers: dict[str, str] | None = None) -> Effect:
    """Another status; the route is not asked."""

    def reply(request: Request, route: Route, pace: Pace) -> Response:
        return Response(body or f"HTTP {code}\n", status=code, headers=headers, content_type="text/plain")

    return reply


def page(request: Request, route: Route, pace: Pace) -> Response:
    """A page for readers, with status 200."""
    return Response(MAINTENANCE_PAGE, content_type="text/html; charset=utf-8")


def empty(request: Request, route: Route, pace: Pace) -> Response:
    """Status 200 and no body."""
    return Response(b"", content_type="text/plain")


def noise(request: Request, route: Route, pace: Pace) -> Response:
    """Bytes that are no text in any encoding that is promised."""
    return Response((_random_bytes() | 0x80).tobytes(), content_type="text/plain; charset=utf-8")


def packed_noise(request: Request, route: Route, pace: Pace) -> Response:
    """Bytes that are said to be gzip."""
    return Response(_random_bytes().tobytes(), headers={"Content-Encoding": "gzip"}, content_type="text/plain")


def redirect_away(request: Request, route: Route, pace: Pace) -> Response:
    """A redirect to another site."""
    return Response(status=302, headers={"Location": ELSEWHERE})


def redirect_home(request: Request, route: Route, pace: Pace) -> Response:
    """A redirect to the same address."""
    return Response(status=307, headers={"Location": request.full_path.rstrip("?")})


class _Reset(Response):
    """No reply: the connection is reset."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        _reset_connection(environ)
        raise ConnectionResetError


def _reset_connection(environ: dict[str, Any]) -> None:
    """Close the connection so that the other side meets a reset, not an orderly end."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # The server's own close would come too late, and politely; detached, it finds nothing to close.
    os.close(connection.detach())


def _body(reply: Response) -> bytes:
    reply.direct_passthrough = False
    return reply.get_data()


def _with_body(reply: Response, body: Iterable[bytes], announced: int) -> Response:
    changed = Response(body, status=reply.status, headers=reply.headers)
    changed.content_length = announced
    return changed


def _random_bytes() -> np.ndarray:
    return np.random.default_rng(_NOISE_SEED).integers(0, 256, _NOISE_BYTES, dtype=np.uint8)
