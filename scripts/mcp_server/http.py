"""Streamable HTTP: loopback by default, other hosts only with a token, requests in another host's name refused."""

from __future__ import annotations

import hmac
import ipaddress
import socket
from collections.abc import Callable, Iterable

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ..common.errors import InputError
from .console import telling
from .limits import MAX_REQUEST_CHARACTERS

PATH = "/mcp"
#: Bytes of a request: what is not ASCII takes up to four a character.
MAX_BODY_BYTES = 4 * MAX_REQUEST_CHARACTERS
#: What nobody tries out.
MIN_TOKEN_CHARACTERS = 20
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class RequireToken:
    """ASGI middleware: 401 for a request without ``Authorization: Bearer TOKEN``, before its body is read."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self.app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = Headers(scope=scope).get("authorization", "").encode() if scope["type"] == "http" else self._expected
        if hmac.compare_digest(given, self._expected):
            await self.app(scope, receive, send)
        else:
            refusal = Response("A token is needed", status_code=401, headers={"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine and no other can reach it."""
    try:
        return host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_exposure(host: str, token: str | None, allowed_hosts: Iterable[str]) -> None:
    """Refuse to be reachable from elsewhere without a token, or under no name.

    Raises
    ------
    InputError
        The message says what is missing.
    """
    if token is not None and (len(token) < MIN_TOKEN_CHARACTERS or not token.isascii() or not token.isprintable()):
        raise InputError(
            f"The token has {len(token)} characters; give at least {MIN_TOKEN_CHARACTERS} that can be printed, such as "
            "what `openssl rand -hex 20` answers."
        )
    if is_loopback(host):
        return
    if token is None:
        raise InputError(
            f"--host {host} can be reached from other machines, and there is no token.\n"
            "Set CHIPATLAS_MCP_TOKEN to a long random text, or leave --host out: 127.0.0.1 is this machine alone."
        )
    if not list(allowed_hosts):
        raise InputError(
            f"--host {host} can be reached from other machines. Say by which names, as clients write them: "
            "--allow-host atlas.example.org, once for each."
        )


def http_app(server: MCPServer, token: str | None = None, allowed_hosts: Iterable[str] = ()) -> Starlette:
    """The ASGI application: Host and Origin are checked against loopback and the names allowed."""
    names = [*_LOOPBACK, *allowed_hosts]
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        max_request_body_size=MAX_BODY_BYTES,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=True,
            allowed_hosts=[text for name in names for text in (name, f"{name}:*")],
            allowed_origins=[
                f"{scheme}://{name}{port}" for name in names for scheme in ("http", "https") for port in ("", ":*")
            ],
        ),
    )
    if token is not None:
        app.add_middleware(RequireToken, token=token)
    return app


def serve_http(
    server: MCPServer,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    allowed_hosts: Iterable[str] = (),
    ready: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve any number of clients until a signal.

    Parameters
    ----------
    host, port
        Where to listen; port 0 takes a free one.
    token : str, optional
        What every request must bear; needed where `host` is not loopback.
    allowed_hosts : iterable of str
        Names, besides loopback's, that a request may call this server by.
    ready : callable
        Is given the address once the socket listens.

    Raises
    ------
    InputError
        The address cannot be used, or would be open to others (see `check_exposure`).
    """
    names = list(allowed_hosts)
    check_exposure(host, token, names)
    bare = host.strip("[]")
    try:
        listening = socket.create_server((bare, port), family=socket.AF_INET6 if ":" in bare else socket.AF_INET)
    except OSError as error:
        raise InputError(
            f"Cannot listen on {host}:{port} ({error.strerror or error}). Give another --port, or 0 for a free one."
        ) from error
    with listening:
        shown = f"[{bare}]" if ":" in bare else bare
        ready(f"http://{shown}:{listening.getsockname()[1]}{PATH}")
        config = uvicorn.Config(http_app(server, token, names), log_level="warning", timeout_graceful_shutdown=3)
        with telling():
            uvicorn.Server(config).run(sockets=[listening])
