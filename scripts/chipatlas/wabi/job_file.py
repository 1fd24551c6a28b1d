"""The job file: what was asked of the server and which job answers it, so that a broken-off run can go on.

One folder may be asked for several jobs, one after the other: the latest stands first, the others under ``earlier``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from ...common.console import say
from ...common.errors import RefusedError, ServiceUnavailableError, SubmissionError
from ...common.files.json_text import decode
from ...common.files.writing import write_bytes, write_text
from ...common.provenance import now_utc
from ..endpoints import wabi_url

JOB_FILE = "job.json"
#: Jobs of other requests that a job file remembers.
MAX_EARLIER = 20


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
    call : dict
        Arguments of `run_diff_workflow`, all but `output_dir`, that go on with the job; empty where they cannot be
        written down (see `diff.inputs.request.DiffRequest.call`).
    """

    request_id: str
    fingerprint: str
    endpoint: str
    submitted_at: str
    form: dict[str, str]
    outcome: str = ""
    call: dict[str, Any] = field(default_factory=dict)


def new_record(request_id: str, form: Mapping[str, str], call: Mapping[str, Any] | None = None) -> JobRecord:
    """The record of a job just submitted."""
    return JobRecord(request_id, fingerprint(form), wabi_url(), now_utc(), dict(form), call=dict(call or {}))


def fingerprint(form: Mapping[str, str]) -> str:
    """What makes two requests the same: the service asked and every field of the form."""
    content = json.dumps([wabi_url(), dict(form)], sort_keys=True)
    return hashlib.sha256(content.encode("utf-8")).hexdigest()


def write_record(folder: Path, record: JobRecord) -> None:
    """Write ``job.json``, whole or not at all; jobs of other requests that may still give a result stay in it."""
    others = [one for one in _load(folder)[0] if one.fingerprint != record.fingerprint and not one.outcome]
    content = asdict(record) | ({"earlier": [asdict(one) for one in others[:MAX_EARLIER]]} if others else {})
    write_text(folder / JOB_FILE, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


@contextmanager
def submitting(folder: Path, form: Mapping[str, str]) -> Iterator[None]:
    """Note that a form is being sent, before it is: a lost answer, or a kill, must not lead to a second job.

    The note goes away again, and what was there comes back, when it is certain that no job was started.
    """
    path = folder / JOB_FILE
    before = path.read_bytes() if path.is_file() else None
    write_record(folder, new_record("", form))
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
    """The record of the latest job of a folder."""
    records = read_records(folder)
    return records[0] if records else None


def read_records(folder: Path) -> list[JobRecord]:
    """The records in a folder, latest first; none without a file, or when it cannot be read, which is said."""
    records, defect = _load(folder)
    if defect:
        say(f"  {folder / JOB_FILE} {defect}; a new job is submitted.")
    return records


def _load(folder: Path) -> tuple[list[JobRecord], str]:
    """The records, and what is wrong with the file."""
    try:
        text = (folder / JOB_FILE).read_text("utf-8")
    except FileNotFoundError:
        return [], ""
    except (OSError, UnicodeDecodeError) as error:
        return [], f"cannot be read ({error})"
    try:
        latest = decode(text)
        records = [JobRecord(**fields) for fields in (latest, *latest.pop("earlier", []))]
        texts = [value for record in records for name, value in vars(record).items() if name not in ("form", "call")]
        sound = all(isinstance(value, str) for value in texts) and all(isinstance(one.call, dict) for one in records)
    except (ValueError, TypeError, AttributeError):
        sound = False
    return (records, "") if sound else ([], "is damaged")


def resumable(folder: Path, form: Mapping[str, str]) -> JobRecord | None:
    """The unfinished business of this folder, if it is the same request.

    Raises
    ------
    SubmissionError
        The request was sent, and nobody knows whether a job was started.
    """
    wanted = fingerprint(form)
    record = next((one for one in read_records(folder) if one.fingerprint == wanted), None)
    if record is None:
        return None
    if not record.request_id:
        raise SubmissionError.unanswered(
            f"This request was sent before ({record.submitted_at}, {folder / JOB_FILE}), and the run ended without an "
            "answer to it."
        )
    if record.outcome:
        say(f"  The earlier job {record.request_id} gave no result ({record.outcome}); a new one is submitted.")
        return None
    return record
