"""Per-gene numbers from the gene x experiment matrix. Arrays in, one frame out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from .colocation import colocated_groups
from .score_matrix import Scores

#: The columns of `target_genes`, in order.
COLUMNS = (
    "gene",
    "avg_score",
    "string_score",
    "num_experiments",
    "num_bound",
    "binding_rate",
    "max_score",
    "colocated_group",
    "avg_score_bound",
    "cell_balanced_score",
)
#: Lower limits of the bands of the average score, strongest first, with the words the reports use.
#: A score of 50 is Q = 1e-5, the cut-off of the peak calls themselves; 500 is Q = 1e-50.
SCORE_BANDS = ((500, "very strong"), (100, "strong"), (50, "moderate"), (0, "weak"))
#: Rows looked at together: keeps temporaries small beside a matrix of 20,000 x 2,000.
_ROWS = 128


def row_statistics(scores: Scores) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sum, number of bound experiments and maximum of each row.

    Parameters
    ----------
    scores : array (G, E) of int
        MACS2 scores (-10 log10 Q), 0 = no peak in the window.

    Returns
    -------
    total : array (G,) of int64
    bound : array (G,) of int64
        Experiments with a score above 0.
    highest : array (G,) of int64
    """
    n_genes = len(scores)
    total, bound, highest = (np.zeros(n_genes, dtype=np.int64) for _ in range(3))
    if scores.shape[1] == 0:
        return total, bound, highest
    for start in range(0, n_genes, _ROWS):
        part = scores[start : start + _ROWS]
        stop = start + len(part)
        total[start:stop] = part.sum(axis=1, dtype=np.int64)
        bound[start:stop] = np.count_nonzero(part > 0, axis=1)
        highest[start:stop] = part.max(axis=1)
    return total, bound, highest


def balanced_weights(cell_types: Sequence[str]) -> np.ndarray:
    """Weights that give every cell type the same say, whatever its number of experiments.

    The weighted sum of a row is the mean over cell types of the mean score within each; weights add up to 1.

    Parameters
    ----------
    cell_types : sequence of str, length E
        Cell type of each experiment.
    """
    codes, names = pd.factorize(np.asarray(cell_types, dtype=object))
    return np.asarray(1.0 / (np.bincount(codes)[codes] * max(len(names), 1)))


def weighted_sums(scores: Scores, weights: np.ndarray) -> np.ndarray:
    """Weighted sum of each row, without a floating-point copy of the whole matrix."""
    sums = np.zeros(len(scores))
    for start in range(0, len(scores), _ROWS):
        sums[start : start + _ROWS] = scores[start : start + _ROWS] @ weights
    return sums


def summarise(
    genes: np.ndarray,
    scores: Scores,
    string_score: np.ndarray,
    average: np.ndarray | None = None,
    cell_types: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Summarise every gene over the given experiments.

    Parameters
    ----------
    genes : array (G,) of str
    scores : array (G, E) of int, or a Selection of one
        MACS2 scores (-10 log10 Q), 0 = no peak in the window.
    string_score : array (G,) of int
        STRING scores, 0..1000.
    average : array (G,) of float, optional
        The file's own average. Left out, it is computed: mean over all E experiments, zeros included.
    cell_types : sequence of str, length E, optional
        Cell type of each experiment. Left out, every experiment counts as one of its own.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, ranked by average, then highest score (both descending), then gene.
        ``binding_rate`` is ``num_bound / num_experiments``, 0..1; ``avg_score_bound`` the mean over the bound
        experiments alone, 0 without any; ``cell_balanced_score`` the mean over cell types of the mean within each,
        so that one over-studied line does not decide.
    """
    total, bound, highest = row_statistics(scores)
    n_experiments = scores.shape[1]
    divisor = max(n_experiments, 1)
    frame = pd.DataFrame(
        {
            "gene": genes,
            "avg_score": total / divisor if average is None else average,
            "string_score": string_score,
            "num_experiments": n_experiments,
            "num_bound": bound,
            "binding_rate": bound / divisor,
            "max_score": highest,
        }
    )
    order = rank_order(frame)
    frame["colocated_group"] = colocated_groups(scores, bound, order)
    frame["avg_score_bound"] = total / np.maximum(bound, 1)
    weights = balanced_weights([str(n) for n in range(n_experiments)] if cell_types is None else cell_types)
    frame["cell_balanced_score"] = weighted_sums(scores, weights)
    return frame.iloc[order].reset_index(drop=True)


def rank_order(frame: pd.DataFrame) -> np.ndarray:
    """Row positions from first to last rank: average, then highest score (both descending), then gene."""
    return np.lexsort(
        (
            pd.factorize(frame["gene"], sort=True)[0],
            -frame["max_score"].to_numpy(),
            -frame["avg_score"].to_numpy(),
        )
    )


def count_bands(avg_score: pd.Series) -> dict[str, int]:
    """Number of genes in each band of `SCORE_BANDS`; a limit belongs to the band above it."""
    counts = {}
    upper = np.inf
    for lower, name in SCORE_BANDS:
        counts[name] = int(((avg_score >= lower) & (avg_score < upper)).sum())
        upper = lower
    return counts


def band_label(name: str) -> str:
    """A band with its limits: ``strong (100–500)``."""
    limits = [lower for lower, _ in SCORE_BANDS]
    position = [band for _, band in SCORE_BANDS].index(name)
    if position == 0:
        return f"{name} (≥{limits[0]})"
    if limits[position] == 0:
        return f"{name} (<{limits[position - 1]})"
    return f"{name} ({limits[position]}–{limits[position - 1]})"
