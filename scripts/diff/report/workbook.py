"""``results.xlsx``: a comparison as a workbook of four sheets."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...common.console import SIMULATED_BANNER
from ..annotate.top_genes import TOP_N
from ..diff_result import CAUTION, DiffResult
from ..results.loci import merge_loci
from .regions import suspects


def sheets(results: DiffResult) -> dict[str, pd.DataFrame]:
    """Name of a sheet -> its table: the numbers, the findings, the significant regions, the loci that hold any."""
    regions = results["diff_regions"]
    loci = merge_loci(regions, results.analysis.effect)
    tables = {
        "Summary": _summary(results),
        "Findings": _findings(results),
        "Significant regions": _with_caution(_with_genes(regions[regions["significant"]], results), results),
        "Significant loci": _with_caution(loci[loci["n_significant"] > 0], results),
    }
    return {f"SIMULATED {name.lower()}" if results.simulated else name: table for name, table in tables.items()}


def _summary(results: DiffResult) -> pd.DataFrame:
    parameters, provenance, samples = results["parameters"], results["provenance"], results["samples"]
    of_group = {group: ", ".join(samples.loc[samples["group"] == group, "accession"]) for group in ("A", "B")}
    rows: list[tuple[str, Any]] = [
        *([("SIMULATED", SIMULATED_BANNER.strip("* "))] if results.simulated else []),
        ("Group A", parameters["description_a"]),
        ("Group B", parameters["description_b"]),
        ("Experiments A", of_group["A"]),
        ("Experiments B", of_group["B"]),
        ("Genome", parameters["genome"]),
        ("Analysis", results.analysis.name),
        ("Effect", f"{results.analysis.effect}: positive is more in group A"),
        ("Coordinates", "0-based, half-open"),
        *((what[:1].upper() + what[1:], int(value.replace(",", ""))) for value, what in results.headline()),
        *(("Design", caveat) for caveat in results["design_caveats"]),
        ("Major findings", sum(item["severity"] == "major" for item in results["qc_warnings"])),
        ("Computed", provenance.get("finished_at", "")),
        ("Endpoint", provenance["endpoint"]),
    ]
    return pd.DataFrame(
        {
            "item": pd.Series([item for item, _ in rows], dtype=object),
            "value": pd.Series([value for _, value in rows], dtype=object),
        }
    )


def _findings(results: DiffResult) -> pd.DataFrame:
    columns = ("severity", "code", "issue", "details", "recommendation")
    rows = [[*(item[name] for name in columns), ", ".join(item["affected_regions"])] for item in results["qc_warnings"]]
    return pd.DataFrame(rows, columns=[*columns, "affected_regions"], dtype=object)


def _with_genes(regions: pd.DataFrame, results: DiffResult) -> pd.DataFrame:
    """With the genes that were looked up; they were for the first regions of the table alone."""
    genes = results.get("nearest_genes")
    if genes is None:
        return regions
    named = genes.reindex(regions.index)
    return regions.assign(**{f"nearest_gene (first {TOP_N} regions)": named.where(named != "")})


def _with_caution(regions: pd.DataFrame, results: DiffResult) -> pd.DataFrame:
    suspect = suspects(regions, results)
    return regions.assign(caution=pd.Series(suspect, regions.index).map({True: CAUTION, False: ""}))
