"""Small Target Genes tables, and a server of files for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def table_text(
    rows: Sequence[tuple[str, Sequence[int], int]], columns: Sequence[str], protein: str = "TP53", string: bool = True
) -> str:
    """A table as the data server writes it: averages over all experiments with six decimals, sorted by them."""
    header = ["Target_genes", f"{protein}|Average", *columns, *(["STRING"] if string else [])]
    lines = ["\t".join(header)]
    for gene, scores, string_score in sorted(rows, key=lambda row: -sum(row[1])):
        average = sum(scores) / len(scores) if len(scores) else 0
        cells = [gene, f"{average:f}", *map(str, scores), *([str(string_score)] if string else [])]
        lines.append("\t".join(cells))
    return "\n".join(lines) + "\n"


def random_table(
    n_genes: int, n_experiments: int, seed: int = 0, cell_types: Sequence[str] = ("K-562", "Hep_G2", "CD4+_T_cells")
) -> tuple[list[tuple[str, list[int], int]], list[str]]:
    """Rows and column names of a random table: skewed scores, many zeros, some STRING, a few STRING-only genes."""
    rng = np.random.default_rng(seed)
    strength = rng.gamma(0.8, 0.35, size=(n_genes, 1)).clip(0, 0.97)
    scores = (rng.lognormal(5.2, 1.0, size=(n_genes, n_experiments)) * strength * 2 + 50).astype(int)
    scores[rng.random(scores.shape) > strength] = 0
    string = np.where(rng.random(n_genes) < 0.1, rng.integers(150, 1000, n_genes), 0)
    rows = [(f"SIM{i:04d}", scores[i].tolist(), int(string[i])) for i in range(n_genes)]
    rows += [(f"ONLY{i}", [0] * n_experiments, 500 + i) for i in range(3)]
    weights = 1 / np.arange(1, len(cell_types) + 1)
    types = rng.choice(len(cell_types), size=n_experiments, p=weights / weights.sum())
    return rows, [f"SRX{100000 + i}|{cell_types[t]}" for i, t in enumerate(types)]


#: Five genes, four experiments. BBB and CCC share a locus; FEW is bound twice; ONLY stands there for STRING alone.
SMALL_COLUMNS = ["SRX1|K-562", "SRX2|Hep_G2", "SRX3|K-562", "SRX4|CD4+_T_cells"]
SMALL_ROWS: list[tuple[str, list[int], int]] = [
    ("AAA", [1200, 800, 400, 600], 900),
    ("BBB", [300, 0, 500, 100], 0),
    ("CCC", [300, 0, 500, 100], 400),
    ("FEW", [0, 70, 70, 0], 0),
    ("ONLY", [0, 0, 0, 0], 650),
]
