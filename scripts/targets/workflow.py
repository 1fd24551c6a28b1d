"""Step 2: from a factor to its ranked target genes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ..chipatlas.transport.client import Client
from ..common.console import announce_simulation, headline, say, verify
from ..common.errors import InputError, NothingLeftError
from ..common.files.writing import mark_simulated, output_folder, remove_outputs, say_replaced
from ..common.provenance import now_utc, versions
from ..common.results import refuse_shared_folder, require_flag
from ..common.text import plural
from .expression.evidence import join_expression
from .expression.table import read_expression
from .outputs import OUTPUT_FILES
from .query.question import Query, check_query
from .ranking.description import describe
from .ranking.filter_targets import Filtered, apply_filters, check_criteria
from .table.cell_classes import columns_of_class
from .table.download_target_genes import Download, fetch_target_genes


def run_target_genes_workflow(
    protein: str,
    genome: str = "hg38",
    distance: int = 5,
    min_score: float = 0,
    top_n: int | None = 500,
    cell_types: Iterable[str] | str | None = None,
    min_string_score: float = 0,
    min_binding_rate: float = 0,
    output_dir: str | os.PathLike[str] = "target_genes_results",
    include_string_only: bool = False,
    cell_type_class: str | None = None,
    expression: str | os.PathLike[str] | pd.DataFrame | None = None,
    padj_threshold: float = 0.05,
    min_abs_log2fc: float = 0.0,
) -> dict[str, Any]:
    """Download one factor's table, rank its target genes and filter the ranking.

    Parameters
    ----------
    protein : str
        Official symbol of the factor, case-sensitive.
    genome : str
        UCSC's assembly name.
    distance : int
        Half-width of the window around the TSS, in kb: 1, 5 or 10.
    min_score : float
        Least average MACS2 score (-10 log10 Q; mean over all experiments used, zeros included).
    top_n : int or None
        Keep the first so many genes, after all other filters; None keeps all.
    cell_types : list of str, optional
        Use the experiments in these cell types only; every number is recomputed over them.
    min_string_score : float
        Least STRING score, 0..1000.
    min_binding_rate : float
        Least share of experiments with a peak, 0..1.
    output_dir : path
        Folder for the plots and tables of the next steps; an earlier run's are removed from it.
    include_string_only : bool
        Keep genes without a peak in any experiment used. The table lists genes for their STRING score alone; they are
        no targets by binding, so they are left out of the ranking and counted unless asked for.
    cell_type_class : str, optional
        Use the experiments of one class of cell types only, such as ``Blood``, as the site's metadata classes them.
    expression : path or DataFrame, optional
        A differential-expression table of all tested genes (gene, log2 fold change, adjusted p; as DESeq2, edgeR or
        limma write it): binding is then set beside change; see `targets.expression.evidence`.
    padj_threshold, min_abs_log2fc : float
        Below which adjusted p, and from which |log2 fold change| on, a gene counts as changed.

    Returns
    -------
    dict
        ``target_genes`` (DataFrame, ranked), ``experiment_data`` (DataFrame, the same genes), ``cell_types`` (those of
        the experiments used, most experiments first), ``protein``, ``parameters``, ``metadata``, ``provenance``.

    Raises
    ------
    InputError
        Unusable arguments; nothing is written.
    NothingLeftError
        No gene is left after the filters; nothing is written.
    NotFoundError
        No such table, no data in it (`NoDataError`), or an unknown cell type; nothing is written.
    ServiceUnavailableError, BadResponseError
        The network or the service failed; nothing is written.
    """
    query = check_query(protein, genome, distance)
    criteria = check_criteria(min_score, cell_types, min_string_score, top_n, min_binding_rate, score_name="min_score")
    keep_unbound = require_flag("include_string_only", include_string_only)
    if cell_type_class is not None and (not isinstance(cell_type_class, str) or not cell_type_class.strip()):
        raise InputError(f"cell_type_class is {cell_type_class!r}; give the name of one class, such as 'Blood'.")
    expressed = None if expression is None else read_expression(expression)
    parameters = {
        "protein": query.protein,
        "genome": query.genome,
        "distance": query.distance,
        "min_score": criteria.min_avg_score,
        "top_n": criteria.top_n,
        "cell_types": None if criteria.cell_types is None else [str(name) for name in criteria.cell_types],
        "min_string_score": criteria.min_string_score,
        "min_binding_rate": criteria.min_binding_rate,
        "output_dir": str(output_dir),
        "include_string_only": keep_unbound,
        "cell_type_class": cell_type_class,
        "expression": None if expressed is None else expressed.attrs["source"],
        "padj_threshold": padj_threshold,
        "min_abs_log2fc": min_abs_log2fc,
    }
    started_at = now_utc()
    headline(f"Target genes of {query.protein} ({query.place})")
    with output_folder(output_dir) as folder, Client() as client:
        refuse_shared_folder(folder, "target genes")
        say(f"  Downloading {query.url}")
        download = fetch_target_genes(client, query)
        in_class = None
        if cell_type_class is not None:
            in_class = columns_of_class(cell_type_class, download.matrix.names(), query, client)
        filtered = apply_filters(download.summary, download.matrix, criteria, unbound=keep_unbound, in_class=in_class)
        _stop_if_nothing_is_left(filtered, query)
        joined = None
        if expressed is not None:
            joined = join_expression(filtered.considered, expressed, padj_threshold, min_abs_log2fc)
        experiments = download.matrix.give(filtered.summary["gene"], filtered.columns)
        metadata = describe(download, filtered)
        say_replaced(folder, remove_outputs(folder, OUTPUT_FILES))
        mark_simulated(folder, client.simulated)
    _tell(download, filtered, metadata)
    announce_simulation(client.simulated)
    verify("✓ Target genes analysis completed successfully!")
    return {
        "target_genes": filtered.summary,
        "experiment_data": experiments,
        "cell_types": list(metadata["experiments_per_cell_type"]),
        "protein": query.protein,
        "parameters": parameters,
        "metadata": metadata,
        **({} if joined is None else {"expression": {"genes": joined[0], "evidence": joined[1]}}),
        "provenance": {
            **download.provenance,
            "files": [*client.files.values()],
            "simulated": client.simulated,
            "started_at": started_at,
            "finished_at": now_utc(),
            "versions": versions(),
        },
    }


def _stop_if_nothing_is_left(filtered: Filtered, query: Query) -> None:
    if len(filtered.summary):
        return
    removed = "; ".join(
        f"{step['filter']}: {step['before']:,} → {step['after']:,}"
        for step in filtered.steps
        if step["after"] < step["before"] or step["filter"].startswith("cell_types")
    )
    raise NothingLeftError(
        f"No target gene of {query.protein} ({query.place}) is left after the filters ({removed}).\n"
        "Lower min_score, min_string_score or min_binding_rate, or take more cell types. Nothing was written."
    )


def _tell(download: Download, filtered: Filtered, metadata: dict[str, Any]) -> None:
    say(
        f"  {plural(metadata['n_genes_total'], 'gene')}, {plural(metadata['n_experiments_total'], 'experiment')}, "
        f"{download.provenance['bytes']:,} bytes"
    )
    unbound = metadata["n_genes_total"] - metadata["n_genes_bound"]
    if unbound:
        say(
            f"  {plural(unbound, 'gene')} without a peak anywhere ({metadata['n_string_only']:,} listed for the"
            " STRING score alone): not ranked unless include_string_only=True"
        )
    if metadata["n_experiments"] < metadata["n_experiments_total"]:
        say(
            f"  Recomputed over {plural(metadata['n_experiments'], 'experiment')} in "
            f"{plural(metadata['unique_cell_types'], 'cell type')}"
        )
    for step in filtered.steps:
        say(f"    {step['filter']}: {step['before']:,} → {step['after']:,}")
    say(f"  ✓ Filtered: {metadata['n_genes_total']} → {metadata['n_genes']} target genes")
    info = metadata["colocated_info"]
    if info["groups"]:
        say(
            f"  {plural(info['genes_affected'], 'gene')} in {plural(info['groups'], 'co-located group')}: "
            f"{plural(info['independent_loci'], 'independent locus', 'independent loci')}"
        )
