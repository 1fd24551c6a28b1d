"""One HTTP policy for every request the package makes.

Time-outs always; GET and HEAD are tried again with growing, jittered waits, POST never, and a service that is out of
reach or never answers is met once a run (`chipatlas.transport.reach`). `Retry-After` is honoured up to a limit.
Redirects are followed within one site only, bodies are read up to a limit and not at any pace, TLS is always verified,
environment proxies are used except for this machine's own addresses. A network that fails and 5xx become
`ServiceUnavailableError`; any other status is the caller's to judge.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import DecodeError, HTTPError, ReadTimeoutError

from ... import __version__
from ...common.console import say
from ...common.errors import BadResponseError, ChipAtlasError, ServiceUnavailableError
from ...common.files.json_text import decode
from ..endpoints import endpoint_hosts, is_loopback, patience, service_of
from .failures import TryAgain, busy, no_answer, not_as_packed, not_reached, reason
from .reach import Outages, unresolved
from .rules import announced_size, backoff_seconds, may_follow, redirect_target

#: (connect, read) seconds at the most; `chipatlas.endpoints.PATIENCE` says how long each service is waited for.
TIMEOUT = (10.0, 120.0)
RETRIES = 4
#: No further try begins when its wait would end later than this after the first one began, in seconds.
TRYING_SECONDS = 300.0
#: Methods that can be repeated without starting anything twice.
IDEMPOTENT = ("GET", "HEAD")
#: Statuses that pass: busy, or a gateway whose service is coming back.
PASSING_STATUSES = (429, 500, 502, 503, 504)
#: First wait between two tries, in seconds; it doubles.
BACKOFF_SECONDS = 1.0
LOOPBACK_BACKOFF_SECONDS = 0.05
#: Shorter pauses pass without a word.
SILENT_SECONDS = 5.0
MAX_REDIRECTS = 5
CONNECTIONS_A_HOST = 4
BLOCK_BYTES = 1 << 18
#: Of a body that is not streamed: text, a log, JSON. The longest known, metadata of 20,000 experiments, has 20 MB.
MAX_BODY_BYTES = 64 * 1024**2
#: A body that arrives more slowly than this over so long a time would keep a run for ever.
SLOWEST_BYTES_A_SECOND = 100
SLOW_SECONDS = 60.0
USER_AGENT = f"chip-atlas-skills/{__version__} (python-requests/{requests.__version__})"
RUN_AGAIN = "Run it again."
SIMULATED_HEADER = "X-ChIP-Atlas-Simulated"


class _Session(requests.Session):
    """A session that leaves redirects to `Client`: requests itself reads their body and parses where they point to."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class Client:
    """The HTTP session of one run.

    Attributes
    ----------
    simulated : bool
        Whether any reply came from the embedded service: it says so in a header of every reply.
    files : dict of str to dict
        Address -> ``url``, ``bytes``, ``etag`` and ``last_modified`` (None where the server does not tell) of each file
        of data that was taken: the same accession can stand for other numbers after ChIP-Atlas's next reprocessing.
    """

    def __init__(self) -> None:
        self.simulated = False
        self.files: dict[str, dict[str, Any]] = {}
        self._outages = Outages()
        self._resolved: set[str] = set()
        self._answered: set[str] = set()
        self._session = _Session()
        self._session.headers["User-Agent"] = USER_AGENT
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=CONNECTIONS_A_HOST, pool_block=True))

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def note_file(self, url: str, size: int | None, etag: str | None, last_modified: str | None) -> None:
        """Keep which file of data was used, for the provenance."""
        self.files[url] = {"url": url, "bytes": size, "etag": etag or None, "last_modified": last_modified or None}

    def forget_outages(self) -> None:
        """Ask services again that did not answer: for a run of many hours, in which an outage may pass."""
        self._outages.clear()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """GET, tried again; any status but the passing ones is returned.

        With `stream` the body of a 200 or 206 is left to `blocks`; every other body is read, up to `MAX_BODY_BYTES`.
        """
        return self._request("GET", url, stream=stream, params=params, headers=headers)

    def head(self, url: str) -> requests.Response:
        """HEAD, tried again."""
        return self._request("HEAD", url)

    def post(self, url: str, data: Mapping[str, Any]) -> requests.Response:
        """POST a form, once: a second try could start a second job."""
        return self._request("POST", url, data=data)

    def post_json(self, url: str, content: Any) -> requests.Response:
        """POST JSON, once."""
        return self._request("POST", url, json=content)

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """GET and decode JSON; `BadResponseError` on another status than 200 or another kind of body."""
        return self.decoded_json(self.get(url, params=params))

    @staticmethod
    def decoded_json(response: requests.Response) -> Any:
        """The JSON of a reply; `BadResponseError` as for `get_json`."""
        if response.status_code != 200:
            raise BadResponseError(
                f"HTTP {response.status_code} from {response.url}", response.text, response.status_code
            )
        try:
            return decode(response.content)
        except ValueError as error:
            raise BadResponseError(f"Expected JSON from {response.url}", response.text) from error

    def blocks(self, response: requests.Response, limit: int, remedy: str = RUN_AGAIN) -> Iterator[bytes]:
        """The body of a streamed reply, block by block; `remedy` ends the message when the connection breaks.

        Raises
        ------
        BadResponseError
            More than `limit` bytes, announced or sent, or bytes that are not packed as the reply says.
        ServiceUnavailableError
            The connection broke, gave fewer bytes than announced, or next to none over `SLOW_SECONDS`.
        """
        size = announced_size(response.headers)
        too_large = f"{response.url} sends more than {limit:,} bytes; it was not taken."
        if size is not None and size > limit:
            response.close()
            raise BadResponseError(too_large)
        received = 0
        try:
            for block in _arriving(response):
                received += len(block)
                if received > limit:
                    response.close()
                    raise BadResponseError(too_large)
                yield block
        except DecodeError as error:
            raise not_as_packed(response) from error
        except ServiceUnavailableError:  # an OSError, too
            raise
        except (HTTPError, OSError) as error:
            raise ServiceUnavailableError(
                f"The download of {response.url} broke off after {received:,} bytes ({reason(error)}). {remedy}",
                timed_out=isinstance(error, ReadTimeoutError),
            ) from error
        if size is not None and received < size:
            raise ServiceUnavailableError(
                f"The download of {response.url} broke off: {received:,} of {size:,} bytes. {remedy}"
            )

    def _request(self, method: str, url: str, *, stream: bool = False, **options: Any) -> requests.Response:
        self._outages.check(url)
        base = LOOPBACK_BACKOFF_SECONDS if is_loopback(url) else BACKOFF_SECONDS
        started = time.monotonic()
        attempt = 0
        while True:
            try:
                return self._once(method, url, stream, **options)
            except TryAgain as failure:
                wait = backoff_seconds(attempt, base) if failure.wait is None else failure.wait
                attempt += 1
                elapsed = time.monotonic() - started
                late = self._too_late(url, failure, attempt, elapsed + wait)
                if method not in IDEMPOTENT or attempt > RETRIES or late:
                    self._note_outage(url, failure.error)
                    raise failure.error from failure.error.__cause__
                if wait > SILENT_SECONDS:
                    say(f"  {url} is busy or out of reach: trying again in {wait:.0f} s")
                time.sleep(wait)

    def _too_late(self, url: str, failure: TryAgain, tries: int, next_try: float) -> bool:
        """Whether another try, so many seconds after the first one began, is not worth its time."""
        if not isinstance(failure.error, ServiceUnavailableError):
            return next_try > TRYING_SECONDS
        if failure.wait is None and failure.error.nothing_done:
            waits = patience(url)
            return next_try + min(waits.connect, TIMEOUT[0]) > waits.unreached
        # One that has answered in this run may have stumbled; one that has not is not asked a second time.
        hangs = failure.error.timed_out and (tries > 1 or service_of(url) not in self._answered)
        return hangs or next_try > TRYING_SECONDS

    def _note_outage(self, url: str, error: ChipAtlasError) -> None:
        """Remember a service that cannot be reached or never answers; one that is busy may have time a moment later."""
        if not isinstance(error, ServiceUnavailableError) or patience(url).keeps_asking:
            return
        unreached = error.nothing_done and isinstance(error.__cause__, requests.RequestException)
        if unreached or error.timed_out:
            self._outages.note(url, error)

    def _resolve(self, url: str) -> None:
        """Look the host's name up once, under a time limit that the transport lacks."""
        host = urlsplit(url).netloc
        if host not in self._resolved:
            reason = unresolved(url)
            if reason:
                error = no_answer(url, reason, nothing_done=True)
                if not patience(url).keeps_asking:
                    self._outages.note(url, error)
                raise error
            self._resolved.add(host)

    def _once(self, method: str, url: str, stream: bool, **options: Any) -> requests.Response:
        """One try, redirects included; `TryAgain` for a failure that may pass."""
        try:
            response = self._follow(method, url, **options)
        except requests.RequestException as error:
            unreached = not_reached(error)
            hung = isinstance(error, requests.Timeout) and not unreached
            failure = no_answer(url, reason(error), nothing_done=unreached, timed_out=hung)
            failure.__cause__ = error
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise failure from error
            raise TryAgain(failure) from error
        self._answered.add(service_of(url))
        self.simulated |= response.headers.get(SIMULATED_HEADER) == "1"
        if stream and response.status_code in (200, 206):
            return response
        with response:
            # RFC 9110, section 6.4.1: these have no body, whatever length they announce.
            bodiless = method == "HEAD" or response.status_code in (204, 304)
            body = b"" if bodiless else self._whole_body(response, url)
        response.raw = io.BytesIO(body)
        if response.status_code in PASSING_STATUSES:
            raise busy(response, url)
        return response

    def _follow(self, method: str, url: str, **options: Any) -> requests.Response:
        """Send a request, and follow where its reply points to, as far as `may_follow` allows."""
        for _ in range(MAX_REDIRECTS + 1):
            self._resolve(url)
            waits = patience(url)
            timeout = min(TIMEOUT[0], waits.connect), min(TIMEOUT[1], waits.read)
            response = self._session.request(
                method, url, timeout=timeout, allow_redirects=False, stream=True, proxies=_proxies(url), **options
            )
            if not response.is_redirect:
                return response
            target = redirect_target(url, response.headers["Location"])
            response.close()
            if method not in IDEMPOTENT or not may_follow(url, target, endpoint_hosts()):
                raise BadResponseError(
                    f"{url} redirects to {target[:200]}, which was not followed: "
                    + ("a form is sent once, to one place." if method not in IDEMPOTENT else "it is another site.")
                    + "\nIf the service has moved there, point its variable (CHIPATLAS_..._URL) at the new address."
                )
            url = target
            options.pop("params", None)  # the new address carries what it needs
        raise BadResponseError(f"{url} was reached after {MAX_REDIRECTS} redirects and redirects again.")

    def _whole_body(self, response: requests.Response, url: str) -> bytes:
        try:
            return b"".join(self.blocks(response, MAX_BODY_BYTES))
        except ServiceUnavailableError as error:
            failure = no_answer(url, str(error).splitlines()[0], timed_out=error.timed_out)
            failure.__cause__ = error
            raise TryAgain(failure) from error
        except BadResponseError as error:
            if isinstance(error.__cause__, DecodeError):
                raise TryAgain(error) from error
            raise


def _proxies(url: str) -> Any:
    """What to add to the proxies of the environment: they cannot reach this machine's own service."""
    return {"http": None, "https": None, "all": None} if is_loopback(url) else None


def _arriving(response: requests.Response) -> Iterator[bytes]:
    """What comes, as it comes; `ServiceUnavailableError` when next to nothing does. The reader's own time is free."""
    waited, received = 0.0, 0
    while True:
        asked = time.monotonic()
        block = response.raw.read1(BLOCK_BYTES, decode_content=True)
        if not block:
            return
        waited += time.monotonic() - asked
        received += len(block)
        if waited >= SLOW_SECONDS:
            if received < SLOWEST_BYTES_A_SECOND * waited:
                response.close()
                raise ServiceUnavailableError(
                    f"{response.url} sends next to nothing: {received:,} bytes in {waited:.0f} s. Try again later.",
                    timed_out=True,
                )
            waited, received = 0.0, 0
        yield block
