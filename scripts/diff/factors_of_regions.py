"""Which factors bind where regions changed: gained and lost ones, each against matched unchanged ones."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ..common.files.writing import given_path
from ..common.results import refuse_shared_folder
from ..common.text import plural
from ..factors.ask import Subject, ask
from ..factors.options import ALL_CELL_TYPES, FACTORS, SEED, Options
from ..factors.result import EnrichedFactors
from ..factors.sets import MOST, Sets
from ..factors.statistics.matching import matched
from .diff_result import DiffResult
from .results.loci import label_loci, widest_of_locus

#: A region counts as unchanged when a change of its kind would as likely as not be a false discovery.
UNCHANGED_QVALUE = 0.5
#: Set -> the direction of its regions.
DIRECTIONS = {"gained": "A_enriched", "lost": "B_enriched"}


def enrich_factors(
    results: Mapping[str, Any],
    cell_class: str = ALL_CELL_TYPES,
    antigen_class: str = FACTORS,
    threshold: int = 50,
    output_dir: str | os.PathLike[str] | None = None,
    *,
    seed: int = SEED,
    resume: bool = True,
    timeout: float = TIMEOUT_SECONDS,
) -> EnrichedFactors:
    """Ask ChIP-Atlas's Enrichment Analysis which factors bind at regions gained (higher in A) and lost (higher in B).

    Two jobs of the service, one after the other, each submitted once. Every set is held against as many unchanged
    regions of like width and, for peaks, like signal: against random places of the genome any factor would do.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow` or `recut`, or its pickle: what is significant there is what changed.
    cell_class : str
        Class of cell types of the experiments asked, such as ``Blood``.
    antigen_class : str
        Class of antigens, such as ``Histone``, or ``All antigens``.
    threshold : int
        Least MACS2 score (-10 log10 Q) of the experiments' peaks: 50, 100, 200 or 500.
    output_dir : path, optional
        Where ``enriched_factors_jobs/`` goes; the folder of the results when not given.
    seed : int
        Of the choice of the background.
    resume : bool
        Go on with the jobs that ``job.json`` in that folder names, if the request is the same. False submits anew.
    timeout : float
        Seconds to wait for each job.

    Returns
    -------
    EnrichedFactors
        ``table`` (one row an antigen and direction), ``experiments``, ``notes``; also a part for `export_all`.

    Raises
    ------
    InputError
        Something given cannot be used (`NothingLeftError`: too few regions changed, or did not); nothing was sent.
    ServiceUnavailableError, BadResponseError, JobFailedError, JobTimeoutError
        As for `run_diff_workflow`; the same call goes on.
    """
    results = DiffResult.of(results)
    options = Options.checked(
        results.parameters["output_dir"] if output_dir is None else output_dir,
        cell_class=cell_class,
        antigen_class=antigen_class,
        threshold=threshold,
        seed=seed,
        resume=resume,
        timeout=timeout,
    )
    refuse_shared_folder(given_path(options.output_dir), "differential regions")
    subject = Subject(
        results.title(),
        results.parameters["genome"],
        results.fingerprint(),
        own=frozenset(results.samples["accession"]),
        simulated=results.simulated,
        about={"unchanged_qvalue": UNCHANGED_QVALUE, "cut": results.cut.rule},
    )
    return ask(region_sets(results, seed), subject, options)


def region_sets(results: DiffResult, seed: int = SEED) -> list[Sets]:
    """Gained and lost regions, one a locus, each with its matched background.

    Of the pieces of a locus the widest stands for it, chosen without regard to the result; a locus is gained when that
    piece is, and unchanged when none of its pieces has a q-value below `UNCHANGED_QVALUE`.
    """
    regions = results.diff_regions[results.diff_regions["qvalue"].notna()].reset_index(drop=True)
    labels = label_loci(regions)
    changed = (regions["qvalue"] < UNCHANGED_QVALUE) | regions["significant"].astype(bool)
    loci = widest_of_locus(regions, labels)
    pool = loci[~np.isin(labels[loci.index], labels[changed.to_numpy()])].sort_index()
    columns = _covariates(loci, results)
    label_of = {"gained": results.parameters["description_a"], "lost": results.parameters["description_b"]}
    word = "with more methylation in" if results.analysis.is_dmr else "higher in"
    sets = []
    for name, direction in DIRECTIONS.items():
        given = loci[loci["significant"] & (loci["direction"] == direction)].sort_index()
        cut = "" if len(given) <= MOST else f"The {MOST:,} most significant of {len(given):,} loci. "
        given = given.head(MOST)
        chosen = pool.iloc[matched(columns.loc[given.index].to_numpy(), columns.loc[pool.index].to_numpy(), seed)]
        told = cut + _told(given, chosen, len(pool), columns, results)
        sets.append(Sets(name, f"{word} {label_of[name]}", "bed", _lines(given), _lines(chosen), told))
    return sets


def _covariates(loci: pd.DataFrame, results: DiffResult) -> pd.DataFrame:
    """What a background must share: the width, and of peaks the signal over both groups (mean of the logarithms)."""
    columns = {"width": (loci["chromEnd"] - loci["chromStart"]).astype(float)}
    if not results.analysis.is_dmr:
        levels = loci[[results.analysis.level_a, results.analysis.level_b]].to_numpy(float)
        columns["signal"] = pd.Series(np.log2(levels + 1).mean(axis=1), index=loci.index)
    table = pd.DataFrame(columns)
    # Results read from the IGV track have no counts.
    return table.dropna(axis=1)


def _told(given: pd.DataFrame, chosen: pd.DataFrame, pool: int, columns: pd.DataFrame, results: DiffResult) -> str:
    widths = [int((part["chromEnd"] - part["chromStart"]).median()) if len(part) else 0 for part in (given, chosen)]
    like = " and ".join(map(str, columns))
    return (
        f"One region a locus; held against {plural(len(chosen), 'region')} of like {like} out of {pool:,} unchanged "
        f"ones (no piece of the locus with q < {UNCHANGED_QVALUE:g}; significant is {results.cut.rule}). Median width "
        f"{widths[0]:,} bp, of the background {widths[1]:,} bp."
    )


def _lines(regions: pd.DataFrame) -> tuple[str, ...]:
    """BED lines, in the order of the genome."""
    ordered = regions.sort_values(["chrom", "chromStart"], kind="stable")
    places = zip(ordered["chrom"], ordered["chromStart"], ordered["chromEnd"], strict=True)
    return tuple(f"{chrom}\t{start}\t{end}" for chrom, start, end in places)
