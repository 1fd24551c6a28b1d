"""Names of the files that the plotting and export steps leave in the output folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..common.files.crate import CRATE
from ..common.files.manifest import MANIFEST
from ..common.files.names import existing_files, picture_files
from ..common.files.stored_results import ANALYSIS_OBJECT
from ..common.results import require_keys
from ..factors.outputs import FACTOR_FILES
from ..genesets.outputs import GENE_SET_FILES

ALL_CSV = "target_genes_all.csv"
TOP_CSV = "target_genes_top50.csv"
STRING_CSV = "target_genes_with_string.csv"
EXPERIMENTS_CSV = "experiment_scores_top50.csv"
EXPRESSION_CSV = "target_genes_with_expression.csv"
REPORT = "summary_report.md"
HTML_REPORT = "report.html"

TOP_TARGETS_PLOT = "target_genes_top_targets"
DISTRIBUTION_PLOT = "target_genes_score_distribution"
HEATMAP_PLOT = "target_genes_heatmap"
STRING_PLOT = "target_genes_string_vs_binding"
#: Only with expression data.
EXPRESSION_PLOT = "target_genes_binding_vs_expression"
#: Only with a background.
SPECIFICITY_PLOT = "target_genes_specificity"
PLOTS = (TOP_TARGETS_PLOT, DISTRIBUTION_PLOT, HEATMAP_PLOT, STRING_PLOT)

PLOT_FILES = picture_files(*PLOTS)
EXPORT_FILES = (ANALYSIS_OBJECT, MANIFEST, CRATE, ALL_CSV, TOP_CSV, STRING_CSV, EXPERIMENTS_CSV, REPORT, HTML_REPORT)
#: Written with expression data alone.
EXPRESSION_PLOT_FILES = picture_files(EXPRESSION_PLOT)
#: Drawn with a background alone.
SPECIFICITY_PLOT_FILES = picture_files(SPECIFICITY_PLOT)
#: Of further analyses, which `export_all(parts=)` writes.
PART_FILES: tuple[str, ...] = (*GENE_SET_FILES, *FACTOR_FILES)
OPTIONAL_FILES = (EXPRESSION_CSV, *EXPRESSION_PLOT_FILES, *SPECIFICITY_PLOT_FILES, *PART_FILES)
OUTPUT_FILES = EXPORT_FILES + PLOT_FILES + OPTIONAL_FILES

#: Of a comparison of factors.
RANKS_CSV = "compare_ranks.csv"
JACCARD_CSV = "compare_jaccard.csv"
OVERLAPS_CSV = "compare_overlaps.csv"
COMPARE_REPORT = "compare_report.md"
OVERLAPS_PLOT = "compare_overlaps"
COMPARE_GRAPHML = "compare_network.graphml"
COMPARE_FILES = (
    COMPARE_GRAPHML,
    RANKS_CSV,
    JACCARD_CSV,
    OVERLAPS_CSV,
    COMPARE_REPORT,
    f"{OVERLAPS_PLOT}.png",
    f"{OVERLAPS_PLOT}.svg",
)

#: Of a comparison of cell types.
CELLS_CSV = "cell_types_genes.csv"
CELL_UNITS_CSV = "cell_types_units.csv"
CELLS_PLOT = "cell_types_comparison"
CELLS_FILES = (CELLS_CSV, CELL_UNITS_CSV, f"{CELLS_PLOT}.png", f"{CELLS_PLOT}.svg")

#: Of pairs of factor and gene, and of genes that several factors bind.
EDGES_CSV = "edge_evidence.csv"
CO_BINDING_CSV = "co_binding_genes.csv"
CO_BINDING_CHANCE_CSV = "co_binding_chance.csv"
EDGES_GRAPHML, CO_BINDING_GRAPHML = "edge_evidence.graphml", "co_binding.graphml"
EDGES_FILES = (EDGES_CSV, EDGES_GRAPHML)
CO_BINDING_FILES = (CO_BINDING_CSV, CO_BINDING_CHANCE_CSV, CO_BINDING_GRAPHML)

_NEEDED = ("target_genes", "experiment_data", "cell_types", "protein", "parameters", "metadata", "provenance")


def check_results(results: Any) -> None:
    """Refuse anything but what the workflow returned; `InputError` names what is missing."""
    require_keys(results, _NEEDED, "run_target_genes_workflow")


def existing_plots(folder: Path) -> list[str]:
    """Files of the plotting step that are in a folder."""
    return existing_files(folder, PLOT_FILES + EXPRESSION_PLOT_FILES + SPECIFICITY_PLOT_FILES)
