"""Step 3 of both skills: ``from scripts.generate_all_plots import generate_all_plots``."""

from __future__ import annotations

from typing import Any

from ._dispatch import call_skill


def generate_all_plots(results: dict[str, Any], output_dir: str | None = None, **options: Any) -> dict[str, Any]:
    """Draw every plot of `results` as PNG (300 dpi) and SVG.

    Parameters
    ----------
    results : dict
        What `run_diff_workflow` or `run_target_genes_workflow` returned.
    output_dir : path, optional
        Default: ``diff_analysis_results`` or ``target_genes_results``, by the kind of results.
    **options
        Of the skill's own function: ``top_n`` for target genes; ``qvalue_threshold`` and ``annotate`` for differential
        regions.

    Returns
    -------
    dict
        Plot name -> the files written.
    """
    return call_skill("generate_all_plots", results, output_dir, options)
