"""Every factor's target genes in one dataset: built once, on one machine or a cluster, then asked from both ends.

Needs the `atlas` extra. A submodule never bears the name of an exported function: importing it would replace the
function.
"""

from __future__ import annotations

from scripts.shared.lazy import lazy_exports

__all__ = [
    "build_atlas",
    "co_targets",
    "factor_enrichment",
    "factors_of",
    "network",
    "open_atlas",
    "plot_enrichment",
    "plot_factors",
    "targets_of",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "build_atlas": "scripts.targets.atlas.build",
        "open_atlas": "scripts.targets.atlas.dataset",
        "factors_of": "scripts.targets.atlas.questions",
        "targets_of": "scripts.targets.atlas.questions",
        "co_targets": "scripts.targets.atlas.questions",
        "factor_enrichment": "scripts.targets.atlas.enrichment",
        "network": "scripts.targets.atlas.edges",
        "plot_factors": "scripts.targets.atlas.plots",
        "plot_enrichment": "scripts.targets.atlas.plots",
    },
)
