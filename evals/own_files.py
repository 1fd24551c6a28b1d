"""SIMULATED files of a user's own, with known truth, for cases that need some."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

#: One chromosome of bins, with a peak at the end of some of them.
_CHROM, _BIN, _BINS = "chr1", 10_000, 4_000
_PEAKS, _PEAK_START, _PEAK_BASES = 1_500, 9_000, 400
_READ, _BACKGROUND_READS = 50, 150
#: Of six peaks five fall to a quarter.
_LOST_BUT_EVERY, _FALL = 6, 4
#: Of an expression table.
_GENES = 2_500


def write_global_loss(folder: Path) -> None:
    """Three against three bedGraphs, their peaks and ``samples.csv``: five of six peaks fall to a quarter."""
    rng = np.random.default_rng(1)
    start = np.sort(rng.choice(_BINS, _PEAKS, replace=False)) * _BIN + _PEAK_START
    base = rng.gamma(4, 60, _PEAKS) + 40
    lost = np.arange(_PEAKS) % _LOST_BUT_EVERY != 0
    sheet = []
    for group, means in (("treated", np.where(lost, base / _FALL, base)), ("control", base)):
        peaks = pd.DataFrame({"chrom": _CHROM, "start": start, "end": start + _PEAK_BASES})
        _write(peaks, folder / f"{group}.bed")
        for number in (1, 2, 3):
            depth = np.maximum(rng.negative_binomial(30, 30 / (30 + means)) * _READ // _PEAK_BASES, 1)
            between = np.maximum(rng.poisson(_BACKGROUND_READS, _BINS) * _READ // 2, 1)
            bins = np.arange(_BINS) * _BIN
            background = pd.DataFrame({"chrom": _CHROM, "start": bins, "end": bins + between, "depth": 2})
            coverage = pd.concat([background, peaks.assign(depth=depth)]).sort_values("start")
            name = f"{group}_{number}"
            _write(coverage, folder / f"{name}.bedgraph")
            sheet.append((name, group, f"{name}.bedgraph", f"{group}.bed", _READ))
    columns = ["sample", "group", "bigwig", "peaks", "read_length"]
    pd.DataFrame(sheet, columns=columns).to_csv(folder / "samples.csv", index=False)


def write_expression(folder: Path) -> None:
    """``all_genes.csv``: changes that have nothing to do with binding; ``changed_genes.csv``: those of padj < 0.1."""
    rng = np.random.default_rng(2)
    names = [f"SIM{number:04}" for number in range(1, _GENES + 1)]
    padj = np.where(rng.random(_GENES) < 0.3, rng.uniform(0, 0.1, _GENES), rng.uniform(0.1, 1, _GENES))
    table = pd.DataFrame({"gene": names, "log2FoldChange": rng.normal(0, 1.5, _GENES), "padj": padj})
    table.to_csv(folder / "all_genes.csv", index=False)
    table[table["padj"] < 0.1].to_csv(folder / "changed_genes.csv", index=False)


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, sep="\t", header=False, index=False)


#: What a case may name as its ``prepare``.
PREPARATIONS: dict[str, Callable[[Path], None]] = {"global_loss": write_global_loss, "expression": write_expression}
