"""Target genes of a transcription factor: load a query, run, plot, export; `run_all` does the four steps.

A submodule never bears the name of an exported function: importing it would replace the function.
"""

from __future__ import annotations

from ..common.lazy import lazy_exports

__all__ = [
    "compare_targets",
    "export_all",
    "generate_all_plots",
    "load_example_query",
    "load_user_query",
    "run_all",
    "run_target_genes_workflow",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "load_example_query": ".query.load",
        "load_user_query": ".query.load",
        "run_target_genes_workflow": ".workflow",
        "generate_all_plots": ".plots.all_plots",
        "export_all": ".report.export",
        "run_all": ".run",
        "compare_targets": ".compare.comparison",
    },
)
