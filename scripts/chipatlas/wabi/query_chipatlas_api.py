"""ChIP-Atlas's job service (WABI): is it up, submit a job, follow it. The result is fetched by `job_result`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from ...common.console import say, waiting
from ...common.errors import (
    BadResponseError,
    JobFailedError,
    JobLostError,
    JobTimeoutError,
    RefusedError,
    ServiceUnavailableError,
    SubmissionError,
    quoted,
)
from ..endpoints import poll_seconds, site_url, wabi_url
from ..site.api import SITE_ERRORS, Site
from ..site.dialects import NEW
from ..transport.client import Client
from .replies import parse_log, parse_reply

HEALTHY_BODY = "chipatlas"
#: How long a job may take before the call gives up waiting, in seconds.
TIMEOUT_SECONDS = 900.0
#: `not-found` is normal right after a submission, and has been seen to last for ever.
NOT_FOUND_SECONDS = 300.0
#: A job that was submitted so long before is not on its way: this long `not-found` is enough.
OLD_NOT_FOUND_SECONDS = 60.0
#: A running job's log is looked at every so many polls.
LOG_POLLS = 4
#: A real id has 49 characters.
MAX_ID_CHARACTERS = 200
#: Slurm's words for a job that ended without success.
SLURM_FAILURES = ("FAILED", "TIMEOUT", "CANCELLED", "OUT_OF_ME", "NODE_FAIL", "BOOT_FAIL", "DEADLINE")


@dataclass(frozen=True)
class JobStatus:
    """One answer to "how is my job?": ``waiting``, ``running``, ``finished`` or ``not-found``, and Slurm's own text."""

    state: str
    system_info: str = ""
    #: Seconds that the service asked to be left alone for.
    retry_after: float = 0.0

    @property
    def completed(self) -> bool:
        """Whether Slurm says that the job ended well."""
        return "COMPLETED" in self.system_info

    @property
    def failed(self) -> bool:
        """Whether Slurm says that the job ended badly."""
        return not self.completed and any(word in self.system_info for word in SLURM_FAILURES)


def check_health(client: Client, what: str = "Diff Analysis") -> None:
    """Raise `ServiceUnavailableError` unless the service says it is up."""
    response = client.get(wabi_url())
    if response.status_code != 200 or response.text.strip() != HEALTHY_BODY:
        raise ServiceUnavailableError(
            f"The {what} service at {wabi_url()} does not report itself healthy "
            f"(HTTP {response.status_code}: {response.text.strip()[:80]!r}).\n"
            "It may be in maintenance, which happens yearly. Try again later."
        )


def check_served(client: Client) -> None:
    """Raise `ServiceUnavailableError` when the site says that Diff Analysis cannot be used, though its server is up.

    The old dialect of the site only repeats what the server itself says, which `check_health` has asked. A site that
    does not answer is no obstacle.
    """
    site = Site(client)
    try:
        served = site.serves_diff_analysis()
    except SITE_ERRORS:
        return
    if not served and site.dialect is NEW:
        raise ServiceUnavailableError(
            f"ChIP-Atlas's site says that Diff Analysis is unavailable now ({site_url(NEW.status)}), though its server "
            f"{wabi_url()} answers.\nNothing was submitted. Try again later, or pass preflight=False to submit anyway."
        )


def submit_job(form: Mapping[str, str], client: Client, if_refused: str = "") -> str:
    """Submit a job, once.

    Parameters
    ----------
    form : mapping of str to str
        Fields of the service's form.
    if_refused : str
        What to check when the form is refused, a sentence.

    Returns
    -------
    str
        The request id, such as ``wabi_chipatlas_2024-0124-1556-59-199-173766``.

    Raises
    ------
    RefusedError
        The service refused the form.
    ServiceUnavailableError
        It could not be reached, or is too busy: nothing was started.
    SubmissionError
        The form was sent, and no request id came back: a job may have been started.
    """
    try:
        response = client.post(wabi_url(), form)
    except (ServiceUnavailableError, BadResponseError) as error:
        if isinstance(error, ServiceUnavailableError) and error.nothing_done:
            raise
        raise SubmissionError.unanswered(str(error).splitlines()[0]) from error
    fields = parse_reply(response.text)
    if response.status_code == 400:
        reason = quoted(fields.get("errormessage") or fields.get("message") or response.text)
        raise RefusedError(f"ChIP-Atlas refused the request: {reason}" + (f"\n{if_refused}" if if_refused else ""))
    request_id = fields.get("requestid", "")
    if response.status_code != 200 or not request_id:
        raise SubmissionError.unanswered(
            f"HTTP {response.status_code} from {wabi_url()}, without a request id.", response.text
        )
    if len(request_id) > MAX_ID_CHARACTERS or not request_id.isprintable():
        raise SubmissionError.unanswered(f"{wabi_url()} gave a request id that cannot be one.", request_id)
    return request_id


def job_status(request_id: str, client: Client) -> JobStatus:
    """Ask once how a job is."""
    response = client.get(wabi_url(request_id), params={"info": "status"})
    fields = parse_reply(response.text)
    # The service's own report alone says so: a gateway's 404 says nothing about the job.
    if response.status_code in (400, 404) and "errormessage" in fields:
        return JobStatus("not-found", fields["errormessage"])
    if response.status_code != 200 or "status" not in fields:
        raise BadResponseError(f"HTTP {response.status_code} from {response.url}, without a status", response.text)
    other = fields.get("requestid", "")
    if other.startswith("wabi_") and other != request_id:
        raise BadResponseError(f"{response.url} answered about another job ({other})", response.text)
    return JobStatus(quoted(fields["status"]).lower(), fields.get("systeminfo", ""))


