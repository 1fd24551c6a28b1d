"""One question to Enrichment Analysis: submitted once, resumed after a break, its table fetched and checked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ..chipatlas.endpoints import wabi_url
from ..chipatlas.transport.client import Client
from ..chipatlas.wabi.job_result import Source, retrieve
from ..chipatlas.wabi.jobs import finished, submit_or_resume
from ..common.console import say
from ..common.errors import BadResponseError
from ..common.files.writing import replacing_folder, sha256
from ..common.text import plural
from .options import Options
from .outputs import RAW_TABLE
from .parse import MAX_BYTES, parse_enrichment
from .sets import NOUNS, Sets

_RAW_FOLDER = "raw_results"


@dataclass(frozen=True)
class Answer:
    """What came of one job.

    Attributes
    ----------
    table : DataFrame
        See `parse_enrichment`.
    request_id, raw_file, sha256 : str
        Of the job, and of the service's table as it came.
    """

    table: pd.DataFrame
    request_id: str
    submitted_at: str
    raw_file: str
    sha256: str


def ask_service(sets: Sets, genome: str, folder: Path, client: Client, options: Options) -> Answer:
    """Have the service count the overlaps of both sets with every experiment.

    Parameters
    ----------
    folder : Path
        Of this job alone: ``job.json`` and the table go there.

    Raises
    ------
    RefusedError, ServiceUnavailableError, SubmissionError, BadResponseError, JobFailedError, JobTimeoutError
        As for Diff Analysis; see `common.errors`. What was submitted is not submitted again.
    """
    noun = NOUNS[sets.kind]
    say(
        f"  Factors at {plural(len(sets.given), noun)} {sets.label}, against {plural(len(sets.background), noun)} "
        "that did not change"
        if sets.kind == "bed"
        else f"  Factors at {plural(len(sets.given), noun)} {sets.label}, against {plural(len(sets.background), noun)}"
    )
    form = sets.form(genome, options)
    record, _ = submit_or_resume(
        form,
        folder,
        client,
        resume=options.resume,
        if_refused=f"Check that antigen_class={options.antigen_class!r} and cell_class={options.cell_class!r} are "
        f"classes of {genome}.",
    )
    waiting = finished(record, folder, client, timeout=options.timeout, what="Enrichment analysis")
    with waiting as (status, _), replacing_folder(folder / _RAW_FOLDER) as fresh:
        path = fresh / RAW_TABLE

        def fetch(source: Source) -> Path | None:
            return _save_table(source, path, client)

        retrieve(record.request_id, "tsv", fetch, client, completed=status.completed)
        table = parse_enrichment(path, sets, f"{RAW_TABLE} of job {record.request_id}")
        digest = sha256(path)
    raw = folder / _RAW_FOLDER / RAW_TABLE
    say(f"  {plural(len(table), 'experiment')} counted")
    return Answer(table, record.request_id, record.submitted_at, str(raw), digest)


def _save_table(source: Source, path: Path, client: Client) -> Path | None:
    """Save a reply that can be the table; None when the service has none. A page or an XML error is no table."""
    url, params = source
    with client.get(url, params=params, stream=True) as response:
        if response.status_code == 404:
            return None
        if response.status_code != 200:
            raise BadResponseError(
                f"HTTP {response.status_code} from {url}, without a table", status=response.status_code
            )
        content = b"".join(client.blocks(response, MAX_BYTES))
    if content.lstrip()[:1] in (b"<", b"{", b"["):
        raise BadResponseError(f"{url} gave no table", content)
    path.write_bytes(content)
    return path


def service_address() -> str:
    """Where the questions go, for provenance."""
    return wabi_url()
