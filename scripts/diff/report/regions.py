"""The tables of regions and loci in the reports, and which rows of them a major finding advises against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ...common.reporting.markdown import bullets, table
from ...common.text import plural
from ..analysis import Analysis
from ..annotate.features.assign import INTERGENIC
from ..diff_result import CAUTION, DiffResult
from ..qc.chromosomes import suspect_regions

#: Below this |log2 fold change| an effect is called modest.
MODEST_LOGFC = 1.5


def suspects(regions: pd.DataFrame, results: DiffResult) -> np.ndarray:
    """Which regions, or loci, of a result a major finding advises not to interpret."""
    return suspect_regions(regions, results["qc_warnings"]).to_numpy()


def top_table(top: pd.DataFrame, analysis: Analysis, results: DiffResult) -> str:
    """The first regions, as Markdown, with the remarks that a reader of them needs."""
    if top.empty:
        return ""
    annotated, with_tss = bool(top["nearest_gene"].ne("").any()), "tss_gene" in top
    with_features = "feature" in top
    suspect = suspects(top, results)
    header = ["rank", "region", analysis.effect, "qvalue", "pvalue", analysis.level_a, analysis.level_b, "size (bp)"]
    rows = [
        (
            rank,
            f"{row['chrom']}:{row['chromStart']}-{row['chromEnd']}",
            *(f"{row[name]:.6g}" for name in header[2:7]),
            row["region_size"],
            *([row["nearest_gene"]] if annotated else []),
            *([f"{row['tss_gene']} ({row['tss_distance']:+,} bp)" if row["tss_gene"] else ""] if with_tss else []),
            *([_feature(row)] if with_features else []),
            *([CAUTION if suspicious else ""] if suspect.any() else []),
        )
        for rank, (row, suspicious) in enumerate(zip(top.to_dict("records"), suspect, strict=True), start=1)
    ]
    more = [
        *(["gene within 5 kb"] if annotated else []),
        *(["nearest TSS"] if with_tss else []),
        *(["feature (to TSS)"] if with_features else []),
        *(["caution"] if suspect.any() else []),
    ]
    text = table([*header, *more], rows, numeric=[*header[2:], "rank"])
    return f"{text}\n\n{remarks(results, annotated, bool(suspect.any()))}"


def _feature(row: Mapping[Any, Any]) -> str:
    """``intron of GENE (+1,234 bp)``; of an intergenic region the gene of the nearest TSS."""
    if not row["feature"]:
        return ""
    return f"{row['feature']} of {row['feature_gene']} ({row['distance_to_tss']:+,} bp)".replace(
        f"{INTERGENIC} of", f"{INTERGENIC}, nearest"
    )


def remarks(results: DiffResult, annotated: bool, suspect: bool) -> str:
    """What holds for a table of regions, in whole sentences.

    Parameters
    ----------
    annotated : bool
        Whether it names a gene beside a region.
    suspect : bool
        Whether it marks a region with `CAUTION`.
    """
    text = (
        "Strictly in order of q-value (ties: larger effect first); regions without a gene are not skipped. "
        "Coordinates are 0-based, half-open. Six significant digits here, full precision in the CSV files."
    )
    if suspect:
        text += f" *{CAUTION}*: a major finding advises not to interpret this region."
    if annotated:
        text += (
            " A gene name alone means overlap; a distance in kb is edge to edge, − upstream of the gene's TSS, + "
            "downstream of its end. Nearness is not regulation."
        )
    return text + _missing_genes(results, annotated)


def _missing_genes(results: DiffResult, annotated: bool) -> str:
    """Why no gene stands where none stands."""
    genes = results.get("nearest_genes")
    if genes is None:
        return "" if annotated else " Genes were not looked up."
    left_out = genes.attrs.get("not_looked_up", 0)
    if left_out:
        return (
            f" **UCSC did not answer for {left_out:,} of the first {plural(len(genes), 'region')}:** no gene beside "
            "one of them does not mean that none is near."
        )
    return "" if annotated else " No gene lies within 5 kb of these regions."


def loci_table(loci: pd.DataFrame, analysis: Analysis, results: DiffResult) -> str:
    """The first loci, as Markdown."""
    if loci.empty:
        return ""
    suspect = suspects(loci, results)
    header = ["locus", "significant regions", "of all", f"best {analysis.effect}", "best qvalue", "best region"]
    rows = [
        (
            f"{row['chrom']}:{row['chromStart']}-{row['chromEnd']}",
            row["n_significant"],
            row["n_regions"],
            f"{row[analysis.effect]:.6g}",
            f"{row['qvalue']:.6g}",
            f"{row['chrom']}:{row['best_chromStart']}-{row['best_chromEnd']}",
            *([CAUTION if suspicious else ""] if suspect.any() else []),
        )
        for row, suspicious in zip(loci.to_dict("records"), suspect, strict=True)
    ]
    return (
        table([*header, *(["caution"] if suspect.any() else [])], rows, numeric=header[1:5])
        + "\n\nRegions that overlap, abut or lie at most 10 bp apart are one locus; all of them are in "
        "`diff_regions_merged.csv`."
    )


def effect_sizes(called: pd.DataFrame, analysis: Analysis, results: DiffResult) -> str:
    """How large the effects of the significant regions are, with and without what a major finding advises against."""
    if called.empty:
        return ""
    lines = [f"All significant regions: {_effect_summary(called, analysis)}"]
    suspect = suspects(called, results)
    interpretable = called[~suspect]
    if suspect.any():
        lines.append(
            f"Without the {plural(int(suspect.sum()), 'region')} that a major finding advises not to interpret: "
            + (_effect_summary(interpretable, analysis) if len(interpretable) else "no region is left.")
        )
    if not analysis.is_dmr and len(interpretable) and interpretable["logFC"].abs().median() < MODEST_LOGFC:
        lines.append("Most effects are modest: read them as candidates, not as evidence of a switch.")
    return bullets(lines)


def _effect_summary(regions: pd.DataFrame, analysis: Analysis) -> str:
    size = regions[analysis.effect].abs()
    text = (
        f"{plural(len(size), 'region')}, median |{analysis.effect}| {size.median():.4g} "
        f"(10 % to 90 %: {size.quantile(0.1):.4g} to {size.quantile(0.9):.4g})"
    )
    if not analysis.is_dmr:
        text += f", {int((size >= MODEST_LOGFC).sum()):,} with |logFC| ≥ {MODEST_LOGFC}"
    return f"{text}."
