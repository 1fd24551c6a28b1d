"""ChIP-Atlas's own Diff Analysis, computed on this machine: arrays and frames in, frames out.

Peaks to regions, regions to counts, counts to differential regions (edgeR's classic path, or a
design); CpGs to differentially methylated regions; and the files that the service writes from them. Needs the `local`
extra.
"""

from __future__ import annotations

from ..common.lazy import lazy_exports

__all__ = [
    "BigWig",
    "Coverage",
    "Description",
    "Sample",
    "compare_peaks",
    "contig_sizes",
    "count_all",
    "count_coverage",
    "find_dmrs",
    "read_methylation",
    "read_peaks",
    "records",
    "segment_peaks",
    "test_design",
    "test_differential",
    "write_result",
]

__getattr__ = lazy_exports(
    __name__,
    {
        "BigWig": ".counts.bigwig",
        "Coverage": ".counts.counting",
        "Description": ".results",
        "Sample": ".comparison",
        "compare_peaks": ".comparison",
        "contig_sizes": ".counts.bigwig",
        "count_all": ".counts.counting",
        "count_coverage": ".counts.coverage",
        "find_dmrs": ".dmr.dmrs",
        "read_methylation": ".dmr.methylation_files",
        "read_peaks": ".peaks.peak_files",
        "records": ".counts.bigwig",
        "segment_peaks": ".peaks.segments",
        "test_design": ".edger.designs",
        "test_differential": ".edger.differential",
        "write_result": ".results",
    },
)
