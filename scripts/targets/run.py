"""The four documented steps in one call."""

from __future__ import annotations

import os
from typing import Any

from scripts.targets.export import export_all
from scripts.targets.load import load_user_query
from scripts.targets.plots import check_plotted_genes, generate_all_plots
from scripts.targets.workflow import run_target_genes_workflow


def run_all(
    protein: str,
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
    protein, genome, distance, output_dir, top_n
        As for `scripts.targets.workflow.run_target_genes_workflow`.
    plotted_genes : int
        Number of top genes in the plots.
    **filters
        Its other arguments: ``min_score``, ``cell_types``, ``min_string_score``, ``min_binding_rate``,
        ``include_string_only``.

    Returns
    -------
    dict
        The results of the workflow.
    """
    check_plotted_genes(plotted_genes)
    query = load_user_query(protein, genome, distance)
    results = run_target_genes_workflow(**query, top_n=top_n, output_dir=output_dir, **filters)
    generate_all_plots(results, output_dir=output_dir, top_n=plotted_genes)
    export_all(results, output_dir=output_dir)
    return results
