"""The steps of the package that are measured. Each takes the folder of its inputs."""

from __future__ import annotations

import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.inputs import GROUP, region_counts
from benchmarks.measure import peak_memory


def targets(folder: Path) -> dict[str, Any]:
    """Download or take from the cache, parse, summarise."""
    from scripts.shared.http import Client
    from scripts.targets.colocation import colocated_groups
    from scripts.targets.download_target_genes import fetch_target_genes
    from scripts.targets.query import check_form

    with Client() as client:
        begin = time.perf_counter()
        download = fetch_target_genes(client, check_form("TP53", "hg38", 5))
        seconds, peak = time.perf_counter() - begin, peak_memory()
    scores = download.matrix.scores
    begin = time.perf_counter()
    groups = colocated_groups(scores, np.count_nonzero(scores, axis=1), np.arange(len(scores)))
    return {
        "peak": peak,
        "seconds": seconds,
        "colocation": time.perf_counter() - begin,
        "groups": len(set(groups)) - 1,
        "from_cache": download.provenance["from_cache"],
        "checksum": float(download.summary["avg_score"].sum() + download.summary["num_bound"].sum()),
    }


def regions(folder: Path, name: str) -> dict[str, Any]:
    """Parse a result, filter it, match the counts, check it; keeps the results for the next steps."""
    results = _checked(folder / f"{name}.bed")
    called = int(results["diff_regions"]["significant"].sum())
    told = {"significant": called, "findings": len(results["qc_warnings"]), "peak": peak_memory()}
    if not (folder / f"{name}.pkl").exists():
        with (folder / f"{name}.pkl").open("wb") as stream:
            pickle.dump(results, stream)
    return told


def plots(folder: Path, name: str) -> dict[str, Any]:
    """Every plot of a comparison."""
    from scripts.diff.plots import generate_all_plots

    results = _kept(folder, name)
    begin = time.perf_counter(), time.process_time()
    saved = generate_all_plots(results, folder / f"{name}-plots", annotate=False)
    largest = max(path.stat().st_size for paths in saved.values() for path in paths if path.suffix == ".svg")
    return _since(begin) | {"plots": len(saved), "largest_svg": largest}


def export(folder: Path, name: str) -> dict[str, Any]:
    """Every table, the pickle and the report."""
    from scripts.diff.export import export_all

    results = _kept(folder, name)
    begin = time.perf_counter(), time.process_time()
    export_all(results, folder / f"{name}-export", annotation="none")
    return _since(begin)


def edger(folder: Path, n: str) -> dict[str, Any]:
    """Counts to tested regions; packages are loaded before, as R's are for the baseline."""
    import edgepython  # noqa: F401

    from scripts.engine import test_differential

    counts = region_counts(int(n))
    begin = time.perf_counter(), time.process_time()
    found = test_differential(counts, ["A"] * GROUP + ["B"] * GROUP)
    told = _since(begin)
    found[["logFC", "pvalue"]].to_csv(folder / "ours.csv")
    return told


def _since(begin: tuple[float, float]) -> dict[str, Any]:
    return {"seconds": time.perf_counter() - begin[0], "processor": time.process_time() - begin[1]}


def _kept(folder: Path, name: str) -> dict[str, Any]:
    with (folder / f"{name}.pkl").open("rb") as stream:
        results: dict[str, Any] = pickle.load(stream)
    return results


def _checked(path: Path) -> dict[str, Any]:
    from scripts.diff.analysis import DIFFBIND
    from scripts.diff.comparison import Comparison
    from scripts.diff.filter_regions import filter_regions
    from scripts.diff.parse_bed_results import parse_bed_results
    from scripts.diff.qc_checks import run_qc_checks
    from scripts.diff.samples import counts_matrix
    from scripts.shared.genomes import get_assembly

    groups = [f"SRX{n}" for n in range(GROUP)], [f"SRX{n}" for n in range(GROUP, 2 * GROUP)]
    samples = pd.DataFrame({"accession": [*groups[0], *groups[1]], "group": ["A"] * GROUP + ["B"] * GROUP})
    unfiltered = parse_bed_results(path)
    kept, taken_out = filter_regions(unfiltered, "hg38")
    counts, _ = counts_matrix(kept, samples)
    comparison = Comparison(
        kept,
        taken_out,
        DIFFBIND,
        get_assembly("hg38"),
        "Treated",
        "Control",
        GROUP,
        GROUP,
        counts=counts,
        sample_groups=tuple(samples["group"]),
    )
    return {
        "diff_regions": kept,
        "diff_regions_unfiltered": unfiltered,
        "qc_warnings": run_qc_checks(comparison),
        "experiments_a": groups[0],
        "experiments_b": groups[1],
        "samples": samples,
        "counts": counts,
        "experiments": pd.DataFrame(),
        "raw_files": {},
        "log_content": "",
        "design_caveats": [],
        "parameters": {
            "genome": "hg38",
            "analysis_type": "diffbind",
            "description_a": "Treated",
            "description_b": "Control",
            "series": "",
            "min_region_size": 10,
            "standard_contigs_only": True,
            "filter_counts": taken_out.as_dict(),
        },
        "provenance": {
            "simulated": True,
            "endpoint": "none",
            "request_id": "none",
            "started_at": "",
            "finished_at": "",
            "sha256": {},
            "versions": {},
        },
    }
