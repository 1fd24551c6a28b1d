"""Step 2: from a factor to its ranked target genes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from typing import Any, Literal

import pandas as pd

from ..chipatlas.transport.client import Client
from ..common.console import announce_simulation, headline, say, verify
from ..common.errors import NothingLeftError
from ..common.files.writing import mark_simulated, output_folder, remove_outputs, say_replaced
from ..common.provenance import now_utc, versions
from ..common.results import refuse_shared_folder
from ..common.text import plural
from .background.beside import BackgroundQuery, Beside
from .expression.evidence import join_expression
from .expression.symbols import with_symbols
from .outputs import OUTPUT_FILES
from .query.question import Query, check_query
from .ranking.description import describe
from .ranking.filter_targets import Filtered, apply_filters, check_criteria
from .table.cell_classes import columns_of_class
from .table.download_target_genes import Download, fetch_target_genes
from .target_query import TargetQuery
from .targets_result import TargetsResult
from .units.studies import Studies, find_studies
from .units.votes import rank_by_units


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
    background: str | os.PathLike[str] | None = "auto",
    hot_threshold: float = 0.5,
    rank_by: Literal["average", "specificity"] = "average",
    unit: str = "experiment",
) -> TargetsResult:
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
        A differential-expression table of all tested genes (gene, log2 fold change, adjusted p; as DESeq2, edgeR,
        limma, Seurat or scanpy write it; text or .xlsx): binding is then set beside change; see
        `targets.expression.evidence`. Ensembl IDs and old symbols are mapped; see `targets.expression.symbols`.
    padj_threshold, min_abs_log2fc : float
        Below which adjusted p, and from which absolute log2 fold change on, a gene counts as changed.
    background : "auto", path or None
        How the genes fare with other factors, which marks hot loci: the file that ``chip-atlas background build`` wrote
        for this assembly and window. ``auto`` takes the one in the cache folder, and says how to get one where there
        is none: nothing is ever downloaded for it. None (``none`` on the command line) leaves it out.
    hot_threshold : float
        Share of the other factors that have a hot gene in the top 5 % of their bound genes, above 0 to 1.
    rank_by : {"average", "specificity"}
        What the genes are ranked by; by specificity only with a background.
    unit : {"experiment", "study"}
        What one vote is. With ``study``, experiments of one study and cell type are one: binding rate and average over
        these units stand beside those over experiments, genes are ranked by the former, and `min_score` and
        `min_binding_rate` are of them. The study is known from metadata or inferred from accession numbers, which is
        said; see `targets.units.studies`.

    Returns
    -------
    TargetsResult
        A dict, its values attributes too: ``target_genes`` (DataFrame, ranked), ``experiment_data`` (DataFrame, the
        same genes), ``cell_types`` (those of the experiments used, most experiments first), ``protein``,
        ``parameters``, ``metadata``, ``provenance``; with a background ``background`` (what it is, how many of the
        first genes are hot, findings), and `targets.background.background.COLUMNS` as the last columns of
        ``target_genes``.

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
    query = TargetQuery.checked(
        check_query(protein, genome, distance),
        check_criteria(min_score, cell_types, min_string_score, top_n, min_binding_rate, score_name="min_score"),
        include_string_only=include_string_only,
        cell_type_class=cell_type_class,
        expression=expression,
        padj_threshold=padj_threshold,
        min_abs_log2fc=min_abs_log2fc,
        background=BackgroundQuery.checked(background, hot_threshold, rank_by, genome, distance),
        unit=unit,
        output_dir=output_dir,
    )
    table = query.table
    started_at = now_utc()
    headline(f"Target genes of {table.protein} ({table.place})")
    with output_folder(query.output_dir) as folder, Client() as client:
        refuse_shared_folder(folder, "target genes")
        say(f"  Downloading {table.url}")
        download = fetch_target_genes(client, table)
        beside = query.background.found(table, simulated=client.simulated)
        studies = None if unit == "experiment" else find_studies(download.matrix.names(), table, client)
        filtered = _filter(download, query, client, beside, studies)
        joined = _join(filtered, query, client)
        if beside is not None:
            joined["background"] = beside.about(filtered.summary)
        experiments = download.matrix.give(filtered.summary["gene"], filtered.columns)
        metadata = describe(download, filtered)
        if studies is not None:
            metadata["units"] = studies.metadata(filtered.columns)
        say_replaced(folder, remove_outputs(folder, OUTPUT_FILES))
        mark_simulated(folder, client.simulated)
    _tell(download, filtered, metadata)
    for line in joined.get("background", {}).get("lines", ()):
        say(f"  {line}")
    announce_simulation(client.simulated)
    verify("✓ Target genes analysis completed successfully!")
    return TargetsResult(
        target_genes=filtered.summary,
        experiment_data=experiments,
        cell_types=list(metadata["experiments_per_cell_type"]),
        protein=table.protein,
        parameters=query.parameters(),
        metadata=metadata,
        **joined,
        provenance={
            **download.provenance,
            "files": [*client.files.values()],
            "simulated": client.simulated,
            "started_at": started_at,
            "finished_at": now_utc(),
            "versions": versions(),
        },
    )


def _filter(
    download: Download, query: TargetQuery, client: Client, beside: Beside | None, studies: Studies | None
) -> Filtered:
    """The ranking after all filters; `NothingLeftError` when no gene is left."""
    in_class = None
    if query.cell_type_class is not None:
        in_class = columns_of_class(query.cell_type_class, download.matrix.names(), query.table, client)
    filtered = apply_filters(
        download.summary,
        download.matrix,
        query.criteria,
        unbound=query.include_string_only,
        in_class=in_class,
        prepare=None if beside is None else beside.prepare,
        by_unit=None if studies is None else partial(rank_by_units, download.matrix, studies),
    )
    _stop_if_nothing_is_left(filtered, query.table)
    return filtered


def _join(filtered: Filtered, query: TargetQuery, client: Client) -> dict[str, Any]:
    """Binding beside expression, under the key of the results; nothing where no expression was given."""
    if query.expression is None:
        return {}
    expression = with_symbols(query.expression, filtered.considered, query.table.genome, client)
    genes, evidence = join_expression(filtered.considered, expression, query.padj_threshold, query.min_abs_log2fc)
    for note in evidence["notes"]:
        say(f"  Expression: {note}")
    return {"expression": {"genes": genes, "evidence": evidence}}


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
    if "units" in metadata:
        say(f"  {metadata['units']['statement']}")
    for step in filtered.steps:
        say(f"    {step['filter']}: {step['before']:,} → {step['after']:,}")
    say(f"  ✓ Filtered: {metadata['n_genes_total']} → {metadata['n_genes']} target genes")
    info = metadata["colocated_info"]
    if info["groups"]:
        say(
            f"  {plural(info['genes_affected'], 'gene')} in {plural(info['groups'], 'co-located group')}: "
            f"{plural(info['independent_loci'], 'independent locus', 'independent loci')}"
        )
