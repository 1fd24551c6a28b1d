"""One HTTP policy for every request the package makes.

Time-outs always; retries with growing, jittered waits on GET and HEAD only, never on POST; `Retry-After` honoured;
network trouble and 5xx become `ServiceUnavailableError`. Any other status is the caller's to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from scripts import __version__
from scripts.shared.endpoints import is_loopback
from scripts.shared.errors import BadResponseError, ServiceUnavailableError
from scripts.shared.json_text import decode

#: (connect, read) seconds. The status call of the public service can take the better part of a minute.
TIMEOUT = (10.0, 120.0)
RETRIES = 4
BLOCK_BYTES = 1 << 18
#: Statuses that pass: busy, or a gateway whose service is coming back.
PASSING_STATUSES = (429, 500, 502, 503, 504)
#: First wait between two tries, in seconds; it doubles.
BACKOFF_SECONDS = 1.0
LOOPBACK_BACKOFF_SECONDS = 0.05
USER_AGENT = f"chip-atlas-skills/{__version__} (python-requests/{requests.__version__})"
RUN_AGAIN = "Run it again."
SIMULATED_HEADER = "X-ChIP-Atlas-Simulated"


class Client:
    """The HTTP session of one run.

    Attributes
    ----------
    simulated : bool
        Whether any reply came from the embedded service: it says so in a header of every reply.
    """

    def __init__(self) -> None:
        self.simulated = False
        self._session = requests.Session()
        self._session.headers["User-Agent"] = USER_AGENT

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
    ) -> requests.Response:
        """GET, retried; any status but the passing ones is returned."""
        return self._request("GET", url, params=params, headers=headers, stream=stream)

    def head(self, url: str) -> requests.Response:
        """HEAD, retried, redirects followed."""
        return self._request("HEAD", url, allow_redirects=True)

    def post(self, url: str, data: Mapping[str, Any]) -> requests.Response:
        """POST a form, once: a second try could start a second job."""
        return self._request("POST", url, data=data)

    def get_json(self, url: str, *, params: Mapping[str, Any] | None = None) -> Any:
        """GET and decode JSON; `BadResponseError` on another status than 200 or another kind of body."""
        response = self.get(url, params=params)
        if response.status_code != 200:
            raise BadResponseError(f"HTTP {response.status_code} from {response.url}", response.text)
        try:
            return decode(response.content)
        except ValueError as error:
            raise BadResponseError(f"Expected JSON from {response.url}", response.text) from error

    def blocks(self, response: requests.Response, limit: int, remedy: str = RUN_AGAIN) -> Iterator[bytes]:
        """The body of a streamed reply, block by block; `remedy` ends the message when the connection breaks.

        Raises
        ------
        BadResponseError
            More than `limit` bytes, or fewer than the server announced.
        ServiceUnavailableError
            The connection broke.
        """
        received = 0
        try:
            for block in response.iter_content(BLOCK_BYTES):
                received += len(block)
                if received > limit:
                    raise BadResponseError(f"{response.url} sends more than {limit:,} bytes; it was not taken.")
                yield block
        except requests.RequestException as error:
            raise ServiceUnavailableError(
                f"The download of {response.url} broke off after {received:,} bytes ({_reason(error)}). {remedy}"
            ) from error
        announced = response.headers.get("Content-Length", "")
        if announced.isdigit() and "Content-Encoding" not in response.headers and received < int(announced):
            raise ServiceUnavailableError(
                f"The download of {response.url} broke off: {received:,} of {int(announced):,} bytes. {remedy}"
            )

    def _request(self, method: str, url: str, **options: Any) -> requests.Response:
        loopback = is_loopback(url)
        if loopback:
            # An environment proxy cannot reach this machine's own service.
            options["proxies"] = {"http": None, "https": None, "all": None}
        self._mount(url, LOOPBACK_BACKOFF_SECONDS if loopback else BACKOFF_SECONDS)
        try:
            response = self._session.request(method, url, timeout=TIMEOUT, **options)
        except requests.RequestException as error:
            raise ServiceUnavailableError(
                f"No answer from {url} ({_reason(error)}).\n"
                "Check the network and proxy settings, or try again later: the service may be in maintenance."
            ) from error
        self.simulated |= response.headers.get(SIMULATED_HEADER) == "1"
        if response.status_code in PASSING_STATUSES:
            raise ServiceUnavailableError(
                f"HTTP {response.status_code} from {url}: the service is busy or down. Try again later."
            )
        return response

    def _mount(self, url: str, backoff: float) -> None:
        prefix = "/".join(url.split("/", 3)[:3]) + "/"
        if prefix not in self._session.adapters:
            retry = Retry(
                total=RETRIES,
                backoff_factor=backoff,
                backoff_jitter=backoff,
                backoff_max=60,
                status_forcelist=PASSING_STATUSES,
                allowed_methods=("GET", "HEAD"),
                respect_retry_after_header=True,
                raise_on_status=False,
            )
            self._session.mount(prefix, HTTPAdapter(max_retries=retry))


def _reason(error: requests.RequestException) -> str:
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
