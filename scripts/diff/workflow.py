"""Step 2: submit the comparison, wait for it, read it, check it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from ..chipatlas.transport.client import Client
from ..chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ..common.console import headline, say, verify
from ..common.files.writing import output_folder, sha256
from ..common.provenance import LOCAL_PACKAGES, now_utc, versions
from ..common.results import refuse_shared_folder
from ..common.text import plural
from .analysis import POSITION, QVALUE_THRESHOLD
from .annotate.blacklist import ENCODE, Blacklist, blacklist_for
from .compute.finished_job import FinishedJob
from .compute.local_job import run_here
from .compute.server_job import run_on_server
from .diff_result import DiffResult
from .inputs.examples import find_example
from .inputs.request import DiffRequest
from .qc.from_results import comparison_of
from .qc.qc_checks import run_qc_checks
from .results.filter_regions import MIN_REGION_SIZE, FilterCounts, filter_regions
from .results.samples import counts_matrix, used_samples


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
    design: str | None = None,
    samples: pd.DataFrame | str | os.PathLike[str] | None = None,
    contrasts: Mapping[str, Any] | None = None,
    experiments_more: Mapping[str, Iterable[Any]] | None = None,
    test: str = "ql",
    normalisation: str | Mapping[str, float] = "tmm",
    min_abs_logfc: float = 0,
    regions: str = "fragments",
    min_experiments: int = 2,
    stability: bool = False,
    controls: Mapping[str, Iterable[Any]] | None = None,
    blacklist: pd.DataFrame | str | os.PathLike[str] | None = ENCODE,
) -> DiffResult:
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
    design : str, optional
        Local engine: a formula over the variables of the experiments, such as ``"~ donor + group"``; ``group`` is A, B
        or the label of a further group. A is tested against B at the other variables' values. Without it, the server's
        exact test of two groups.
    samples : DataFrame or path, optional
        Variables of the experiments, one row each: a column ``sample`` of their names, any others. Texts are
        categories; numbers of a DataFrame (not of a file) are covariates.
    contrasts : mapping, optional
        With a design, more differences to test: name -> (variable, a, b), or coefficient -> weight for an interaction.
    experiments_more : mapping, optional
        With a design, further groups that take part in the fit: label -> experiments (no GSM).
    test : {"ql", "ql-legacy", "lrt"}
        With a design: quasi-likelihood F-test as in edgeR 4, as in edgeR 3, or likelihood ratio test.
    normalisation : {"tmm", "library", "background"} or mapping
        Local engine: TMM over the regions (the server's), mapped reads, TMM over bins of 10 kb, or experiment ->
        library size (a spike-in's).
    min_abs_logfc : float
        With a design: test whether the log2 fold change is larger than this (TREAT).
    regions : {"fragments", "loci", "consensus"}
        Local engine: peaks cut at every peak edge (the server's), peaks joined to loci, or the loci in which at least
        `min_experiments` experiments have a peak.
    min_experiments : int
        For ``regions="consensus"``.
    stability : bool
        Local engine: repeat the test without each experiment in turn.
    controls : mapping, optional
        Local engine: input controls of both groups, ``{"A": [...], "B": [...]}``, as `experiments_a` is given (no
        GSM; own files need no peaks). Whether a stretch that looks like copy number is one in the inputs, too, is told.
    blacklist : str, path, DataFrame or None
        ``"encode"``: ENCODE's list of the assembly, where it can be had; a BED file or a table of one's own; None (or
        ``"none"``) for no list. Significant regions inside are a finding; none is taken out.

    Returns
    -------
    DiffResult
        A dict, its values attributes too: ``diff_regions`` and ``diff_regions_unfiltered`` (DataFrames; columns in
        `diff.analysis`), ``qc_warnings`` (list of findings), ``experiments_a``, ``experiments_b``, ``samples``
        (DataFrame: accession, group, in the order of the counts), ``counts`` (DataFrame: normalised counts, rows as
        ``diff_regions``, one column per experiment; None for dmr), ``experiments`` (DataFrame of metadata; see
        `diff.inputs.preflight`), ``raw_files`` (kind -> path), ``log_content``, ``parameters``, ``design_caveats``
        (list of str), ``provenance``. Of the local engine's peaks also ``read_counts``, ``normalisation``, ``design``
        and ``stability`` (see `engine.testing.Tested`); None else.

    Raises
    ------
    InputError
        A parameter cannot be used; nothing was written or sent.
    ServiceUnavailableError, BadResponseError, JobFailedError, JobTimeoutError
        As their names say; see `common.errors`.
    """
    request = DiffRequest.checked(
        experiments_a,
        experiments_b,
        analysis_type,
        genome=genome,
        description_a=description_a,
        description_b=description_b,
        output_dir=output_dir,
        title=title,
        timeout=timeout,
        min_region_size=min_region_size,
        standard_contigs_only=standard_contigs_only,
        allow_no_replicates=allow_no_replicates,
        preflight=preflight,
        resume=resume,
        engine=engine,
        workers=workers,
        design=design,
        samples=samples,
        contrasts=contrasts,
        experiments_more=experiments_more,
        test=test,
        normalisation=normalisation,
        min_abs_logfc=min_abs_logfc,
        regions=regions,
        min_experiments=min_experiments,
        stability=stability,
        controls=controls,
        blacklist=blacklist,
    )
    headline(f"Differential analysis: {request.sizes}")
    with output_folder(request.output_dir) as folder:
        refuse_shared_folder(folder, "differential regions")
        held_against = _blacklist(request)
        job = run_here(request, folder) if request.engine == "local" else run_on_server(request, folder)
    _tell(job, request)
    kept = filter_regions(
        job.regions,
        request.genome,
        standard_contigs_only=request.standard_contigs_only,
        min_region_size=request.min_region_size,
    )
    result = _checked(request, job, held_against, *kept)
    verify("✓ Diff analysis completed successfully!")
    return result


