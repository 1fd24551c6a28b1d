"""What is said when a request fails, and whether another try is worth while."""

from __future__ import annotations

import requests
from urllib3.exceptions import NewConnectionError

from ...common.errors import BadResponseError, ChipAtlasError, ServiceUnavailableError
from ..endpoints import is_loopback
from .rules import retry_after_seconds

#: A service that asks for a longer pause than this is not waited for: the reader is told instead.
MAX_RETRY_AFTER_SECONDS = 120.0


class TryAgain(Exception):  # noqa: N818 - never leaves chipatlas.transport.client
    """A failure that may pass; `wait` where the service says how long it takes."""

    def __init__(self, error: ChipAtlasError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


#: Statuses by which a service turns a request away before it does anything.
TURNED_AWAY = (429, 503)


def busy(response: requests.Response, url: str) -> ServiceUnavailableError | TryAgain:
    """What a passing status means: an error to raise at once when the service asks for too long a pause."""
    asked = retry_after_seconds(response.headers, response.content[:1000].decode("utf-8", "replace"))
    turned_away = response.status_code in TURNED_AWAY
    message = f"HTTP {response.status_code} from {url}: the service is busy or down."
    if asked is not None and asked > MAX_RETRY_AFTER_SECONDS:
        return ServiceUnavailableError(
            f"{message}\nIt asks to be left alone for {asked:,.0f} s, longer than is waited for "
            f"({MAX_RETRY_AFTER_SECONDS:.0f} s). Try again after that time.",
            retry_after=asked,
            nothing_done=turned_away,
        )
    later = ServiceUnavailableError(f"{message} Try again later.", retry_after=asked, nothing_done=turned_away)
    return TryAgain(later, asked)


def no_answer(url: str, reason: str, *, nothing_done: bool = False, timed_out: bool = False) -> ServiceUnavailableError:
    remedy = (
        "That is this machine: no embedded service runs there. Start it, or take the addresses that name it out of the "
        "environment (CHIPATLAS_..._URL)."
        if is_loopback(url)
        else "Check the network and proxy settings, or try again later: the service may be in maintenance."
    )
    return ServiceUnavailableError(
        f"No answer from {url} ({reason}).\n{remedy}",
        nothing_done=nothing_done,
        timed_out=timed_out,
    )


def not_reached(error: requests.RequestException) -> bool:
    """Whether there was no connection, so that nothing was sent."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)):
        return True
    inner = error.args[0] if error.args else None
    return isinstance(getattr(inner, "reason", inner), NewConnectionError)


def not_as_packed(response: requests.Response) -> BadResponseError:
    packing = response.headers.get("Content-Encoding", "packed")
    return BadResponseError(f"{response.url} says that its body is {packing}, and it is not.")


def reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "timed out"
    if isinstance(error, requests.exceptions.SSLError):
        return "TLS verification failed"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy refused"
    cause: BaseException = error
    while (inner := getattr(cause, "reason", None) or cause.__cause__ or cause.__context__) is not None:
        if not isinstance(inner, BaseException):
            break
        cause = inner
    return str(cause).split(": ", 1)[-1] or type(cause).__name__
