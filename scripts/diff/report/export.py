"""Step 4: tables, analysis object and report."""

from __future__ import annotations

import os
from collections.abc import Iterable, MutableMapping
from pathlib import Path
from typing import Any

import pandas as pd

from ...chipatlas.wabi.job_file import JOB_FILE
from ...common.console import announce_simulation, headline, progress, say, verify
from ...common.errors import InputError
from ...common.files.crate import CRATE
from ...common.files.csv_files import write_csv
from ...common.files.manifest import MANIFEST, table_in, write_manifest
from ...common.files.writing import (
    SIMULATED_MARKER,
    mark_simulated,
    prepare_folder,
    remove_outputs,
    sha256,
    undone_when_interrupted,
    write_pickle,
    write_text,
)
from ...common.plotting.drawing import save_plots
from ...common.plotting.memory import give_back
from ...common.provenance import now_utc
from ...common.reporting.parts import Part, check_parts, replace_parts
from ...common.results import refuse_shared_folder, require_number
from ...common.text import plural
from ...factors.outputs import JOBS_FOLDER
from ..analysis import analysis_of
from ..annotate.features.ccres import require_ccres
from ..annotate.top_genes import TOP_N, top_genes
from ..another_cut import recut
from ..diff_result import DiffResult
from ..outputs import (
    ALL_REGIONS,
    ANALYSIS_OBJECT,
    CCRE_FILES,
    CONTRASTS,
    EXPORT_FILES,
    FEATURE_ENRICHMENT,
    FEATURE_FILES,
    HTML_REPORT,
    MERGED_REGIONS,
    OUTPUT_FILES,
    PART_FILES,
    RAW_FOLDER,
    REPORT,
    SIGNIFICANT_REGIONS,
    TOP_REGIONS,
    UNFILTERED_REGIONS,
    existing_plots,
)
from ..plots.feature_plot import feature_plots
from ..plots.view import PlotView
from ..results.loci import merge_loci
from .annotation import with_ccres, with_features, with_nearest_tss
from .html_report import html_report
from .robustness import contrasts_table
from .summary import summary_report

FEATURES_CCRE = "features+ccre"
#: None of these stays of an export that was interrupted.
UNDONE_FILES = (*EXPORT_FILES, CONTRASTS, *FEATURE_FILES, *CCRE_FILES, *PART_FILES)
ANNOTATIONS = ("ucsc", "tss", "features", FEATURES_CCRE, "none")
_NOUNS = {MERGED_REGIONS: ("locus", "loci"), FEATURE_ENRICHMENT: ("test",)}


@undone_when_interrupted(UNDONE_FILES)
def export_all(
    results: MutableMapping[str, Any],
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    qvalue_threshold: float | None = None,
    annotation: str = "ucsc",
    parts: Iterable[Part] = (),
) -> dict[str, Path]:
    """Write every table, the analysis object, the summary report and, last, ``analysis_object.json``, which lists them.

    Parameters
    ----------
    results : DiffResult, or dict
        From `run_diff_workflow`, or its pickle.
    output_dir : path
        Where the files go; files of these names are replaced.
    qvalue_threshold : float, optional
        Below which a region counts as significant, in (0, 1]; 0.05, or that of `recut`, when not given. Another one is
        another cut: findings, tables and report are those of `recut` at it.
    annotation : {"ucsc", "tss", "features", "features+ccre", "none"}
        ``ucsc``: genes near the top 50 regions, from UCSC (about a minute on the public service). ``tss``: the
        nearest TSS of *every* region, from one download of ChIP-Atlas's library, as columns ``tss_gene`` and
        ``tss_distance`` of every region table. ``features``: what every region is (promoter, exon, intron, ...), its
        gene and the distance to the nearest TSS, from one download of UCSC's gene models, as columns ``feature``,
        ``feature_gene`` and ``distance_to_tss``; with a table, a plot and a section of what is enriched.
        ``features+ccre``: besides, the class of the
        ENCODE regulatory elements it touches (hg38, mm10; needs pybigtools), as column ``ccre``. ``none``: no network.
    parts : iterable of Part
        Further analyses of just these results; each becomes a tab of the report, with its tables and pictures beside.

    Returns
    -------
    dict
        File name -> its path.
    """
    given, results = results, DiffResult.of(results)
    if qvalue_threshold is not None:
        wanted = "a number above 0 and up to 1, such as 0.05"
        threshold = require_number("qvalue_threshold", qvalue_threshold, wanted, above=0, most=1)
        results = results if threshold == results.cut.qvalue else recut(results, threshold)
    check_annotation(annotation, results["parameters"]["genome"])
    further = check_parts(parts, results.fingerprint())
    folder = prepare_folder(output_dir)
    refuse_shared_folder(folder, "differential regions")
    headline("Export")
    analysis = analysis_of(results["diff_regions"])
    tables = _tables(results, top_genes(given, annotate=annotation == "ucsc"), annotation)
    enrichment = tables.get(FEATURE_ENRICHMENT)
    simulated = results["provenance"]["simulated"]
    announce_simulation(simulated)
    # Features are drawn now: both reports show the picture. One of an earlier export must not stand beside this one.
    mark_simulated(folder, simulated)
    remove_outputs(folder, (*FEATURE_FILES, *CCRE_FILES))
    drawn = replace_parts(further, folder, PART_FILES)
    tables |= drawn.tables
    if enrichment is not None:
        save_plots(feature_plots(PlotView.of(results), enrichment), folder)
    raw = raw_results_of(results, folder)
    beside = [
        *tables,
        ANALYSIS_OBJECT,
        MANIFEST,
        CRATE,
        *existing_plots(folder),
        *drawn.pictures_drawn,
        *([f"{RAW_FOLDER}/"] if raw else []),
    ]
    # All texts are made before any is written: a report that cannot be made leaves no half of an export behind.
    report = summary_report(results, analysis, tables, [HTML_REPORT, *beside], drawn)
    report_page = html_report(results, analysis, tables, [REPORT, *beside], folder, drawn)

    written = _write_tables(folder, tables, dict.fromkeys(drawn.tables, ("row",)))
    # What is written is not needed any more, and the pickle takes room.
    tables.clear()
    give_back()
    exported = analysis_object(results)
    written[ANALYSIS_OBJECT] = write_pickle(folder / ANALYSIS_OBJECT, exported)
    say(f"  Saved: {ANALYSIS_OBJECT}")
    say(f"    Load with: import pickle; obj = pickle.load(open({str(folder / ANALYSIS_OBJECT)!r}, 'rb'))")
    written[REPORT] = write_text(folder / REPORT, report)
    say(f"  Saved: {REPORT}")
    written[HTML_REPORT] = write_text(folder / HTML_REPORT, report_page)
    say(f"  Saved: {HTML_REPORT} (open it in a browser)")
    own = [*OUTPUT_FILES, *drawn.files, SIMULATED_MARKER, JOBS_FOLDER, *([RAW_FOLDER, JOB_FILE] if raw else [])]
    told = without_tables(exported)
    written |= write_manifest(folder, "differential regions", results.title(), told, results["qc_warnings"], own)
    say(f"  Saved: {MANIFEST}")
    say(f"  Saved: {CRATE}")
    verify("=== Export Complete ===")
    return written


