"""Names of the files that the steps leave in the output folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from ..common.errors import InputError
from ..common.files.crate import CRATE
from ..common.files.manifest import MANIFEST
from ..common.files.names import existing_files, picture_files
from ..common.files.stored_results import ANALYSIS_OBJECT
from ..common.results import require_keys
from ..factors.outputs import FACTOR_FILES
from ..genesets.outputs import GENE_SET_FILES
from .analysis import analysis_of

ALL_REGIONS = "diff_regions_all.csv"
SIGNIFICANT_REGIONS = "diff_regions_significant.csv"
TOP_REGIONS = "diff_regions_top50.csv"
UNFILTERED_REGIONS = "diff_regions_unfiltered.csv"
MERGED_REGIONS = "diff_regions_merged.csv"
CONTRASTS = "diff_regions_contrasts.csv"
FEATURE_ENRICHMENT = "feature_enrichment.csv"
REPORT = "summary_report.md"
HTML_REPORT = "report.html"

VOLCANO = "volcano_plot"
CHROMOSOMES = "chromosome_distribution"
SIZES = "region_size_distribution"
MA = "ma_plot"
GENOME = "genome_profile"
CORRELATION = "sample_correlation"
PCA = "sample_pca"
#: Drawn from the regions, for every analysis.
REGION_PLOTS = (VOLCANO, CHROMOSOMES, SIZES, MA, GENOME)
#: Drawn from the counts, which a methylation result does not hold.
SAMPLE_PLOTS = (CORRELATION, PCA)
PLOTS = REGION_PLOTS + SAMPLE_PLOTS

#: Drawn by the export, where regions get features.
FEATURES, CCRES = "feature_distribution", "ccre_distribution"

RAW_FOLDER = "raw_results"

PLOT_FILES = picture_files(*PLOTS)
EXPORT_FILES = (
    ANALYSIS_OBJECT,
    MANIFEST,
    CRATE,
    ALL_REGIONS,
    SIGNIFICANT_REGIONS,
    TOP_REGIONS,
    UNFILTERED_REGIONS,
    MERGED_REGIONS,
    REPORT,
    HTML_REPORT,
)
#: What `export_tracks` writes; the effect's file by the name of the analysis.
HIGHER_A, HIGHER_B = "higher_in_a.bed", "higher_in_b.bed"
EFFECT_TRACKS = {"diffbind": "logfc.bedgraph", "dmr": "methylation_difference.bedgraph"}
HUB_FOLDER = "hub"
IGV_SESSION = "igv_session.xml"
WORKBOOK = "results.xlsx"
TAKEAWAY_FILES = (
    HIGHER_A,
    HIGHER_B,
    *EFFECT_TRACKS.values(),
    *(f"{HUB_FOLDER}/{name}" for name in ("hub.txt", "genomes.txt", "trackDb.txt")),
    IGV_SESSION,
    WORKBOOK,
)
SIGNAL_PROFILE, SIGNAL_HEATMAP = "signal_profile", "signal_heatmap"
TOP_LOCI = "top_loci"
TOP_LOCI_TABLE = f"{TOP_LOCI}.csv"
SIGNAL_FILES = picture_files(SIGNAL_PROFILE, SIGNAL_HEATMAP, TOP_LOCI)
PART_SIGNAL_FILES = (*SIGNAL_FILES, TOP_LOCI_TABLE)
#: Of an export with features alone.
FEATURE_FILES = (FEATURE_ENRICHMENT, f"{FEATURES}.png", f"{FEATURES}.svg")
#: And with cCREs.
CCRE_FILES = (f"{CCRES}.png", f"{CCRES}.svg")
#: What a joint answer writes, into a folder of its own or as a part of the export of a design with contrasts.
JOINT_REGIONS, JOINT_OVERLAPS, JOINT_PAIRS = "joint_regions.csv", "joint_overlaps.csv", "joint_pairs.csv"
JOINT_UPSET, JOINT_EFFECTS = "upset", "logfc_pairs"
JOINT_PLOTS = picture_files(JOINT_UPSET, JOINT_EFFECTS)
JOINT_PART_FILES = (JOINT_REGIONS, JOINT_OVERLAPS, JOINT_PAIRS, *JOINT_PLOTS)
#: What stands in a folder of its own alone; the first marks it as one.
JOINT_COMPARISONS = "joint_comparisons.csv"
JOINT_FILES = (JOINT_COMPARISONS, *JOINT_PART_FILES, REPORT, HTML_REPORT, MANIFEST, CRATE)
#: Of further analyses, which `export_all(parts=)` writes.
PART_FILES: tuple[str, ...] = (*PART_SIGNAL_FILES, *GENE_SET_FILES, *FACTOR_FILES, *JOINT_PART_FILES)
#: Of a design with named contrasts alone, and what is written when it is asked for.
OPTIONAL_FILES = (CONTRASTS, *FEATURE_FILES, *CCRE_FILES, *TAKEAWAY_FILES, *PART_FILES)
#: What the plotting and export steps write: removed when step 2 brings new results, so that a folder holds one run.
OUTPUT_FILES = (*EXPORT_FILES, *OPTIONAL_FILES, *PLOT_FILES)

_NEEDED_INSIDE = {
    "parameters": ("genome", "description_a", "description_b", "min_region_size", "filter_counts"),
    "provenance": ("simulated", "endpoint", "request_id", "sha256", "versions"),
}
_NEEDED = ("diff_regions", "diff_regions_unfiltered", "qc_warnings", "samples", "parameters", "provenance")


def check_results(results: Any) -> None:
    """Refuse anything but what the workflow returned; `InputError` names what is missing."""
    require_keys(results, _NEEDED, "run_diff_workflow")
    for name in ("diff_regions", "diff_regions_unfiltered"):
        analysis = analysis_of(results[name]) if isinstance(results[name], pd.DataFrame) else None
        missing = [] if analysis is None else [column for column in analysis.columns if column not in results[name]]
        if analysis is None or missing:
            raise InputError(
                f"results[{name!r}] is no table of regions{f' (without {missing[0]!r})' if missing else ''}; "
                "give what run_diff_workflow() returned, unchanged."
            )
    for name, keys in _NEEDED_INSIDE.items():
        require_keys(results[name], keys, "run_diff_workflow")


def existing_plots(folder: Path) -> list[str]:
    """Pictures that are in a folder: of the plotting step, and of features."""
    return existing_files(folder, (*PLOT_FILES, *FEATURE_FILES[1:], *CCRE_FILES))
