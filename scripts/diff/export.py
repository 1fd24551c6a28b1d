"""Step 4: tables, analysis object and report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.diff.analysis import QVALUE_THRESHOLD, analysis_of
from scripts.diff.annotate_genes import annotate_nearest_genes
from scripts.diff.outputs import (
    ALL_REGIONS,
    ANALYSIS_OBJECT,
    RAW_FOLDER,
    REPORT,
    SIGNIFICANT_REGIONS,
    TOP_REGIONS,
    UNFILTERED_REGIONS,
    check_results,
    existing_plots,
)
from scripts.diff.report import summary_report
from scripts.shared.console import announce_simulation, headline, say, verify
from scripts.shared.errors import InputError
from scripts.shared.files import mark_simulated, prepare_folder, write_csv, write_pickle, write_text
from scripts.shared.http import Client
from scripts.shared.provenance import now_utc
from scripts.shared.text import plural

TOP_N = 50


def export_all(
    results: dict[str, Any],
    output_dir: str | os.PathLike[str] = "diff_analysis_results",
    qvalue_threshold: float = QVALUE_THRESHOLD,
    annotate: bool = True,
) -> dict[str, Path]:
    """Write every table, the analysis object and the summary report.

    Parameters
    ----------
    results : dict
        From `run_diff_workflow`.
    output_dir : path
        Where the files go; files of these names are replaced.
    qvalue_threshold : float
        Below which a region counts as significant, in (0, 1].
    annotate : bool
        Whether to ask UCSC for the genes near the top 50 regions; about a minute on the public service.

    Returns
    -------
    dict
        File name -> its path.
    """
    check_results(results)
    if not 0 < qvalue_threshold <= 1:
        raise InputError(f"qvalue_threshold is {qvalue_threshold!r}; give a number above 0 and up to 1, such as 0.05.")
    folder = prepare_folder(output_dir)
    headline("Export")
    analysis = analysis_of(results["diff_regions"])
    regions = _with_threshold(results["diff_regions"], qvalue_threshold)
    unfiltered = _with_threshold(results["diff_regions_unfiltered"], qvalue_threshold)
    top, genes_simulated = _annotated_top(regions, results["parameters"]["genome"], annotate)
    if genes_simulated:
        results = results | {"provenance": results["provenance"] | {"simulated": True}}
    simulated = results["provenance"]["simulated"]
    announce_simulation(simulated)
    mark_simulated(folder, simulated)
    significant = regions[regions["significant"]]

    written = {}
    for name, frame in (
        (ALL_REGIONS, regions),
        (SIGNIFICANT_REGIONS, significant),
        (TOP_REGIONS, top),
        (UNFILTERED_REGIONS, unfiltered),
    ):
        written[name] = write_csv(folder / name, frame)
        say(f"  Saved: {name} ({plural(len(frame), 'region')})")
    written[ANALYSIS_OBJECT] = write_pickle(
        folder / ANALYSIS_OBJECT, analysis_object(results, regions, unfiltered, qvalue_threshold)
    )
    say(f"  Saved: {ANALYSIS_OBJECT}")
    say(f"    Load with: import pickle; obj = pickle.load(open({str(folder / ANALYSIS_OBJECT)!r}, 'rb'))")
    files = [*written, *existing_plots(folder), f"{RAW_FOLDER}/"]
    report = summary_report(results, analysis, top, qvalue_threshold, files)
    written[REPORT] = write_text(folder / REPORT, report)
    say(f"  Saved: {REPORT}")
    verify("=== Export Complete ===")
    return written


def analysis_object(
    results: dict[str, Any], regions: pd.DataFrame, unfiltered: pd.DataFrame, threshold: float
) -> dict[str, Any]:
    """What the pickle holds: the results with their counts, in plain types and DataFrames."""
    direction = regions["direction"]
    significant = regions["significant"]
    return {
        **results,
        "diff_regions": regions,
        "diff_regions_unfiltered": unfiltered,
        "parameters": results["parameters"] | {"qvalue_threshold": threshold},
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


def _with_threshold(regions: pd.DataFrame, threshold: float) -> pd.DataFrame:
    return regions.assign(significant=regions["qvalue"] < threshold)


def _annotated_top(regions: pd.DataFrame, genome: str, annotate: bool) -> tuple[pd.DataFrame, bool]:
    """The first regions with their genes, and whether the genes are simulated."""
    top = regions.head(TOP_N)
    if not annotate:
        return top.assign(nearest_gene=""), False
    with Client() as client:
        return top.assign(nearest_gene=annotate_nearest_genes(top, genome, TOP_N, client)), client.simulated
