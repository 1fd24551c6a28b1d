"""Whether a service can be reached at all: names resolved under a time limit, outages remembered within one run.

An outage is said once and costs its time once: what is asked of the same service later in the run fails at once. A run
is one call of a documented step, or all that `one_run` holds together.
"""

from __future__ import annotations

import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

from ...common.errors import ServiceUnavailableError
from ..endpoints import is_loopback, service_of

#: A name that is not resolved by then will not be: resolvers themselves may try for half a minute.
RESOLVE_SECONDS = 3.0
#: Before a name that cannot be resolved "for now" is tried again.
_AGAIN_SECONDS = 1.0

_run: ContextVar[dict[str, str] | None] = ContextVar("outages_of_this_run", default=None)


@contextmanager
def one_run() -> Iterator[None]:
    """All that is asked within the block belongs to one run; a block within a block changes nothing."""
    if _run.get() is not None:
        yield
        return
    token = _run.set({})
    try:
        yield
    finally:
        _run.reset(token)


class Outages:
    """Services that did not answer in this run."""

    def __init__(self) -> None:
        known = _run.get()
        self._known: dict[str, str] = {} if known is None else known

    def note(self, url: str, error: ServiceUnavailableError) -> None:
        """Remember that the service behind `url` is out of reach, or does not answer."""
        self._known[service_of(url)] = str(error).splitlines()[0]

    def clear(self) -> None:
        """Forget them all."""
        self._known.clear()

    def check(self, url: str) -> None:
        """Raise `ServiceUnavailableError` when the service is known to be out."""
        reason = self._known.get(service_of(url))
        if reason is not None:
            raise ServiceUnavailableError(
                f"Not asked again in this run: {reason}", nothing_done=True, known_before=True
            )


def unresolved(url: str) -> str:
    """Why the name of a host cannot be resolved; empty when it can, or when that is somebody else's task."""
    host = urlsplit(url).hostname or ""
    if is_loopback(url) or select_proxy(url, get_environ_proxies(url, None)):
        return ""
    deadline = time.monotonic() + RESOLVE_SECONDS
    while True:
        error = _look_up(host, deadline - time.monotonic())
        passing = isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN
        if not passing or deadline - time.monotonic() < 2 * _AGAIN_SECONDS:
            break
        time.sleep(_AGAIN_SECONDS)
    if error is None:
        return ""
    return f"the name {host} cannot be resolved" + (f": {error.strerror}" if error.strerror else "")


def _look_up(host: str, seconds: float) -> OSError | None:
    """Resolve a name in a thread: the resolver itself knows no time limit."""
    answers: queue.Queue[OSError | None] = queue.Queue()

    def resolve() -> None:
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            answers.put(error)
        except UnicodeError as error:  # a label that no name may have
            answers.put(OSError(str(error)))
        else:
            answers.put(None)

    threading.Thread(target=resolve, name="resolver", daemon=True).start()
    try:
        return answers.get(timeout=max(seconds, 0.01))
    except queue.Empty:
        return OSError(0, f"no answer within {RESOLVE_SECONDS:g} s")
