"""The job file: what was asked of the server and which job answers it, so that a broken-off run can go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from scripts.diff.job_request import JobRequest
from scripts.shared.console import say
from scripts.shared.endpoints import wabi_url
from scripts.shared.errors import RefusedError, ServiceUnavailableError, SubmissionError
from scripts.shared.files import write_bytes, write_text
from scripts.shared.json_text import decode
from scripts.shared.provenance import now_utc

JOB_FILE = "job.json"


@dataclass(frozen=True)
class JobRecord:
    """One submitted job.

    Attributes
    ----------
    request_id : str
        Empty from before the form is sent until the service has answered.
    fingerprint : str
        SHA-256 of the endpoint and every form field: the same request has the same one.
    outcome : str
        Empty while the job may still give a result; else why it never will.
    """

    request_id: str
    fingerprint: str
    endpoint: str
    submitted_at: str
    form: dict[str, str]
    outcome: str = ""


def new_record(request_id: str, request: JobRequest) -> JobRecord:
    """The record of a job just submitted."""
    return JobRecord(request_id, fingerprint(request), wabi_url(), now_utc(), request.form())


def fingerprint(request: JobRequest) -> str:
    """What makes two requests the same: the service asked and every field of the form."""
    content = json.dumps([wabi_url(), request.form()], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def write_record(folder: Path, record: JobRecord) -> None:
    """Write ``job.json``, whole or not at all."""
    write_text(folder / JOB_FILE, json.dumps(asdict(record), indent=2, ensure_ascii=False) + "\n")


@contextmanager
def submitting(folder: Path, request: JobRequest) -> Iterator[None]:
    """Note that a form is being sent, before it is: a lost answer, or a kill, must not lead to a second job.

    The note goes away again, and what was there comes back, when it is certain that no job was started.
    """
    path = folder / JOB_FILE
    before = path.read_bytes() if path.is_file() else None
    write_record(folder, new_record("", request))
    try:
        yield
    except (RefusedError, ServiceUnavailableError):
        if before is None:
            path.unlink()
        else:
            write_bytes(path, before)
        raise


def close_record(folder: Path, record: JobRecord, outcome: str) -> None:
    """Note that a job will never give a result, so that the next call submits a new one."""
    write_record(folder, replace(record, outcome=outcome))


def read_record(folder: Path) -> JobRecord | None:
    """The record in a folder; None without one, or when it cannot be read, which is said."""
    path = folder / JOB_FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        say(f"  {path} cannot be read ({error}); a new job is submitted.")
        return None
    try:
        record = JobRecord(**decode(text))
        sound = all(isinstance(value, str) for name, value in vars(record).items() if name != "form")
    except (ValueError, TypeError):
        sound = False
    if not sound:
        say(f"  {path} is damaged; a new job is submitted.")
        return None
    return record


def resumable(folder: Path, request: JobRequest) -> JobRecord | None:
    """The unfinished business of this folder, if it is the same request.

    Raises
    ------
    SubmissionError
        The request was sent, and nobody knows whether a job was started.
    """
    record = read_record(folder)
    if record is None or record.fingerprint != fingerprint(request):
        return None
    if not record.request_id:
        raise SubmissionError(
            f"This request was sent before ({record.submitted_at}, {folder / JOB_FILE}), and the run ended without an "
            "answer to it.\nA job may have been started, and its id is not known. resume=False submits anew; ask the "
            "user first."
        )
    if record.outcome:
        say(f"  The earlier job {record.request_id} gave no result ({record.outcome}); a new one is submitted.")
        return None
    return record
