"""The result of a finished job: asked for patiently, for it can be missing for a while after the job has ended."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from ...common.console import say
from ...common.errors import BadResponseError, ServiceUnavailableError
from ..endpoints import poll_seconds, wabi_url
from ..transport.client import Client
from .query_chipatlas_api import fetch_log, no_result

#: How many polls a result is waited for after its job has finished.
RESULT_ATTEMPTS = 6
#: An address, and the parameters of a question to the service itself; None for a mirror.
Source = tuple[str, dict[str, str] | None]
T = TypeVar("T")


def retrieve(
    request_id: str,
    form: str,
    fetch: Callable[[Source], T | None],
    client: Client,
    *,
    mirrors: Sequence[str] = (),
    completed: bool = False,
) -> T:
    """Fetch a finished job's result: the service is asked first, a few times, then its mirrors.

    Parameters
    ----------
    form : str
        ``zip`` or ``tsv``.
    fetch : callable
        Takes a source and gives the result; None when there is none at this address.
    mirrors : sequence of str
        Addresses that may have it, too.
    completed : bool
        Whether the scheduler says that the job ended well: then a missing result is not the job's fault.

    Raises
    ------
    ServiceUnavailableError
        The result cannot be had at present; the job is not lost.
    BadResponseError
        What came is no result of this job.
    JobFailedError
        There is no result; the server's own error lines are quoted.
    """
    failures: list[ServiceUnavailableError | BadResponseError] = []
    service: Source = wabi_url(request_id), {"info": "result", "format": form}
    sources: list[Source] = [*[service] * RESULT_ATTEMPTS, *((url, None) for url in mirrors)]
    for attempt, source in enumerate(sources):
        asks_service = source[1] is not None
        if asks_service and failures and (len(failures) > 1 or not _may_pass(failures[-1])):
            continue  # it has been tried several times by then; a mirror may have it
        if asks_service and attempt:
            time.sleep(poll_seconds(wabi_url()))
        try:
            result = fetch(source)
        except (ServiceUnavailableError, BadResponseError) as error:
            say(f"  The result could not be fetched: {str(error).splitlines()[0]}")
            failures.append(error)
        else:
            if result is not None:
                return result
    if failures:
        raise failures[-1]
    if completed:
        lacking = "neither the service nor its mirror has the" if mirrors else "there is no"
        raise ServiceUnavailableError(
            f"Job {request_id} ended well, but {lacking} "
            "result yet.\n"
            "Run the same call again, in the same folder, to ask again: nothing is submitted twice. If that repeats, "
            "submit anew with resume=False: results are kept about a week."
        )
    raise no_result(request_id, fetch_log(request_id, client))


def _may_pass(error: ServiceUnavailableError | BadResponseError) -> bool:
    return isinstance(error, ServiceUnavailableError) and error.retry_after is None
