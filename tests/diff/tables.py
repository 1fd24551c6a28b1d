"""Small tables and results for tests of differential regions, made by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scripts.chipatlas.assemblies import assembly_of
from scripts.chipatlas.batches import accession_batches
from scripts.diff.analysis import DIFFBIND, DMR, get_analysis
from scripts.diff.qc.comparison import Comparison
from scripts.diff.results.filter_regions import filter_regions
from scripts.diff.results.parse_bed_results import finish_regions
from scripts.diff.results.samples import counts_matrix


def peaks(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Parsed diffbind regions; what a row does not say is unremarkable."""
    default = {"chrom": "chr1", "size": 300, "logFC": 2.0, "q": 1e-4, "count_a": 80.0, "count_b": 20.0}
    table = pd.DataFrame([default | {"start": 10_000 * number} | row for number, row in enumerate(rows)])
    counts_a, counts_b = table["count_a"].astype(float), table["count_b"].astype(float)
    return finish_regions(
        pd.DataFrame(
            {
                "chrom": table["chrom"],
                "chromStart": table["start"],
                "chromEnd": table["start"] + table["size"],
                "counts_a": counts_a.map("{0:.2f},{0:.2f}".format),
                "counts_b": counts_b.map("{0:.2f},{0:.2f}".format),
                "logFC": table["logFC"],
                "pvalue": table["q"] / 10,
                "qvalue": table["q"],
                "mean_count_a": counts_a,
                "mean_count_b": counts_b,
            }
        ),
        DIFFBIND,
    )


def methylation(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Parsed dmr regions."""
    default = {"chrom": "chr1", "size": 500, "difference": 0.4, "q": 1e-4}
    table = pd.DataFrame([default | {"start": 10_000 * number} | row for number, row in enumerate(rows)])
    return finish_regions(
        pd.DataFrame(
            {
                "chrom": table["chrom"],
                "chromStart": table["start"],
                "chromEnd": table["start"] + table["size"],
                "qvalue": table["q"],
                "methylation_difference": table["difference"],
                "n_cpgs": 12,
                "pvalue_mwu": table["q"] / 50,
                "pvalue": table["q"] / 100,
                "mean_methylation_a": 0.5 + table["difference"] / 2,
                "mean_methylation_b": 0.5 - table["difference"] / 2,
            }
        ),
        DMR,
    )


def compare(
    regions: pd.DataFrame,
    *,
    genome: str = "hg38",
    n: tuple[int, int] = (8, 8),
    ignored: tuple[str, ...] = (),
) -> Comparison:
    """What the QC rules look at, from unfiltered regions."""
    analysis = DMR if "methylation_difference" in regions else DIFFBIND
    kept, counts = filter_regions(regions, genome)
    return Comparison(
        kept, counts, analysis, assembly_of(genome, kept["chrom"].unique()), "Treated", "Control", *n, ignored
    )


def experiments(groups: tuple[list[str], list[str]], **columns: Any) -> pd.DataFrame:
    """Metadata of unremarkable experiments; `columns` replace what they say."""
    names = [*groups[0], *groups[1]]
    table = pd.DataFrame(
        {
            "requested": names,
            "accession": names,
            "group": ["A"] * len(groups[0]) + ["B"] * len(groups[1]),
            "antigen_class": "TFs and others",
            "antigen": "TP53",
            "cell_type": "K-562",
            "title": "GSM1: K562 cells",
            "reads": pd.array([30_000_000] * len(names), dtype="Int64"),
            "mapped_percent": pd.array([95.0] * len(names), dtype="Float64"),
            "peaks": pd.array([5000] * len(names), dtype="Int64"),
            "title_names": "",
            "gsm": [f"GSM{number}" for number in range(1, len(names) + 1)],
            "attributes": "",
        }
    ).assign(**columns)
    return table.assign(batch=accession_batches(table["accession"]))


def make_results(regions: pd.DataFrame, *, genome: str = "hg38", simulated: bool = False) -> dict[str, Any]:
    """Results as the workflow returns them, without a server."""
    analysis = get_analysis("dmr" if "methylation_difference" in regions else "diffbind")
    kept, counts = filter_regions(regions, genome)
    groups = ["SRX1", "SRX2"], ["SRX3", "SRX4"]
    samples = pd.DataFrame({"accession": [*groups[0], *groups[1]], "group": list("AABB")})
    return {
        "diff_regions": kept,
        "diff_regions_unfiltered": regions,
        "qc_warnings": [],
        "experiments_a": groups[0],
        "experiments_b": groups[1],
        "counts": None if analysis.is_dmr else counts_matrix(kept, samples)[0],
        "experiments": experiments(groups),
        "samples": samples,
        "raw_files": {"igv_session": "out/raw_results/wabi_result.xml"},
        "log_content": "",
        "design_caveats": [],
        "parameters": {
            "genome": genome,
            "analysis_type": analysis.name,
            "description_a": "Treated",
            "description_b": "Control",
            "series": "",
            "min_region_size": 10,
            "standard_contigs_only": True,
            "filter_counts": counts.as_dict(),
        },
        "provenance": {
            "simulated": simulated,
            "endpoint": "http://127.0.0.1/wabi/chipatlas/",
            "request_id": "wabi_chipatlas_2026-0101-0000-00-000-000001",
            "started_at": "2026-01-01T00:00:00+00:00",
            "finished_at": "2026-01-01T00:01:00+00:00",
            "sha256": {"wabi_result.bed": "0" * 64},
            "versions": {"chip-atlas-skills": "0"},
        },
    }
