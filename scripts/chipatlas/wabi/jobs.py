"""One job of the service from form to end: submitted once, resumed after a break, closed when it gave nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...common.console import say
from ...common.errors import JobFailedError
from ...common.provenance import seconds_since
from ...common.terminal.interrupts import held_back
from ..transport.client import Client
from .job_file import JobRecord, close_record, new_record, resumable, submitting, write_record
from .query_chipatlas_api import JobStatus, fetch_log, poll_job_status, raise_if_failed, submit_job
from .replies import job_time


def submit_or_resume(
    form: Mapping[str, str],
    folder: Path,
    client: Client,
    *,
    resume: bool = True,
    if_refused: str = "",
    call: Mapping[str, Any] | None = None,
) -> tuple[JobRecord, bool]:
    """The job that answers a form: the one that the folder's ``job.json`` knows, or a new one, noted there.

    Parameters
    ----------
    if_refused : str
        What to check when the service refuses the form.
    call : mapping, optional
        Arguments of the function that goes on with the job, kept in ``job.json`` for another process.

    Returns
    -------
    (JobRecord, bool)
        The job, and whether it was submitted just now.

    Raises
    ------
    RefusedError, ServiceUnavailableError
        No job was started.
    SubmissionError
        Whether a job was started is not known, now or from an earlier call.
    """
    earlier = resumable(folder, form) if resume else None
    if earlier is None:
        # Ctrl-C between the two would leave a job that nobody knows of.
        with held_back("The job is being submitted: the service's answer is waited for, so that it is not lost"):
            with submitting(folder, form):
                request_id = submit_job(form, client, if_refused)
            record = new_record(request_id, form, call)
            # Before anything is said: whoever listens may end the run there.
            write_record(folder, record)
        say(f"  Job submitted: {record.request_id}{_at(record.request_id)}")
    else:
        record = replace(earlier, call=dict(call or {}))
        write_record(folder, record)
        say(f"  Resuming job {record.request_id}, submitted {record.submitted_at}")
    return record, earlier is None


@contextmanager
def finished(
    record: JobRecord,
    folder: Path,
    client: Client,
    *,
    timeout: float,
    expected_seconds: float | None = None,
    what: str = "Diff analysis",
) -> Iterator[tuple[JobStatus, str]]:
    """Wait for a job; inside the block it has succeeded, and its result can be fetched.

    A job that fails, also inside the block, is noted as over in ``job.json``: the next call submits a new one.

    Yields
    ------
    (JobStatus, str)
        Its last status, and its log.

    Raises
    ------
    JobFailedError, JobLostError, JobTimeoutError
        As their names say; see `common.errors`.
    """
    try:
        status = poll_job_status(
            record.request_id,
            client,
            timeout=timeout,
            expected_seconds=expected_seconds,
            age=seconds_since(record.submitted_at),
            what=what,
        )
        log_text = fetch_log(record.request_id, client)
        raise_if_failed(record.request_id, status, log_text)
        yield status, log_text
    except JobFailedError as error:
        close_record(folder, record, str(error).splitlines()[0])
        raise


def _at(request_id: str) -> str:
    moment = job_time(request_id)
    return f" ({moment})" if moment else ""
