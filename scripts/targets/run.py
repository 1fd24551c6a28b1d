"""The four documented steps in one call, for one factor or for several."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..chipatlas.transport.reach import one_run
from ..common.console import headline, progress, say
from ..common.errors import InputError, SomeFailedError
from .plots.all_plots import check_plotted_genes, generate_all_plots
from .query.factors import check_factors, one_by_one
from .query.load import load_user_query
from .report.export import export_all
from .workflow import run_target_genes_workflow


@one_run()
def run_all(
    protein: str | Iterable[str],
    genome: str = "hg38",
    distance: int = 5,
    output_dir: str | os.PathLike[str] = "target_genes_results",
    top_n: int | None = 500,
    *,
    plotted_genes: int = 25,
    **filters: Any,
) -> dict[str, Any]:
    """Load the query, run the workflow, draw the plots and write the tables and the report.

    Parameters
    ----------
    protein : str or list of str
        One factor; or several, which are run one after the other, each into a folder of its own below `output_dir`
        that bears its name.
    genome, distance, output_dir, top_n
        As for `targets.workflow.run_target_genes_workflow`.
    plotted_genes : int
        Number of top genes in the plots.
    **filters
        Its other arguments: ``min_score``, ``cell_types``, ``min_string_score``, ``min_binding_rate``,
        ``include_string_only``, ``cell_type_class``, ``expression``, ``padj_threshold``, ``min_abs_log2fc``,
        ``background``, ``hot_threshold``, ``rank_by``, ``unit``.

    Returns
    -------
    dict
        The results of the workflow; for a list, the results of each factor by its name.

    Raises
    ------
    SomeFailedError
        Of several factors, some have no table, or nothing is left of them after the filters. The others' results are
        written by then, and in its ``results``.
    ServiceUnavailableError, BadResponseError, OutputError
        These end a list at once: the next factor would meet the same. Run it again; what was fetched is kept.
    """
    check_plotted_genes(plotted_genes)
    if isinstance(protein, str):
        return _run_one(protein, genome, distance, output_dir, top_n, plotted_genes, filters)
    queries = check_factors(protein, genome, distance)
    if isinstance(filters.get("cell_types"), Iterator):
        filters["cell_types"] = list(filters["cell_types"])  # or the first factor would use it up
    results: dict[str, Any] = {}
    failures: dict[str, InputError] = {}
    for query in progress(one_by_one(queries), total=len(queries), desc="Factors", unit="factor"):
        folder = Path(output_dir) / query.protein
        try:
            results[query.protein] = _run_one(
                query.protein, query.genome, query.distance, folder, top_n, plotted_genes, filters
            )
        except InputError as error:
            failures[query.protein] = error
            say(f"  {query.protein} failed: {error}")
    headline(f"{len(results)} of {len(queries)} factors done: {', '.join(results) or 'none'}")
    if failures:
        done = f"the results of the others are in {output_dir}" if results else "none is done"
        raise SomeFailedError(f"{len(failures)} of {len(queries)} factors failed; {done}.", results, failures)
    return results


def _run_one(
    protein: str,
    genome: str,
    distance: int,
    output_dir: str | os.PathLike[str],
    top_n: int | None,
    plotted_genes: int,
    filters: dict[str, Any],
) -> dict[str, Any]:
    query = load_user_query(protein, genome, distance)
    results = run_target_genes_workflow(**query, top_n=top_n, output_dir=output_dir, **filters)
    generate_all_plots(results, output_dir=output_dir, top_n=plotted_genes)
    export_all(results, output_dir=output_dir)
    return results
