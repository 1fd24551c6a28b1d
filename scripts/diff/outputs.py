"""Names of the files that the steps leave in the output folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scripts.shared.errors import InputError

ANALYSIS_OBJECT = "analysis_object.pkl"
ALL_REGIONS = "diff_regions_all.csv"
SIGNIFICANT_REGIONS = "diff_regions_significant.csv"
TOP_REGIONS = "diff_regions_top50.csv"
UNFILTERED_REGIONS = "diff_regions_unfiltered.csv"
MERGED_REGIONS = "diff_regions_merged.csv"
REPORT = "summary_report.md"

VOLCANO = "volcano_plot"
CHROMOSOMES = "chromosome_distribution"
SIZES = "region_size_distribution"
MA = "ma_plot"
CORRELATION = "sample_correlation"
PCA = "sample_pca"
#: Drawn from the regions, for every analysis.
REGION_PLOTS = (VOLCANO, CHROMOSOMES, SIZES, MA)
#: Drawn from the counts, which a methylation result does not hold.
SAMPLE_PLOTS = (CORRELATION, PCA)
PLOTS = REGION_PLOTS + SAMPLE_PLOTS

RAW_FOLDER = "raw_results"

PLOT_FILES = tuple(f"{name}.{ending}" for name in PLOTS for ending in ("png", "svg"))
EXPORT_FILES = (
    ANALYSIS_OBJECT,
    ALL_REGIONS,
    SIGNIFICANT_REGIONS,
    TOP_REGIONS,
    UNFILTERED_REGIONS,
    MERGED_REGIONS,
    REPORT,
)
#: What the plotting and export steps write: removed when step 2 brings new results, so that a folder holds one run.
OUTPUT_FILES = EXPORT_FILES + PLOT_FILES

_NEEDED = ("diff_regions", "diff_regions_unfiltered", "qc_warnings", "samples", "parameters", "provenance")


def check_results(results: Any) -> None:
    """Refuse anything but what the workflow returned; `InputError` names what is missing."""
    missing = [key for key in _NEEDED if not isinstance(results, dict) or key not in results]
    if missing:
        raise InputError(f"results lacks {', '.join(missing)}; give what run_diff_workflow() returned, unchanged.")


def existing_plots(folder: Path) -> list[str]:
    """Files of the plotting step that are in a folder."""
    return [name for name in PLOT_FILES if (folder / name).exists()]
