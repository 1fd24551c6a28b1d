"""Every factor's target genes in one dataset: built once, on one machine or a cluster, then asked from both ends.

Needs the `atlas` extra. A submodule never bears the name of an exported function: importing it would replace the
function.
"""

from __future__ import annotations

from ..common.lazy import lazy_exports

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
        "build_atlas": ".building.build",
        "open_atlas": ".dataset",
        "factors_of": ".asking.questions",
        "targets_of": ".asking.questions",
        "co_targets": ".asking.questions",
        "factor_enrichment": ".asking.enrichment",
        "network": ".asking.edges",
        "plot_factors": ".asking.plots",
        "plot_enrichment": ".asking.plots",
    },
)
