"""The steps of the package that are measured. Each takes the folder of its inputs."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.inputs import CPG_SAMPLES, GROUP, cpgs, region_counts
from benchmarks.measure import clocks, peak_memory, since
from scripts.diff.outputs import MA, VOLCANO


def table(folder: Path) -> dict[str, Any]:
    """A Target Genes table on disk to scores; the compiled loop is taken up, where an earlier run made it."""
    from scripts.targets.table.parse_target_genes import parse_target_genes

    begin = clocks()
    with (folder / "TP53.5.tsv").open("rb") as stream:
        read = parse_target_genes(iter(lambda: stream.read(1 << 20), b""), "TP53")
    told = since(begin) | {"peak": peak_memory()}
    return told | {"genes": len(read.genes), "checksum": float(read.scores.sum(dtype=np.int64))}


def targets(folder: Path) -> dict[str, Any]:
    """Download or take from the cache, parse, summarise."""
    from scripts.chipatlas.transport.client import Client
    from scripts.targets.query.question import check_form
    from scripts.targets.table.colocation import colocated_groups
    from scripts.targets.table.download_target_genes import fetch_target_genes

    with Client() as client:
        begin = clocks()
        download = fetch_target_genes(client, check_form("TP53", "hg38", 5))
        told = since(begin) | {"peak": peak_memory()}
    scores = download.matrix.scores
    begin = clocks()
    groups = colocated_groups(scores, np.count_nonzero(scores, axis=1), np.arange(len(scores)))
    return told | {
        "colocation": since(begin),
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
    from scripts.diff.plots.all_plots import generate_all_plots

    results = _kept(folder, name)
    begin = clocks()
    saved = generate_all_plots(results, folder / f"{name}-plots", annotate=False)
    largest = max(path.stat().st_size for paths in saved.values() for path in paths if path.suffix == ".svg")
    return since(begin) | {"plots": len(saved), "largest_svg": largest}


def pixels(folder: Path, name: str) -> dict[str, Any]:
    """Volcano and MA plot as they are, and with every point drawn: how many pixels are painted in one alone."""
    from matplotlib.image import imread

    from scripts.common.plotting import points
    from scripts.diff.plots.all_plots import generate_all_plots

    results = _kept(folder, name)
    kept = points.first_on_pixel
    painted = {}
    for kind, first_on_pixel in (("thinned", kept), ("every", lambda position: np.arange(len(position)))):
        points.first_on_pixel = first_on_pixel
        saved = generate_all_plots(results, folder / f"{name}-{kind}", annotate=False)
        pictures = [imread(saved[plot][0])[..., :3] for plot in (VOLCANO, MA)]
        painted[kind] = [(picture < 1).any(axis=2) for picture in pictures]
    pairs = list(zip(painted["thinned"], painted["every"], strict=True))
    return {
        "painted": sum(int(every.sum()) for _, every in pairs),
        "differ": sum(int((thinned != every).sum()) for thinned, every in pairs),
    }


def export(folder: Path, name: str) -> dict[str, Any]:
    """Every table, the pickle and the report."""
    from scripts.diff.report.export import export_all

    results = _kept(folder, name)
    begin = clocks()
    export_all(results, folder / f"{name}-export", annotation="none")
    return since(begin)


def tables(folder: Path, name: str) -> dict[str, Any]:
    """The four large tables of an export alone."""
    from scripts.common.files.csv_files import write_csv

    frames = large_tables(_kept(folder, name))
    begin = clocks()
    for table, frame in frames.items():
        write_csv(folder / f"ours-{table}.csv", frame)
    return since(begin)


def large_tables(results: dict[str, Any]) -> dict[str, pd.DataFrame]:
    """The tables of an export that grow with the regions."""
    from scripts.diff.results.loci import merge_loci

    whole = results["diff_regions"]
    return {
        "all": whole,
        "unfiltered": results["diff_regions_unfiltered"],
        "significant": whole[whole["significant"]],
        "merged": merge_loci(whole, "logFC"),
    }


def edger(folder: Path, n: str) -> dict[str, Any]:
    """Counts to tested regions; packages are loaded before, as R's are for the baseline; compiled code is not."""
    import llvmlite.binding  # noqa: F401
    import scipy.optimize
    import scipy.special  # noqa: F401

    from scripts.engine import test_differential

    counts = region_counts(int(n))
    begin = clocks()
    found = test_differential(counts, ["A"] * GROUP + ["B"] * GROUP)
    told = since(begin)
    found[["logFC", "pvalue"]].to_csv(folder / "ours.csv")
    return told


def dmrs(folder: Path, n: str) -> dict[str, Any]:
    """CpGs to differentially methylated regions; the compiler's time counts where nothing is kept yet."""
    from scripts.engine import find_dmrs
    from scripts.engine.dmr import methylation_segments

    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        methylation_segments.SMALL_CPGS = int(n) + 1
    table = cpgs(int(n))
    begin = clocks()
    found = find_dmrs(table, ["A"] * (CPG_SAMPLES // 2) + ["B"] * (CPG_SAMPLES // 2))
    return since(begin) | {"found": len(found)}


def _kept(folder: Path, name: str) -> dict[str, Any]:
    with (folder / f"{name}.pkl").open("rb") as stream:
        results: dict[str, Any] = pickle.load(stream)
    return results


def _checked(path: Path) -> dict[str, Any]:
    from scripts.chipatlas.assemblies import get_assembly
    from scripts.diff.analysis import DIFFBIND
    from scripts.diff.qc.comparison import Comparison
    from scripts.diff.qc.qc_checks import run_qc_checks
    from scripts.diff.results.filter_regions import filter_regions
    from scripts.diff.results.parse_bed_results import parse_bed_results
    from scripts.diff.results.samples import counts_matrix

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
