"""Which other factors bind near a factor's target genes: the first genes against others of the same table."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..chipatlas.site.aliases import symbols_of
from ..chipatlas.wabi.query_chipatlas_api import TIMEOUT_SECONDS
from ..common.errors import InputError
from ..common.files.writing import given_path
from ..common.results import refuse_shared_folder, require_number
from ..common.text import fold, plural
from ..factors.ask import Subject, ask
from ..factors.options import ALL_CELL_TYPES, FACTORS, SEED, Options
from ..factors.result import EnrichedFactors
from ..factors.sets import MOST, Sets
from .targets_result import TargetsResult

TOP_GENES = 200
#: The background comes from this share of the table, from its end: the genes with the least signal.
BACKGROUND_SHARE = 0.5


def enrich_factors(
    results: Mapping[str, Any],
    cell_class: str = ALL_CELL_TYPES,
    antigen_class: str = FACTORS,
    threshold: int = 50,
    output_dir: str | os.PathLike[str] | None = None,
    *,
    top: int = TOP_GENES,
    seed: int = SEED,
    resume: bool = True,
    timeout: float = TIMEOUT_SECONDS,
) -> EnrichedFactors:
    """Ask ChIP-Atlas's Enrichment Analysis which factors bind within 5 kb of the first target genes.

    They are held against as many genes of the second half of the same ranking, drawn at random: bound by the factor in
    some experiment, too, but less. The factor's own experiments made the ranking and are left out of the summary.

    Parameters
    ----------
    results : TargetsResult, or dict
        From `run_target_genes_workflow` (with ``top_n=None``, or the second half is short), or its pickle.
    cell_class : str
        Class of cell types of the experiments asked, such as ``Blood``.
    antigen_class : str
        Class of antigens, such as ``Histone``, or ``All antigens``.
    threshold : int
        Least MACS2 score (-10 log10 Q) of the experiments' peaks: 50, 100, 200 or 500.
    output_dir : path, optional
        Where ``enriched_factors_jobs/`` goes; the folder of the results when not given.
    top : int
        How many of the first genes, at most half of the table.
    seed : int
        Of the choice of the background.
    resume : bool
        Go on with the job that ``job.json`` in that folder names, if the request is the same. False submits anew.
    timeout : float
        Seconds to wait for the job.

    Returns
    -------
    EnrichedFactors
        ``table`` (one row an antigen), ``experiments``, ``notes``; also a part for `export_all`.

    Raises
    ------
    InputError
        Something given cannot be used (`NothingLeftError`: too few genes); nothing was sent.
    ServiceUnavailableError, BadResponseError, JobFailedError, JobTimeoutError
        As their names say; see `common.errors`. The same call goes on with the job.
    """
    results = TargetsResult.of(results)
    options = Options.checked(
        results.parameters["output_dir"] if output_dir is None else output_dir,
        cell_class=cell_class,
        antigen_class=antigen_class,
        threshold=threshold,
        seed=seed,
        resume=resume,
        timeout=timeout,
    )
    wanted = int(require_number("top", top, f"how many of the first genes, from 1 to {MOST:,}", least=1, most=MOST))
    refuse_shared_folder(given_path(options.output_dir), "target genes")
    protein, genome = results.protein, results.parameters["genome"]
    columns = [str(name) for name in results.experiment_data.columns[1:]]
    subject = Subject(
        results.title(),
        genome,
        results.fingerprint(),
        own=frozenset(name.partition("|")[0] for name in columns),
        own_antigens=frozenset(map(fold, (protein, *symbols_of(protein, genome)))),
        simulated=results.simulated,
        about={"protein": protein, "top": wanted},
    )
    return ask([gene_set(results.target_genes["gene"], wanted, protein, seed)], subject, options)


def gene_set(ranked: pd.Series, top: int, protein: str, seed: int = SEED) -> Sets:
    """The first genes of a ranking and their background, as many, drawn from its second half."""
    genes = ranked.astype(str).drop_duplicates().to_numpy()
    broken = [name for name in genes if not name.isprintable() or len(name.split()) != 1]
    if broken:
        raise InputError(f"{broken[0][:40]!r} is no gene symbol that can be sent. Leave it out of target_genes.")
    first = genes[: min(top, int(len(genes) * (1 - BACKGROUND_SHARE)))]
    rest = genes[int(np.ceil(len(genes) * (1 - BACKGROUND_SHARE))) :]
    chosen = np.random.default_rng(seed).choice(rest, min(len(first), len(rest)), replace=False)
    told = (
        f"Held against {plural(len(chosen), 'gene')} drawn from the second half ({len(rest):,} genes) of the same "
        f"ranking: bound by {protein}, too, but less. Peaks within 5 kb of a TSS count."
    )
    return Sets("targets", f"first targets of {protein}", "gene", tuple(first), tuple(sorted(chosen)), told)