def poll_job_status(
    request_id: str,
    client: Client,
    *,
    timeout: float = TIMEOUT_SECONDS,
    expected_seconds: float | None = None,
    age: float = 0.0,
    what: str = "Diff analysis",
) -> JobStatus:
    """Wait until a job has ended.

    Parameters
    ----------
    timeout : float
        Seconds to wait at the most.
    expected_seconds : float, optional
        That it runs, for the progress bar.
    age : float
        Seconds since the job was submitted.
    what : str
        What the job does, beside the progress bar.

    Returns
    -------
    JobStatus
        Of a finished job, whether it succeeded or not.

    Raises
    ------
    JobTimeoutError
        The job had not ended in time.
    JobLostError
        The service does not know the job, and has not for `NOT_FOUND_SECONDS` (`OLD_NOT_FOUND_SECONDS` for an old one).
    """
    fresh = age < NOT_FOUND_SECONDS
    patience = NOT_FOUND_SECONDS if fresh else min(OLD_NOT_FOUND_SECONDS, NOT_FOUND_SECONDS)
    interval = poll_seconds(wabi_url())
    start = time.monotonic()
    unknown_since: float | None = None
    shown = ""
    log = _LogFollower(request_id, interval)
    with waiting(what, expected_seconds, from_start=fresh) as bar:
        while True:
            status = _status_or_failure(request_id, client)
            elapsed = time.monotonic() - start
            bar.show(status.state)
            if status.state != shown:
                normal = ", which is normal right after a submission" if fresh and status.state == "not-found" else ""
                say(f"  Job {status.state} ({elapsed:.0f} s){normal}")
                shown = status.state
            if status.state == "finished":
                return status
            if status.state != "not-found":
                unknown_since = None
            elif unknown_since is None:
                unknown_since = time.monotonic()
            unknown = 0.0 if unknown_since is None else time.monotonic() - unknown_since
            if unknown > patience:
                raise JobLostError(
                    f"The service has not known job {request_id} for {unknown:.0f} s: it was lost, or its result was "
                    "removed (results are kept about a week).\n"
                    "Run the call again to submit it anew; if that repeats, try later.",
                    request_id,
                )
            log.show_news(status.state, client)
            pause = max(interval, status.retry_after)
            if elapsed + pause > timeout:
                raise JobTimeoutError(
                    f"Job {request_id} is still {status.state!r} after {elapsed:.0f} s (timeout={timeout:g} s).\n"
                    "Run the same call again, in the same folder, to go on waiting for it: nothing is submitted twice. "
                    "A longer timeout= waits longer.",
                    request_id,
                )
            time.sleep(pause)


class _LogFollower:
    """Shows each warning and error of a running job's log once, asking every few polls."""

    def __init__(self, request_id: str, interval: float) -> None:
        self._request_id = request_id
        self._pause = LOG_POLLS * interval
        self._next = 0.0
        self._shown: set[str] = set()

    def show_news(self, state: str, client: Client) -> None:
        """Ask for the log if it is time to, and print what is new."""
        if state != "running" or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._pause
        log = parse_log(fetch_log(self._request_id, client))
        for line in [f"[WARNING] {text}" for text in log.warnings] + [f"[ERROR] {text}" for text in log.errors]:
            if line not in self._shown:
                say(f"  Server: {quoted(line)}")
                self._shown.add(line)


def _status_or_failure(request_id: str, client: Client) -> JobStatus:
    """A job runs on while its service is briefly out of reach: one question that fails is a state, not the end."""
    try:
        return job_status(request_id, client)
    except (ServiceUnavailableError, BadResponseError) as error:
        asked = error.retry_after if isinstance(error, ServiceUnavailableError) else None
        return JobStatus(f"of unknown state: {str(error).splitlines()[0]}", retry_after=asked or 0.0)


def fetch_log(request_id: str, client: Client) -> str:
    """The job's log so far; empty when there is none, or none to be had: no result hangs on it."""
    try:
        response = client.get(wabi_url(request_id), params={"info": "result", "format": "log"})
    except (ServiceUnavailableError, BadResponseError) as error:
        say(f"  The log could not be read: {str(error).splitlines()[0]}")
        return ""
    is_log = response.status_code == 200 and "[" in response.text and "<html" not in response.text.lower()
    return response.text if is_log else ""


def raise_if_failed(request_id: str, status: JobStatus, log_text: str) -> None:
    """Raise `JobFailedError` when a finished job did not succeed: `finished` alone does not mean success."""
    if status.failed or (not status.completed and parse_log(log_text).errors):
        raise no_result(request_id, log_text, status)


def no_result(request_id: str, log_text: str, status: JobStatus | None = None) -> JobFailedError:
    """Make the error for a job without a result, with the reason that its log or the scheduler gives."""
    errors = parse_log(log_text).errors
    if errors:
        reason = "; ".join(f"[ERROR] {quoted(line)}" for line in errors[:3])
    elif status is not None and status.system_info:
        reason = f"the scheduler says: {quoted(status.system_info)}"
    else:
        reason = "it left no result and no error line"
    return JobFailedError(
        f"ChIP-Atlas job {request_id} failed: {reason}\n"
        "Check that every ID belongs to the genome and suits the analysis type; if they do, submit again later.",
        request_id,
    )
