"""Differential regions between two groups of ChIP-Atlas experiments.

The four steps are `load_example_data`, `load_user_data` or `load_sample_sheet`, `run_diff_workflow`,
`generate_all_plots` and `export_all`; `run_all` takes them in one call. A submodule never bears the name of an exported
function: importing it would replace the function.
"""

from scripts.shared.lazy import lazy_exports

_EXPORTS = {
    "load_example_data": "scripts.diff.load",
    "load_user_data": "scripts.diff.load",
    "load_sample_sheet": "scripts.diff.load",
    "run_diff_workflow": "scripts.diff.workflow",
    "generate_all_plots": "scripts.diff.plots",
    "export_all": "scripts.diff.export",
    "run_all": "scripts.diff.run",
}

__all__ = list(_EXPORTS)
__getattr__ = lazy_exports(__name__, _EXPORTS)