def _blacklist(request: DiffRequest) -> Blacklist:
    """Read or fetched before anything is submitted: a file that is no list is an error of the call."""
    with Client() as client:
        return blacklist_for(request.blacklist, request.genome, client)


def _checked(
    request: DiffRequest, job: FinishedJob, held_against: Blacklist, regions: pd.DataFrame, filtered_out: FilterCounts
) -> DiffResult:
    """The result, with what the quality rules say of it."""
    samples = used_samples(job.log, *request.groups)
    has_counts = not (request.analysis.is_dmr or job.from_igv)
    tested = job.tested
    example = find_example(*request.groups)
    result = DiffResult(
        diff_regions=regions,
        diff_regions_unfiltered=job.regions,
        qc_warnings=[],
        experiments_a=request.groups[0],
        experiments_b=request.groups[1],
        samples=samples,
        counts=counts_matrix(regions, samples)[0] if has_counts else None,
        experiments=job.preflight.experiments,
        raw_files={kind: str(path) for kind, path in job.raw_files.items()},
        log_content=job.log_text,
        design_caveats=_caveats(request, job, example.design_caveat if example else ""),
        read_counts=tested.read_counts if tested else None,
        normalisation=tested.normalisation if tested else None,
        design=_design(tested.design, regions, request) if tested and tested.design else None,
        stability=tested.stability if tested else None,
        controls=tested.controls if tested else None,
        blacklist=vars(held_against),
        parameters={
            **request.parameters(),
            "series": example.series if example else "",
            "filter_counts": filtered_out.as_dict(),
        },
        provenance=_provenance(request, job),
    )
    result["qc_warnings"] = run_qc_checks(comparison_of(result))
    return result


def _caveats(request: DiffRequest, job: FinishedJob, known: str) -> list[str]:
    """What the design keeps the numbers from saying: of an example, or of a design that was fitted."""
    if job.tested is None or job.tested.design is None:
        return [known] if known else []
    design = job.tested.design
    named = [name for name in design["samples"].columns if name in request.testing.design and name != "group"]
    rest = f"Differences by {', '.join(named)} are taken out. " if named else ""
    return [
        f"Tested under {design['formula']}: {_in_words(design['tested'], request)}. {rest}What else tells the members "
        "of a group apart counts as noise, and what tells the groups apart besides counts as the comparison's."
    ]


def _tell(job: FinishedJob, request: DiffRequest) -> None:
    # metilene reports some of the segments that it tests, edgeR's table holds every region.
    what = "reported" if request.analysis.is_dmr else "tested"
    called = int(job.regions["significant"].sum())
    say(f"  {plural(len(job.regions), 'region')} {what}, {called:,} with q < {QVALUE_THRESHOLD}")


def _in_words(tested: str, request: DiffRequest) -> str:
    """What was tested, with the groups' labels where it is the groups."""
    return tested.replace("A against B (group)", f"{request.description_a} against {request.description_b}")


def _design(design: dict[str, Any], regions: pd.DataFrame, request: DiffRequest) -> dict[str, Any]:
    """What a design was and gave; its other contrasts at the regions that are kept, named as `regions` names them."""
    names = dict(zip(("chrom", "start", "end"), POSITION, strict=True))
    kept = regions[list(POSITION)]
    contrasts = {}
    for name, table in design["contrasts"].items():
        found = kept.merge(table.rename(columns=names), on=list(POSITION), how="inner")
        found["significant"] = found["qvalue"] < QVALUE_THRESHOLD
        contrasts[name] = found.sort_values(["qvalue", "pvalue"], kind="stable", ignore_index=True)
    return design | {"contrasts": contrasts, "tested": _in_words(design["tested"], request)}


def _provenance(request: DiffRequest, job: FinishedJob) -> dict[str, Any]:
    """Where every number comes from."""
    return {
        "simulated": job.simulated,
        "engine": request.engine,
        "endpoint": job.endpoint,
        "request_id": job.request_id,
        "metadata_unavailable": job.preflight.unavailable,
        "from_igv_track": job.from_igv,
        "started_at": job.started,
        "finished_at": now_utc(),
        "inputs": job.inputs,
        "files": job.files,
        "server_warnings": job.log.warnings,
        "sha256": {path.name: sha256(path) for path in job.raw_files.values()},
        "versions": versions(LOCAL_PACKAGES if request.engine == "local" else ()),
    }
