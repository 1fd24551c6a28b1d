"""A comparison computed on ChIP-Atlas's server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ...chipatlas.endpoints import wabi_url
from ...chipatlas.transport.client import Client
from ...chipatlas.wabi.job_file import JobRecord
from ...chipatlas.wabi.jobs import finished, submit_or_resume
from ...chipatlas.wabi.query_chipatlas_api import check_health, check_served
from ...common.console import announce_simulation
from ...common.errors import RefusedError, ServiceUnavailableError
from ...common.files.writing import mark_simulated, remove_outputs, replacing_folder, say_replaced
from ...common.provenance import now_utc
from ..inputs.preflight import Preflight, check_before_submitting, skipped
from ..inputs.request import DiffRequest
from ..outputs import OUTPUT_FILES, RAW_FOLDER
from .finished_job import FinishedJob, parse_result
from .job_result import retrieve_zip_results


@dataclass(frozen=True)
class Started:
    """A comparison that is on the server.

    Attributes
    ----------
    record : JobRecord
        Of its job, as it stands in the folder.
    known : Preflight
        What is known of the experiments.
    submitted : bool
        Whether the job was submitted just now, and not before.
    simulated : bool
    """

    record: JobRecord
    known: Preflight
    submitted: bool
    simulated: bool


def start_on_server(request: DiffRequest, folder: Path) -> Started:
    """Look up, submit or find the job of the same request; nothing is waited for."""
    with Client() as client:
        return _start(request, folder, client)


def _start(request: DiffRequest, folder: Path, client: Client) -> Started:
    with _or_here(request):
        check_health(client)
    announce_simulation(client.simulated)
    if request.preflight:
        with _or_here(request):
            check_served(client)
        known = check_before_submitting(
            request.experiments_a, request.experiments_b, request.genome, request.analysis, client
        )
    else:
        known = skipped("not wanted (preflight=False)")
    with _or_here(request):
        record, submitted = submit_or_resume(
            request.form(),
            folder,
            client,
            resume=request.resume,
            if_refused=_if_refused(request),
            call=request.call(),
        )
    return Started(record, known, submitted, client.simulated)


def run_on_server(request: DiffRequest, folder: Path) -> FinishedJob:
    """Look up, submit or resume, wait, fetch, parse; an earlier run is not touched before the new result is whole."""
    moment = now_utc()
    with Client() as client:
        started = _start(request, folder, client)
        record, known = started.record, started.known
        waiting = finished(record, folder, client, timeout=request.timeout, expected_seconds=known.expected_seconds)
        with waiting as (status, log_text), replacing_folder(folder / RAW_FOLDER) as fresh:
            fetched = retrieve_zip_results(record.request_id, fresh, client, completed=status.completed)
            if "log" in fetched:
                log_text = fetched["log"].read_text("utf-8", errors="replace")
            regions, from_igv = parse_result(fetched, request.analysis)
        say_replaced(folder, remove_outputs(folder, OUTPUT_FILES))
        mark_simulated(folder, client.simulated)
    raw_files = {kind: folder / RAW_FOLDER / path.name for kind, path in fetched.items()}
    return FinishedJob(
        record.request_id,
        wabi_url(),
        moment,
        client.simulated,
        known,
        regions,
        from_igv,
        raw_files,
        log_text,
        files=[*client.files.values()],
    )


@contextmanager
def _or_here(request: DiffRequest) -> Iterator[None]:
    """Where the server is down, refuses or does not serve the analysis: name the other way to the same numbers."""
    try:
        yield
    except (ServiceUnavailableError, RefusedError) as error:
        error.advise(f"Or compute it on this machine (the `local` extra): {request.local_call()}")
        raise


def _if_refused(request: DiffRequest) -> str:
    return f"Check that the IDs belong to {request.genome} and suit analysis_type={request.analysis.name!r}."
