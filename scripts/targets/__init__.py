"""Target genes of a transcription factor: load a query, run, plot, export; `run_all` does the four steps.

A submodule never bears the name of an exported function: importing it would replace the function.
"""

from __future__ import annotations

from scripts.shared.lazy import lazy_exports

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
        "load_example_query": "scripts.targets.load",
        "load_user_query": "scripts.targets.load",
        "run_target_genes_workflow": "scripts.targets.workflow",
        "generate_all_plots": "scripts.targets.plots",
        "export_all": "scripts.targets.export",
        "run_all": "scripts.targets.run",
        "compare_targets": "scripts.targets.compare",
    },
)
