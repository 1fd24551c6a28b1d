"""Comparisons on the server as a folder knows them: started, looked up, finished. All state is on disk."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..chipatlas.endpoints import wabi_url
from ..chipatlas.transport.client import Client
from ..chipatlas.wabi.job_file import JOB_FILE, JobRecord, fingerprint, read_record, read_records
from ..chipatlas.wabi.query_chipatlas_api import job_status
from ..common.errors import ChipAtlasError, InputError, JobFailedError, NotFoundError, SubmissionError
from ..common.files.manifest import MANIFEST, read_manifest
from ..common.files.writing import output_folder
from ..common.provenance import seconds_since
from ..common.results import refuse_shared_folder
from ..common.text import safe_label
from ..diff import DiffResult, export_all, generate_all_plots, load_results, run_diff_workflow
from ..diff.compute.server_job import start_on_server
from ..diff.inputs.request import DiffRequest
from .answers import DRAWING
from .folders import Folders, alone
from .models import Job

_WAIT = "Ask comparison_status again in a minute or so; comparison_result when it is finished."
_FETCH = "Call comparison_result with this output_dir."
#: State -> what to do next; any other state passes.
NEXT = {
    "finished": _FETCH,
    "exported": _FETCH,
    "failed": JobFailedError.next_action,
    "unclear": SubmissionError.next_action,
}
#: Of a fingerprint, in the name of a folder.
_NAME_DIGITS = 8


def start(folders: Folders, output_dir: str | None, given: Mapping[str, Any]) -> Job:
    """Submit a comparison, or find the job of the same request in any of the folders; nothing is waited for.

    Parameters
    ----------
    output_dir : str, optional
        Where it goes; a name made of labels and request when not given.
    given : mapping
        Arguments of `DiffRequest.checked`.

    Raises
    ------
    InputError
        A parameter cannot be used, or the folder is outside; nothing was sent.
    SubmissionError
        The same request was sent before, and nobody knows whether there is a job.
    """
    request = _checked(folders, given)
    wanted = folders.inside(output_dir or _name(request))
    # One at a time for the request, wherever it goes, and for the folder, whatever is asked.
    with alone(f"request {fingerprint(request.form())}"), alone(f"folder {wanted}"):
        other = None if not request.resume else _same_request(folders, request, wanted)
        place = other or wanted
        folders.refuse_links(place)
        with output_folder(place) as folder:
            refuse_shared_folder(folder, "differential regions")
            started = start_on_server(replace(request, output_dir=folder), folder)
    return job(
        folders,
        folder,
        started.record,
        simulated=started.simulated,
        submitted_now=started.submitted,
        expected_seconds=started.known.expected_seconds,
    )


def find(folders: Folders, output_dir: str | os.PathLike[str]) -> tuple[Path, JobRecord]:
    """The folder of a comparison and its latest job.

    Raises
    ------
    NotFoundError
        No such folder, or no job in it.
    """
    folder = folders.results(output_dir)
    record = read_record(folder)
    if record is None:
        raise NotFoundError(f"No comparison was started in {folders.name_of(folder)!r}. Start one: start_comparison.")
    return folder, record


def job(folders: Folders, folder: Path, record: JobRecord, **known: Any) -> Job:
    """How a comparison stands: what its folder says, else what the service says."""
    state = known.pop("state", None) or _known_state(folder, record)
    if not state:
        state, known["simulated"] = _asked(record)
    return Job(
        output_dir=folders.name_of(folder),
        request_id=record.request_id,
        state=state,
        submitted_at=record.submitted_at,
        seconds_since=round(seconds_since(record.submitted_at), 1),
        outcome=record.outcome,
        next_action=NEXT.get(state, _WAIT),
        **known,
    )


def finish(folders: Folders, output_dir: str | os.PathLike[str], annotation: str) -> DiffResult:
    """The result of a finished job: fetched, checked, drawn and exported, or read back where that is done.

    Nothing is submitted, whatever the folder holds.

    Raises
    ------
    JobFailedError, SubmissionError
        There will be no result, or nobody knows.
    InputError
        The folder does not say what was asked, or asked another service.
    """
    with alone(f"folder {folders.results(output_dir)}"):
        folder, record = find(folders, output_dir)
        if is_exported(folder, record):
            return load_results(folder)
        _require_result(folders, folder, record)
        results = run_diff_workflow(**record.call, output_dir=folder)
        with DRAWING:
            generate_all_plots(results, output_dir=folder, annotate=annotation == "ucsc")
            export_all(results, output_dir=folder, annotation=annotation)
    return results


def is_exported(folder: Path, record: JobRecord) -> bool:
    """Whether a folder holds the export of just this job, asked for in just this way."""
    if not (folder / MANIFEST).is_file():
        return False
    try:
        content = read_manifest(folder)
        told, job_id = content["parameters"], content["provenance"]["request_id"]
    except (ChipAtlasError, KeyError, TypeError):
        return False
    return job_id == record.request_id and all(told[name] == record.call[name] for name in told if name in record.call)


def _checked(folders: Folders, given: Mapping[str, Any]) -> DiffRequest:
    blacklist = given.get("blacklist")
    if blacklist in (None, "none"):
        return DiffRequest.checked(**{**given, "blacklist": None})
    place = blacklist if blacklist == "encode" else str(folders.inside(str(blacklist)))
    return DiffRequest.checked(**{**given, "blacklist": place})


def _name(request: DiffRequest) -> str:
    labels = f"{safe_label(request.description_a, 'A')[:40]}_vs_{safe_label(request.description_b, 'B')[:40]}"
    return f"{labels.replace(' ', '_')}_{fingerprint(request.form())[:_NAME_DIGITS]}"


def _same_request(folders: Folders, request: DiffRequest, wanted: Path) -> Path | None:
    """The folder, `wanted` before others, where the same request has a job that may give a result, or may have one."""
    same = fingerprint(request.form())
    for folder in (wanted, *folders.below()):
        file = folder / JOB_FILE
        if file.is_file() and not file.is_symlink():
            records = [one for one in read_records(folder) if one.fingerprint == same]
            if records and not records[0].outcome:
                return folder
    return None


def _known_state(folder: Path, record: JobRecord) -> str:
    if not record.request_id:
        return "unclear"
    if record.outcome:
        return "failed"
    return "exported" if is_exported(folder, record) else ""


def _asked(record: JobRecord) -> tuple[str, bool]:
    with Client() as client:
        status = job_status(record.request_id, client)
    return ("failed" if status.failed else status.state), client.simulated


def _require_result(folders: Folders, folder: Path, record: JobRecord) -> None:
    """Refuse what would submit a job, or guess what was asked."""
    name = folders.name_of(folder)
    if not record.request_id:
        raise SubmissionError.unanswered(f"The request in {name!r} was sent ({record.submitted_at}) without an answer.")
    if record.outcome:
        raise JobFailedError(f"Job {record.request_id} gave no result: {record.outcome}", record.request_id)
    if not record.call:
        raise InputError(
            f"{name!r} does not say with which arguments its job was started. Call start_comparison with the same "
            "experiments and labels and this output_dir: it finds the job, and submits nothing."
        )
    request = _checked(folders, {**record.call, "output_dir": folder})
    if fingerprint(request.form()) != record.fingerprint:
        raise InputError(
            f"The job in {name!r} was submitted to {record.endpoint}, and this server asks {wabi_url()}; or its "
            "job.json was changed. Run the server with the settings of then, or start the comparison anew."
        )
