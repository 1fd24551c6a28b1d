"""Step 4 of both skills: ``from scripts.export_all import export_all``."""

from __future__ import annotations

from typing import Any

from ._dispatch import call_skill


def export_all(results: dict[str, Any], output_dir: str | None = None, **options: Any) -> dict[str, Any]:
    """Write every table, the analysis object and the summary report of `results`.

    Parameters
    ----------
    results : dict
        What `run_diff_workflow` or `run_target_genes_workflow` returned.
    output_dir : path, optional
        Default: ``diff_analysis_results`` or ``target_genes_results``, by the kind of results.
    **options
        Of the skill's own function: ``qvalue_threshold`` and ``annotation`` for differential regions.

    Returns
    -------
    dict
        File name -> its path.
    """
    return call_skill("export_all", results, output_dir, options)
