"""Step 2: submit the comparison, wait for it, read it, check it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ..chipatlas.assemblies import assembly_of
from ..chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ..chipatlas.wabi.replies import parse_log
from ..common.console import headline, say, verify
from ..common.files.writing import output_folder, sha256
from ..common.provenance import LOCAL_PACKAGES, now_utc, versions
from ..common.results import refuse_shared_folder, require_flag, require_number
from ..common.text import plural
from .analysis import QVALUE_THRESHOLD
from .compute.local_job import run_here
from .compute.server_job import run_on_server
from .inputs.examples import find_example
from .inputs.request import JobRequest, checked_request
from .qc.comparison import Comparison
from .qc.qc_checks import run_qc_checks
from .results.filter_regions import MIN_REGION_SIZE, filter_regions
from .results.samples import counts_matrix, ignored_experiments, used_samples


def run_diff_workflow(
    experiments_a: Iterable[Any],
    experiments_b: Iterable[Any],
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
    engine: str = "chipatlas",
    workers: int | None = None,
) -> dict[str, Any]:
    """Compare two groups of experiments, on ChIP-Atlas's server or with its computation on this machine.

    Parameters
    ----------
    experiments_a, experiments_b : iterable
        Accessions (SRX, ERX, DRX, GSM), at least 2 a group. With ``engine="local"`` also experiments of your own:
        (bigWig, peaks, read length), the path or address of a methylation bigWig, or what `load_user_data` and
        `load_sample_sheet` give.
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
        twice. False submits anew. Without meaning for the local engine.
    engine : {"chipatlas", "local"}
        Where the comparison is computed. ``"local"`` downloads the experiments' peaks and coverage (some hundred MB
        each; kept in the cache) and needs the `local` extra; files of your own do not leave the machine.
    workers : int, optional
        Processes that the local engine uses; as many as there are cores when not given.

    Returns
    -------
    dict
        ``diff_regions`` and ``diff_regions_unfiltered`` (DataFrames; columns in `diff.analysis`),
        ``qc_warnings`` (list of findings), ``experiments_a``, ``experiments_b``, ``samples`` (DataFrame: accession,
        group, in the order of the counts), ``counts`` (DataFrame: normalised counts, rows as ``diff_regions``, one
        column per experiment; None for dmr), ``experiments`` (DataFrame of metadata; see `diff.inputs.preflight`),
        ``raw_files`` (kind -> path), ``log_content``, ``parameters``, ``design_caveats`` (list of str),
        ``provenance``.

    Raises
    ------
    InputError
        A parameter cannot be used; nothing was written or sent.
    ServiceUnavailableError, BadResponseError, JobFailedError, JobTimeoutError
        As their names say; see `common.errors`.
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
        experiments_a,
        experiments_b,
        genome,
        analysis_type,
        description_a,
        description_b,
        title,
        allow_no_replicates,
        engine,
    )
    sizes = f"n={len(request.experiments_a)}", f"n={len(request.experiments_b)}"
    headline(
        f"Differential analysis: {request.description_a} ({sizes[0]}) vs {request.description_b} ({sizes[1]}), {genome}"
    )
    with output_folder(output_dir) as folder:
        refuse_shared_folder(folder, "differential regions")
        if engine == "local":
            job = run_here(request, folder, wants_preflight=preflight, workers=workers)
        else:
            job = run_on_server(request, folder, timeout, wants_preflight=preflight, resume=resume)
    unfiltered = job.regions
    called = int(unfiltered["significant"].sum())
    # metilene reports some of the segments that it tests, edgeR's table holds every region.
    what = "reported" if request.analysis.is_dmr else "tested"
    say(f"  {plural(len(unfiltered), 'region')} {what}, {called:,} with q < {QVALUE_THRESHOLD}")
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
            assembly=assembly_of(genome, regions["chrom"].unique()),
            label_a=request.description_a,
            label_b=request.description_b,
            n_a=int((samples["group"] == "A").sum()),
            n_b=int((samples["group"] == "B").sum()),
            ignored=tuple(ignored_experiments(log, *groups, job.preflight.names)),
            experiments=job.preflight.experiments,
            metadata_unavailable=job.preflight.unavailable,
            own=_own_samples(request, samples),
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
            "engine": engine,
            "qvalue_threshold": QVALUE_THRESHOLD,
            "output_dir": str(folder),
            "filter_counts": filter_counts.as_dict(),
        },
        "provenance": {
            "simulated": job.simulated,
            "engine": engine,
            "endpoint": job.endpoint,
            "request_id": job.request_id,
            "metadata_unavailable": job.preflight.unavailable,
            "from_igv_track": job.from_igv,
            "started_at": job.started,
            "finished_at": now_utc(),
            "inputs": job.inputs,
            "files": job.files,
            "server_warnings": log.warnings,
            "sha256": {path.name: sha256(path) for path in job.raw_files.values()},
            "versions": versions(LOCAL_PACKAGES if engine == "local" else ()),
        },
    }
    verify("✓ Diff analysis completed successfully!")
    return results


def _own_samples(request: JobRequest, samples: pd.DataFrame) -> tuple[tuple[str, str], ...]:
    """Name and group of the experiments that are the user's own."""
    pairs = zip(samples["accession"], samples["group"], strict=True)
    return tuple((name, group) for name, group in pairs if name in request.own and not request.own[name].is_public)
