"""Step 2: submit the comparison, wait for it, read it, check it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.diff.analysis import QVALUE_THRESHOLD, Analysis
from scripts.diff.comparison import Comparison
from scripts.diff.examples import find_example
from scripts.diff.filter_regions import MIN_REGION_SIZE, filter_regions
from scripts.diff.job_file import close_record, new_record, resumable, write_record
from scripts.diff.job_request import JobRequest, checked_request
from scripts.diff.job_result import retrieve_zip_results
from scripts.diff.outputs import OUTPUT_FILES, RAW_FOLDER
from scripts.diff.parse_bed_results import parse_bed_results
from scripts.diff.parse_igv_bed import parse_igv_bed
from scripts.diff.preflight import Preflight, check_before_submitting, skipped
from scripts.diff.qc_checks import run_qc_checks
from scripts.diff.query_chipatlas_api import (
    TIMEOUT_SECONDS,
    check_health,
    fetch_log,
    poll_job_status,
    raise_if_failed,
    submit_diff_job,
)
from scripts.diff.samples import counts_matrix, ignored_experiments, used_samples
from scripts.diff.wabi_text import parse_log
from scripts.shared.console import announce_simulation, headline, say, verify
from scripts.shared.endpoints import wabi_url
from scripts.shared.errors import BadResponseError, JobFailedError
from scripts.shared.files import mark_simulated, output_folder, remove_outputs, replacing_folder, sha256
from scripts.shared.genomes import get_assembly
from scripts.shared.http import Client
from scripts.shared.provenance import now_utc, versions
from scripts.shared.results import refuse_shared_folder, require_flag, require_number
from scripts.shared.text import plural


def run_diff_workflow(
    experiments_a: Iterable[str],
    experiments_b: Iterable[str],
    genome: str = "hg38",
    analysis_type: str = "diffbind",
    description_a: str = "group_A",
    description_b: str = "group_B",
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    *,
    title: str | None = None,
    timeout: float = TIMEOUT_SECONDS,
    min_region_size: int = MIN_REGION_SIZE,
    standard_contigs_only: bool = True,
    allow_no_replicates: bool = False,
    preflight: bool = True,
    resume: bool = True,
) -> dict[str, Any]:
    """Compare two groups of public experiments on ChIP-Atlas's server.

    Parameters
    ----------
    experiments_a, experiments_b : iterable of str
        Accessions (SRX, ERX, DRX, GSM), at least 2 a group.
    genome : str
        Assembly, such as ``hg38``.
    analysis_type : {"diffbind", "dmr"}
        Differential peaks (ChIP-, ATAC-, DNase-seq) or differentially methylated regions (Bisulfite-seq).
    description_a, description_b : str
        Names of the groups, for plots and reports.
    output_dir : path
        Where ``raw_results/`` goes; an earlier run's files there are replaced.
    title : str, optional
        Of the job; made from the descriptions when not given.
    timeout : float
        Seconds to wait for the job.
    min_region_size : int
        Smaller regions (bp) are filtered out.
    standard_contigs_only : bool
        Whether regions on scaffolds and unplaced contigs are filtered out.
    allow_no_replicates : bool
        Accept a group of one experiment.
    preflight : bool
        Look every experiment up in ChIP-Atlas's metadata before submitting, and refuse what the server would refuse.
        Without the metadata service the comparison goes on unchecked, which is said.
    resume : bool
        Go on with the job that ``job.json`` in `output_dir` names, if the request is the same: nothing is submitted
        twice. False submits anew.

    Returns
    -------
    dict
        ``diff_regions`` and ``diff_regions_unfiltered`` (DataFrames; columns in `scripts.diff.analysis`),
        ``qc_warnings`` (list of findings), ``experiments_a``, ``experiments_b``, ``samples`` (DataFrame: accession,
        group, in the order of the counts), ``counts`` (DataFrame: normalised counts, rows as ``diff_regions``, one
        column per experiment; None for dmr), ``experiments`` (DataFrame of metadata; see `scripts.diff.preflight`),
        ``raw_files`` (kind -> path), ``log_content``, ``parameters``, ``design_caveats`` (list of str),
        ``provenance``.

    Raises
    ------
    InputError
        A parameter cannot be used; nothing was written or sent.
    ServiceUnavailableError, BadResponseError, JobFailedError, JobTimeoutError
        As their names say; see `scripts.shared.errors`.
    """
    for name, value in (
        ("standard_contigs_only", standard_contigs_only),
        ("allow_no_replicates", allow_no_replicates),
        ("preflight", preflight),
        ("resume", resume),
    ):
        require_flag(name, value)
    timeout = require_number("timeout", timeout, "the seconds to wait, such as 900", above=0)
    min_region_size = int(
        require_number("min_region_size", min_region_size, "a size in bp, such as 10, or 0 to keep all", least=0)
    )
    request = checked_request(
        experiments_a, experiments_b, genome, analysis_type, description_a, description_b, title, allow_no_replicates
    )
    sizes = f"n={len(request.experiments_a)}", f"n={len(request.experiments_b)}"
    headline(
        f"Differential analysis: {request.description_a} ({sizes[0]}) vs {request.description_b} ({sizes[1]}), {genome}"
    )
    with output_folder(output_dir) as folder:
        refuse_shared_folder(folder, "differential regions")
        job = _run_job(request, folder, timeout, wants_preflight=preflight, resume=resume)
    unfiltered = job.regions
    called = int(unfiltered["significant"].sum())
    say(f"  {plural(len(unfiltered), 'region')} tested, {called:,} with q < {QVALUE_THRESHOLD}")
    regions, filter_counts = filter_regions(
        unfiltered, genome, standard_contigs_only=standard_contigs_only, min_region_size=min_region_size
    )
    log = parse_log(job.log_text)
    groups = list(request.experiments_a), list(request.experiments_b)
    samples = used_samples(log, *groups)
    counts, matched = (None, True) if request.analysis.is_dmr or job.from_igv else counts_matrix(regions, samples)
    findings = run_qc_checks(
        Comparison(
            regions=regions,
            filtered_out=filter_counts,
            analysis=request.analysis,
            assembly=get_assembly(genome),
            label_a=request.description_a,
            label_b=request.description_b,
            n_a=int((samples["group"] == "A").sum()),
            n_b=int((samples["group"] == "B").sum()),
            ignored=tuple(ignored_experiments(log, *groups, job.preflight.names)),
            experiments=job.preflight.experiments,
            metadata_unavailable=job.preflight.unavailable,
            counts=counts if matched else None,
            counts_matched=matched,
            sample_groups=tuple(samples["group"]),
        )
    )
    example = find_example(*groups)
    results = {
        "diff_regions": regions,
        "diff_regions_unfiltered": unfiltered,
        "qc_warnings": findings,
        "experiments_a": groups[0],
        "experiments_b": groups[1],
        "samples": samples,
        "counts": counts,
        "experiments": job.preflight.experiments,
        "raw_files": {kind: str(path) for kind, path in job.raw_files.items()},
        "log_content": job.log_text,
        "design_caveats": [example.design_caveat] if example and example.design_caveat else [],
        "parameters": {
            "genome": genome,
            "analysis_type": analysis_type,
            "description_a": request.description_a,
            "description_b": request.description_b,
            "title": request.title,
            "series": example.series if example else "",
            "min_region_size": min_region_size,
            "standard_contigs_only": standard_contigs_only,
            "allow_no_replicates": allow_no_replicates,
            "timeout": timeout,
            "preflight": preflight,
            "qvalue_threshold": QVALUE_THRESHOLD,
            "output_dir": str(folder),
            "filter_counts": filter_counts.as_dict(),
        },
        "provenance": {
            "simulated": job.simulated,
            "engine": "chipatlas",
            "endpoint": wabi_url(),
            "request_id": job.request_id,
            "metadata_unavailable": job.preflight.unavailable,
            "from_igv_track": job.from_igv,
            "started_at": job.started,
            "finished_at": now_utc(),
            "server_warnings": log.warnings,
            "sha256": {path.name: sha256(path) for path in job.raw_files.values()},
            "versions": versions(),
        },
    }
    verify("✓ Diff analysis completed successfully!")
    return results


@dataclass(frozen=True)
class _FinishedJob:
    """What came of a job: its id, its files under their final names, its log and its regions."""

    request_id: str
    started: str
    simulated: bool
    preflight: Preflight
    regions: pd.DataFrame
    from_igv: bool
    raw_files: dict[str, Path]
    log_text: str


def _run_job(request: JobRequest, folder: Path, timeout: float, *, wants_preflight: bool, resume: bool) -> _FinishedJob:
    """Look up, submit or resume, wait, fetch, parse; an earlier run is not touched before the new result is whole."""
    started = now_utc()
    with Client() as client:
        check_health(client)
        announce_simulation(client.simulated)
        if wants_preflight:
            known = check_before_submitting(
                request.experiments_a, request.experiments_b, request.genome, request.analysis, client
            )
        else:
            known = skipped("not wanted (preflight=False)")
        record = resumable(folder, request) if resume else None
        if record is None:
            record = new_record(submit_diff_job(request, client), request)
            write_record(folder, record)
            say(f"  Job submitted: {record.request_id}")
        else:
            say(f"  Resuming job {record.request_id}, submitted {record.submitted_at}")
        try:
            status = poll_job_status(
                record.request_id, client, timeout=timeout, expected_seconds=known.expected_seconds
            )
            log_text = fetch_log(record.request_id, client)
            raise_if_failed(record.request_id, status, log_text)
            with replacing_folder(folder / RAW_FOLDER) as fresh:
                fetched = retrieve_zip_results(record.request_id, fresh, client, completed=status.completed)
                if "log" in fetched:
                    log_text = fetched["log"].read_text("utf-8", errors="replace")
                regions, from_igv = _parse(fetched, request.analysis)
        except JobFailedError as error:
            close_record(folder, record, str(error).splitlines()[0])
            raise
        remove_outputs(folder, OUTPUT_FILES)
        mark_simulated(folder, client.simulated)
    raw_files = {kind: folder / RAW_FOLDER / path.name for kind, path in fetched.items()}
    return _FinishedJob(record.request_id, started, client.simulated, known, regions, from_igv, raw_files, log_text)


def _parse(fetched: dict[str, Path], analysis: Analysis) -> tuple[pd.DataFrame, bool]:
    """The regions, and whether they had to be read from the IGV track for want of the result itself."""
    if "bed" in fetched:
        return parse_bed_results(fetched["bed"], analysis.name), False
    if "igv_bed" in fetched:
        say("  The result has no wabi_result.bed; its IGV track is read instead: only regions with q < 0.1, no counts.")
        return parse_igv_bed(fetched["igv_bed"], analysis), True
    raise BadResponseError(
        f"No BED file in the result; it holds: {', '.join(path.name for path in fetched.values()) or 'nothing'}.\n"
        "Check that the experiments exist for this genome, and submit again with resume=False."
    )
