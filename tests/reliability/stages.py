"""The stages of both workflows and of enriched factors: what each does, which route it asks, what its results are."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scripts.diff import enrich_factors, load_example_data, run_diff_workflow
from scripts.diff import export_all as export_regions
from scripts.targets import export_all as export_genes
from scripts.targets import run_target_genes_workflow
from scripts.targets.table.download_target_genes import check_antigen_available
from tests.factors.planted import planted_results

#: The smallest comparison and the smallest table of the simulation.
EXAMPLE = load_example_data("official_sacCer3_diffbind")
GENOME = EXAMPLE["genome"]
FACTOR = "RAP1"
#: Seconds a run waits for its job.
JOB_SECONDS = 2.0
#: Regions that are annotated: one request each.
ANNOTATED = 4
#: Name of a result -> its bytes.
Digest = dict[str, bytes]


@dataclass(frozen=True)
class Stage:
    """One stage of a workflow.

    Attributes
    ----------
    run : callable
        Does everything up to the end of the stage in a folder, and gives the results to compare.
    route : str
        The route that the stage asks.
    beside : tuple of (route, fault)
        Faults without which the stage would not be reached.
    says : str
        What a run prints (a pattern) when it goes on with less.
    may_lack : tuple of str
        Results, and columns of tables, that may differ then; everything else is the same.
    """

    workflow: str
    name: str
    route: str
    run: Callable[[Path], Digest]
    beside: tuple[tuple[str, str], ...] = ()
    says: str = ""
    may_lack: tuple[str, ...] = ()


def tables(folder: Path) -> Digest:
    """The CSV files of a folder."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("[!.]*.csv"))}


def compare(folder: Path, **options: Any) -> dict[str, Any]:
    """The small comparison."""
    return run_diff_workflow(
        EXAMPLE["experiments_a"], EXAMPLE["experiments_b"], GENOME, output_dir=folder, timeout=JOB_SECONDS, **options
    )


def compare_and_export(folder: Path) -> Digest:
    """The small comparison, its tables, its findings, and what was known of its experiments."""
    results = compare(folder)
    export_regions(results, folder, annotation="none")
    known = results["experiments"].to_json(orient="records").encode()
    findings = json.dumps(results["qc_warnings"], default=str).encode()
    return {**tables(folder), "findings": findings, "experiments": known}


def tables_of_comparison(folder: Path) -> Digest:
    """The tables of the small comparison."""
    compare_and_export(folder)
    return tables(folder)


def tables_of_ranking(folder: Path, factor: str, genome: str) -> Digest:
    """The tables of one factor."""
    export_genes(run_target_genes_workflow(factor, genome, output_dir=folder), folder)
    return tables(folder)


def export_with(annotation: str) -> Callable[[Path], Digest]:
    """Export of a comparison that is there, with one source of gene names."""

    def run(folder: Path) -> Digest:
        results = dict(_kept["results"])
        results["diff_regions"] = results["diff_regions"].head(ANNOTATED)
        results["counts"] = results["counts"].head(ANNOTATED)
        results["provenance"] = dict(results["provenance"])
        export_regions(results, folder, annotation=annotation)
        return tables(folder)

    return run


def enrich(folder: Path) -> Digest:
    """Factors at the simulation's planted sites, as tables."""
    found = enrich_factors(planted_results(folder), timeout=JOB_SECONDS)
    return {name: table.to_csv(index=False).encode() for name, table in found.tables().items()}


_kept: dict[str, dict[str, Any]] = {}


def keep_comparison(folder: Path) -> None:
    """Make the comparison that the export stages start from, once a process."""
    if not _kept:
        _kept["results"] = compare(folder)


def ask_for_table(folder: Path) -> Digest:
    """Whether there is a table."""
    return {"there": str(check_antigen_available(FACTOR, GENOME)).encode()}


def rank(folder: Path, factor: str = FACTOR, **options: Any) -> Digest:
    """The small table, ranked and exported."""
    results = run_target_genes_workflow(factor, GENOME, output_dir=folder, **options)
    export_genes(results, folder)
    notes = json.dumps(results["metadata"]["notes"]).encode()
    return {**tables(folder), "notes": notes}


_NO_METADATA = ("experiments", "findings")
STAGES = [
    Stage("diff", "health", "health", compare_and_export),
    Stage("diff", "preflight", "site-metadata", compare_and_export, says="No preflight: ", may_lack=_NO_METADATA),
    Stage("diff", "served", "site-status", compare_and_export, says="No preflight: ", may_lack=_NO_METADATA),
    Stage("diff", "titles", "site-index", compare_and_export),
    Stage("diff", "submit", "wabi-submit", compare_and_export, says="took no part", may_lack=("*",)),
    Stage("diff", "poll", "wabi-status", compare_and_export),
    Stage("diff", "log", "wabi-log", compare_and_export),
    Stage("diff", "result", "wabi-result-zip", compare_and_export),
    Stage("diff", "mirror", "data-mirror", compare_and_export, (("wabi-result-zip", "http-404"),)),
    Stage("diff", "annotate", "ucsc", export_with("ucsc"), says="UCSC request failed", may_lack=("nearest_gene",)),
    Stage(
        "diff", "export", "data-tss", export_with("tss"), says="No nearest TSS", may_lack=("tss_gene", "tss_distance")
    ),
    Stage(
        "targets", "availability", "data-target-head", ask_for_table, says="(?:WARNING|ERROR): ", may_lack=("there",)
    ),
    Stage("targets", "download", "data-target", rank, says="Note: The average column is named", may_lack=("notes",)),
    Stage("targets", "metadata", "site-search", lambda folder: rank(folder, cell_type_class="Unclassified")),
    Stage("factors", "table", "wabi-result-other", enrich, says="The service's table is empty", may_lack=("*",)),
    Stage("targets", "index", "site-index", lambda folder: rank(folder, factor="RAP2")),
]


def without(digest: Digest, names: tuple[str, ...]) -> Digest:
    """A digest without some results, and its tables without some columns."""
    kept = {name: content for name, content in digest.items() if name not in names and "*" not in names}
    for name in [name for name in kept if name.endswith(".csv")]:
        table = pd.read_csv(io.BytesIO(kept[name]), dtype=str)
        kept[name] = table.drop(columns=[column for column in names if column in table]).to_csv(index=False).encode()
    return kept