def _tables(results: DiffResult, genes: pd.Series, annotation: str) -> dict[str, pd.DataFrame]:
    """Name of a CSV file -> table; `genes` near the first regions."""
    regions = results["diff_regions"]
    tables = {
        ALL_REGIONS: regions,
        SIGNIFICANT_REGIONS: regions[regions["significant"]],
        TOP_REGIONS: regions.head(TOP_N).assign(nearest_gene=genes),
        UNFILTERED_REGIONS: results["diff_regions_unfiltered"],
        MERGED_REGIONS: merge_loci(regions, analysis_of(regions).effect),
    }
    if annotation == "tss":
        tables = with_nearest_tss(tables, results)
    if annotation in ("features", FEATURES_CCRE):
        tables = with_features(tables, results)
    if annotation == FEATURES_CCRE:
        tables = with_ccres(tables, results)
    contrasts = contrasts_table(results)
    return tables if contrasts is None else tables | {CONTRASTS: contrasts}


def _write_tables(folder: Path, tables: dict[str, pd.DataFrame], nouns: dict[str, tuple[str, ...]]) -> dict[str, Path]:
    """Write the tables; `nouns` say what rows of theirs are."""
    written = {}
    nouns = _NOUNS | nouns
    for name in progress(tables, desc="Tables", unit="table"):
        written[name] = write_csv(folder / name, tables[name])
        say(f"  Saved: {name} ({plural(len(tables[name]), *nouns.get(name, ('region',)))})")
    return written


def check_annotation(annotation: object, genome: str) -> None:
    """Refuse another source of gene names than those there are, or one that an assembly has not."""
    if annotation not in ANNOTATIONS:
        raise InputError(f"annotation is {annotation!r}; use one of: {', '.join(ANNOTATIONS)}.")
    if annotation == FEATURES_CCRE:
        require_ccres(genome)


def raw_results_of(results: DiffResult, folder: Path) -> bool:
    """Whether ``raw_results/`` of this folder is what these results were read from; says so when it is not."""
    raw = folder / RAW_FOLDER
    if not raw.is_dir():
        return False
    known = results["provenance"]["sha256"]
    same = all((raw / name).is_file() and sha256(raw / name) == digest for name, digest in known.items())
    if not same:
        say(f"  {raw}/ belongs to another run; the report does not refer to it.")
    return same


def analysis_object(results: DiffResult) -> dict[str, Any]:
    """What the pickle holds: the results with their counts, in plain types and DataFrames."""
    regions, unfiltered = results["diff_regions"], results["diff_regions_unfiltered"]
    direction = regions["direction"]
    significant = regions["significant"]
    return {
        **results.plain(),
        "n_regions_total": len(regions),
        "n_regions_unfiltered": len(unfiltered),
        "n_regions_a_enriched": int((direction == "A_enriched").sum()),
        "n_regions_b_enriched": int((direction == "B_enriched").sum()),
        "n_significant": int(significant.sum()),
        "n_significant_a_enriched": int((significant & (direction == "A_enriched")).sum()),
        "n_significant_b_enriched": int((significant & (direction == "B_enriched")).sum()),
        "timestamp": now_utc(),
        "label": "SIMULATED" if results["provenance"]["simulated"] else "",
    }


def without_tables(exported: dict[str, Any]) -> dict[str, Any]:
    """The analysis object for the manifest: large tables by the file that holds them, findings apart."""
    places = {"diff_regions": ALL_REGIONS, "diff_regions_unfiltered": UNFILTERED_REGIONS}
    places |= dict.fromkeys(("counts", "read_counts", "controls"), ANALYSIS_OBJECT)
    tables = {key: table_in(file, exported[key]) for key, file in places.items() if exported.get(key) is not None}
    held_against, design = exported.get("blacklist"), exported.get("design")
    if held_against and held_against["table"] is not None:
        tables["blacklist"] = held_against | {"table": table_in(ANALYSIS_OBJECT, held_against["table"])}
    if design:
        contrasts = {name: table_in(CONTRASTS, table) for name, table in design["contrasts"].items()}
        tables["design"] = design | {"contrasts": contrasts}
    return {key: value for key, value in exported.items() if key != "qc_warnings"} | tables
