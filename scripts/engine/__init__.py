"""ChIP-Atlas's own Diff Analysis, computed on this machine: arrays and frames in, frames out.

Peaks to regions, regions to counts, counts to differential regions (edgeR's classic path); CpGs to differentially
methylated regions; and the files that the service writes from them. Needs the `local` extra.
"""

from __future__ import annotations

from scripts.shared.lazy import lazy_exports

__all__ = [
    "Description",
    "Sample",
    "compare_peaks",
    "count_coverage",
    "find_dmrs",
    "segment_peaks",
    "test_differential",
    "write_result",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "Description": "scripts.engine.results",
        "Sample": "scripts.engine.pipeline",
        "compare_peaks": "scripts.engine.pipeline",
        "count_coverage": "scripts.engine.coverage",
        "find_dmrs": "scripts.engine.dmrs",
        "segment_peaks": "scripts.engine.segments",
        "test_differential": "scripts.engine.differential",
        "write_result": "scripts.engine.results",
    },
)
