"""ChIP-Atlas's own Diff Analysis, computed on this machine: arrays and frames in, frames out.

Peaks to regions, regions to counts, counts to differential regions (edgeR's classic path); CpGs to differentially
methylated regions; and the files that the service writes from them. Needs the `local` extra.
"""

from __future__ import annotations

from scripts.shared.lazy import lazy_exports

__all__ = [
    "BigWig",
    "Coverage",
    "Description",
    "Sample",
    "compare_peaks",
    "contig_sizes",
    "count_all",
    "count_bigwig",
    "count_coverage",
    "find_dmrs",
    "read_methylation",
    "read_peaks",
    "records",
    "segment_peaks",
    "test_differential",
    "write_result",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "BigWig": "scripts.engine.bigwig",
        "Coverage": "scripts.engine.counting",
        "Description": "scripts.engine.results",
        "Sample": "scripts.engine.pipeline",
        "compare_peaks": "scripts.engine.pipeline",
        "contig_sizes": "scripts.engine.bigwig",
        "count_all": "scripts.engine.counting",
        "count_bigwig": "scripts.engine.coverage",
        "count_coverage": "scripts.engine.coverage",
        "find_dmrs": "scripts.engine.dmrs",
        "read_methylation": "scripts.engine.methylation_files",
        "read_peaks": "scripts.engine.peak_files",
        "records": "scripts.engine.bigwig",
        "segment_peaks": "scripts.engine.segments",
        "test_differential": "scripts.engine.differential",
        "write_result": "scripts.engine.results",
    },
)
