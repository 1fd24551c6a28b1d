"""Names of everything this skill writes into ``output_dir``."""

ANALYSIS_OBJECT = "analysis_object.pkl"
ALL_REGIONS = "diff_regions_all.csv"
SIGNIFICANT_REGIONS = "diff_regions_significant.csv"
TOP_REGIONS = "diff_regions_top50.csv"
UNFILTERED_REGIONS = "diff_regions_unfiltered.csv"
REPORT = "summary_report.md"

VOLCANO = "volcano_plot"
CHROMOSOMES = "chromosome_distribution"
SIZES = "region_size_distribution"
MA = "ma_plot"
PLOTS = (VOLCANO, CHROMOSOMES, SIZES, MA)

RAW_FOLDER = "raw_results"

#: What steps 3 and 4 write: removed when step 2 brings new results, so that a folder holds one run.
OUTPUT_FILES = (
    ANALYSIS_OBJECT,
    ALL_REGIONS,
    SIGNIFICANT_REGIONS,
    TOP_REGIONS,
    UNFILTERED_REGIONS,
    REPORT,
    *(f"{plot}.{ending}" for plot in PLOTS for ending in ("png", "svg")),
)
